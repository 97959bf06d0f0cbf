// yot_run/net/socket_address.hpp: where a socket is: an IPv4 or IPv6 address and a port.
//
// A value: cheap to copy, compared by all of its parts, never empty (the default is 0.0.0.0:0).
// The text form is "1.2.3.4:80" or "[2001:db8::1]:80", with "%2" after an address that is only
// valid on interface 2. Reading is strict: what is not exactly of that form is refused, and
// parse(to_string(a)) == a always holds.
// Checked by: socket_address_test.cpp, address_text_test.cpp (against inet_pton and inet_ntop).
#pragma once

#include <yot_run/net/address_error.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/sys.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace yot_run::inline YOT_RUN_WORLD::net {

enum class address_family : unsigned char { ipv4, ipv6 };

// In the order in which they are written and sent: the most significant first.
using ipv4_bytes = std::array<std::uint8_t, 4>;
using ipv6_bytes = std::array<std::uint8_t, 16>;

class socket_address {
public:
    // 0.0.0.0:0.
    constexpr socket_address() = default;

    [[nodiscard]] static socket_address from_ipv4(const ipv4_bytes& bytes,
                                                  std::uint16_t port) noexcept;
    // `scope_id`: the number of the interface for a link-local address, otherwise 0.
    [[nodiscard]] static socket_address from_ipv6(const ipv6_bytes& bytes, std::uint16_t port,
                                                  std::uint32_t scope_id = 0) noexcept;
    // This machine, reachable from itself only: 127.0.0.1 or ::1.
    [[nodiscard]] static socket_address loopback(
        std::uint16_t port, address_family family = address_family::ipv4) noexcept;
    // To listen on all addresses of this machine: 0.0.0.0 or ::.
    [[nodiscard]] static socket_address any(std::uint16_t port,
                                            address_family family = address_family::ipv4) noexcept;
    // Reads the text form. Errors: an address_error other than unknown_family.
    [[nodiscard]] static io_result<socket_address> parse(std::string_view text);
    // Errors: address_error::unknown_family.
    [[nodiscard]] static io_result<socket_address> from_raw(const sys::raw_address& raw);

    [[nodiscard]] constexpr address_family family() const noexcept { return family_; }
    [[nodiscard]] constexpr bool is_ipv4() const noexcept {
        return family_ == address_family::ipv4;
    }
    [[nodiscard]] constexpr bool is_ipv6() const noexcept { return !is_ipv4(); }
    [[nodiscard]] constexpr std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] constexpr std::uint32_t scope_id() const noexcept { return scope_id_; }
    // REQUIRES: is_ipv4().
    [[nodiscard]] constexpr ipv4_bytes ipv4() const noexcept {
        return {bytes_[0], bytes_[1], bytes_[2], bytes_[3]};
    }
    // REQUIRES: is_ipv6().
    [[nodiscard]] constexpr const ipv6_bytes& ipv6() const noexcept { return bytes_; }

    // The text form. IPv6 as RFC 5952 wants it: lower case, no leading zeros, the longest run of
    // zero groups (the first of equals, at least two) as "::", and IPv4-mapped addresses mixed, as
    // in [::ffff:1.2.3.4]:80.
    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] sys::raw_address to_raw() const noexcept;

    // IPv4 sorts before IPv6, then by address, port and scope.
    [[nodiscard]] friend constexpr auto operator<=>(const socket_address&,
                                                    const socket_address&) noexcept = default;

private:
    address_family family_ = address_family::ipv4;
    ipv6_bytes bytes_{};  // Of an IPv4 address: the first four; the others are zero.
    std::uint16_t port_ = 0;
    std::uint32_t scope_id_ = 0;  // Of an IPv4 address: zero.
};

std::ostream& operator<<(std::ostream& out, const socket_address& address);

}  // namespace yot_run::inline YOT_RUN_WORLD::net
