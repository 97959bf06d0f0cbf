// yot_run/net/address_error.hpp: why a text or a raw address is not a socket address.
//
// Every message says what was wrong and what is expected instead. All of these errors compare equal
// to std::errc::invalid_argument, except unknown_family (address_family_not_supported).
// Checked by: address_error_test.cpp, socket_address_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <system_error>
#include <type_traits>

namespace yot_run::inline YOT_RUN_WORLD::net {

enum class address_error : unsigned char {
    missing_port = 1,  // 0 would mean success to std::error_code.
    bad_port,
    bad_ipv4,
    bad_ipv6,
    bad_scope,
    missing_bracket,
    unbracketed_ipv6,
    unknown_family,
};

[[nodiscard]] const std::error_category& address_category() noexcept;
[[nodiscard]] std::error_code make_error_code(address_error error) noexcept;

}  // namespace yot_run::inline YOT_RUN_WORLD::net

template <>
struct std::is_error_code_enum<yot_run::net::address_error> : std::true_type {};
