// yot_run/net/net_error.hpp: what can go wrong with a stream that the system has no number for.
// Checked by: net_error_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <system_error>
#include <type_traits>

namespace yot_run::inline YOT_RUN_WORLD::net {

enum class net_error : unsigned char {
    // The peer ended the stream before everything had come that read_exact was asked for.
    unexpected_end_of_stream = 1,  // 0 would mean success to std::error_code.
};

[[nodiscard]] const std::error_category& net_category() noexcept;
[[nodiscard]] std::error_code make_error_code(net_error error) noexcept;

}  // namespace yot_run::inline YOT_RUN_WORLD::net

template <>
struct std::is_error_code_enum<yot_run::net::net_error> : std::true_type {};
