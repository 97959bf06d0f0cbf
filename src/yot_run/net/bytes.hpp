// yot_run/net/bytes.hpp: what is sent and received, as bytes and as text.
// Checked by: bytes_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace yot_run::inline YOT_RUN_WORLD::net {

// Bytes to be sent; a piece of a vectored write.
using const_buffer = std::span<const std::byte>;

// The same memory, seen the other way; whoever owns it must outlive what is returned.
[[nodiscard]] inline const_buffer as_bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span(text));
}
[[nodiscard]] inline std::string_view as_text(const_buffer bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net
