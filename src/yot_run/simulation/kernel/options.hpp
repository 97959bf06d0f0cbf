// yot_run/simulation/kernel/options.hpp: the options of a simulated socket: values that are
// remembered, with the ranges and the quirks of Linux that a program can see.
//
// SO_SNDBUF and SO_RCVBUF are doubled, and bounded on both sides (socket(7)); here they bound the
// buffers, too, and do not grow by themselves. SO_REUSEADDR, IPV6_V6ONLY and SO_LINGER of zero
// seconds act; the others, keep-alive among them, change nothing.
// Checked by: tcp_test.cpp, property_tests/kernel/.
#pragma once

#include <yot_run/sys/posix.hpp>
#include <yot_run/sys/result.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace yot_run::sys_simulated::kernel {

using sys_posix::socket_option;

class socket_options {
public:
    // The buffers as getsockopt tells them.
    socket_options(int send_buffer, int receive_buffer);

    // EINVAL: out of range. ENOPROTOOPT: not an option of this family. REQUIRES: not called for
    // ipv6_only once the socket has a port (EINVAL).
    [[nodiscard]] io_result<void> set(socket_option option, int value, int family);
    [[nodiscard]] io_result<int> get(socket_option option, int family) const;

    // What a bind to an address of IPv6 does.
    void restrict_to_ipv6() { values_[index(socket_option::ipv6_only)] = 1; }

    [[nodiscard]] int operator[](socket_option option) const { return values_[index(option)]; }

    std::optional<std::chrono::seconds> linger;

private:
    [[nodiscard]] static std::size_t index(socket_option option) {
        return static_cast<std::size_t>(option);
    }

    std::array<int, 9> values_{};
};

}  // namespace yot_run::sys_simulated::kernel
