// property_tests/kernel/step.hpp: one call of the `sys` seam and its answer, said in a way that
// means the same on both kernels.
//
// Numbers of descriptors are those of the simulated kernel; the real one has a table that says
// which of its numbers stands for each. A port is named by a socket that has it.
#pragma once

#include <yot_run/sys/posix.hpp>

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace kernel_property {

enum class call_kind : unsigned char {
    socket,
    bind,
    listen,
    accept,
    connect,
    take_socket_error,
    getsockname,
    getpeername,
    setsockopt,
    getsockopt,
    set_linger,
    get_linger,
    recv,
    send,
    sendmsg,
    shutdown,
    close,
    duplicate,
    epoll_create,
    epoll_add,
    epoll_modify,
    epoll_delete,
    epoll_wait,
    event_create,
    event_signal,
    event_drain,
    flood,  // Many calls: fills a connection, waits, empties it, and waits again.
};
inline constexpr std::size_t kinds_of_calls = static_cast<std::size_t>(call_kind::flood) + 1;

[[nodiscard]] const char* name_of(call_kind kind);

enum class place : unsigned char {
    loopback,
    second_loopback,
    any,
    mapped_loopback,
    elsewhere,  // 192.0.2.1, which nobody has (RFC 5737).
    group,      // 224.0.0.1, where nobody can connect to.
};

struct step {
    call_kind kind{};
    int number = -1;
    // The target of epoll; for addresses, whose port is meant (-1: port 0); who reads in a flood.
    int other = -1;
    int epoll = -1;     // Where a flood waits.
    bool ends = false;  // A flood: the writer shuts down when nothing more goes in.
    int value = 0;      // Family, backlog, value of an option, or how many events at most.
    std::size_t size = 0;
    yot_run::sys_posix::socket_option option{};
    yot_run::sys_posix::shutdown_side side{};
    place where{};
    std::uint32_t events = 0;
    std::uint64_t token = 0;  // Also where the pattern of the bytes to send begins.
};

struct answer {
    int error = 0;
    int number = -1;  // Of a new descriptor.
    int value = 0;
    std::vector<std::byte> bytes;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> events;  // In their order.
    std::string ip;
    bool has_port = false;
    std::uint16_t port = 0;  // Not compared: each kernel chooses its own.

    friend bool operator==(const answer& one, const answer& two);
};

std::ostream& operator<<(std::ostream& out, const step& shown);
std::ostream& operator<<(std::ostream& out, const answer& shown);

// The address that a step means, once the port is known.
[[nodiscard]] yot_run::sys_posix::raw_address address_of(place where, int family,
                                                         std::uint16_t port);
// Fills in ip, has_port and port.
void describe(const yot_run::sys_posix::raw_address& address, answer& into);
[[nodiscard]] std::vector<std::byte> pattern(std::uint64_t begin, std::size_t size);

}  // namespace kernel_property
