// yot_run/net/address_text.hpp: reading and writing addresses without a port.
//
// Internal to socket_address, apart so that the grammar can be read in one place:
//   ipv4   number '.' number '.' number '.' number   0 to 255, no leading zeros
//   ipv6   eight groups of 1 to 4 hexadecimal digits, separated by ':'; "::" once, for one or more
//          groups of zeros; the last two groups may be an ipv4 (RFC 4291, 2.2)
// Checked by: address_text_test.cpp, socket_address_test.cpp.
#pragma once

#include <yot_run/net/socket_address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace yot_run::inline YOT_RUN_WORLD::net::address_text {

// A decimal number without sign or leading zeros, at most `most`.
[[nodiscard]] std::optional<std::uint32_t> read_number(std::string_view text, std::uint32_t most);
[[nodiscard]] std::optional<ipv4_bytes> read_ipv4(std::string_view text);
[[nodiscard]] std::optional<ipv6_bytes> read_ipv6(std::string_view text);

void append_ipv4(std::string& text, const ipv4_bytes& bytes);
// As RFC 5952 wants it.
void append_ipv6(std::string& text, const ipv6_bytes& bytes);

}  // namespace yot_run::inline YOT_RUN_WORLD::net::address_text
