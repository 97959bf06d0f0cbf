// property_tests/kernel/chooser.hpp: which descriptor an operation is about: one of those that
// could do it, and now and then any number, open or not. All answers follow from the state of the
// simulated kernel; -1: there is none.
#pragma once

#include <property_tests/kernel/both_kernels.hpp>

#include <cstdint>
#include <vector>

namespace kernel_property {

using yot_run::sys_simulated::socket_view;

[[nodiscard]] bool any_state(const socket_view& view);
[[nodiscard]] bool is_closed(const socket_view& view);
[[nodiscard]] bool is_listening(const socket_view& view);
[[nodiscard]] bool is_connected(const socket_view& view);
[[nodiscard]] bool is_established(const socket_view& view);
[[nodiscard]] bool has_news(const socket_view& view);

class chooser {
public:
    using kind = both_kernels::kind;
    using condition = bool (*)(const socket_view&);

    explicit chooser(const both_kernels& kernels) : kernels_(kernels) {}

    [[nodiscard]] static int any(std::uint32_t which);
    [[nodiscard]] int of_kind(kind wanted, std::uint32_t which) const;
    [[nodiscard]] int socket(std::uint32_t which, condition wanted) const;
    // An event, or something that has no counter. (A socket would take it for eight bytes.)
    [[nodiscard]] int event(std::uint32_t which) const;
    // Only ports that an open socket has: what else is in use on this machine is not known.
    [[nodiscard]] int holder_of_port(std::uint32_t which) const;
    // The other end of a connection, if it is open and has read everything. Not if its reading is
    // shut: then Linux does not say at once that there is room again.
    [[nodiscard]] int reader_of(int number) const;

    [[nodiscard]] static int family_of(int number);
    // 0: none.
    [[nodiscard]] static std::uint16_t port_of(int number);
    [[nodiscard]] static std::uint16_t peer_port_of(int number);

private:
    [[nodiscard]] std::vector<int> sockets(condition wanted) const;

    const both_kernels& kernels_;
};

}  // namespace kernel_property
