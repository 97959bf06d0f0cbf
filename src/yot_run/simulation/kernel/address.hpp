// yot_run/simulation/kernel/address.hpp: the addresses of the simulated kernel: one machine that
// has 127.0.0.0/8 and ::1, and reaches no other.
//
// IPv4 is kept as IPv6 has it (::ffff:a.b.c.d, RFC 4291 2.5.5.2), so that a socket of the family
// AF_INET6 meets one of AF_INET without a second kind of address.
// Checked by: tcp_test.cpp, property_tests/kernel/.
#pragma once

#include <yot_run/sys/posix.hpp>

#include <array>
#include <cstdint>

namespace yot_run::sys_simulated::kernel {

using sys_posix::raw_address;

struct address {
    std::array<std::uint8_t, 16> ip{};
    std::uint16_t port = 0;

    friend bool operator==(const address&, const address&) = default;

    [[nodiscard]] bool is_ipv4() const;
    [[nodiscard]] bool is_any() const;
    // Is it an address of this machine (or all of them)?
    [[nodiscard]] bool is_local() const;
    // Where a connection to it goes, from a socket that is bound to `local`: to itself, but from
    // 0.0.0.0 and :: to this machine.
    [[nodiscard]] address routed(const address& local) const;
    // Where packets to this address come from, with port 0: the loopback address of its kind.
    [[nodiscard]] address source() const;
};

// 0.0.0.0 or ::, port 0.
[[nodiscard]] address any_address(bool is_ipv4);

// What a socket of this family is given. EINVAL: too short or too long. EAFNOSUPPORT: another
// family.
[[nodiscard]] io_result<address> understood(const raw_address& raw, int family);
// As a socket of this family tells it.
[[nodiscard]] raw_address told(const address& what, int family);

}  // namespace yot_run::sys_simulated::kernel
