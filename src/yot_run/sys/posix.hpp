// yot_run/sys/posix.hpp: the world in which programs run: sockets, the clock and randomness, as the
// kernel gives them. Thin on purpose: one function, one system call, errors as values.
//
// All functions may be called on any thread. Errors carry the system's errno in
// std::system_category(), so they compare with std::errc; the man page of the call lists them.
// EINTR: retried inside by whatever would have to be repeated anyway (accept, recv, send, sendmsg,
// random_u64); an interrupted connect goes on by itself and so reports EINPROGRESS; an interrupted
// epoll_wait or kqueue_wait reports no events; close is never retried, since the kernel has
// released the descriptor.
// Checked by: posix_test.cpp.
#pragma once

#include <yot_run/sys/posix_descriptor.hpp>
#ifdef __linux__
#include <yot_run/sys/posix_epoll.hpp>
#else
#include <yot_run/sys/posix_kqueue.hpp>
#endif
#include <yot_run/sys/posix_signal.hpp>
#include <yot_run/sys/result.hpp>

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace yot_run::sys_posix {

// An address as the kernel reads and writes it; <yot_run/net/socket_address.hpp> makes sense of it.
struct raw_address {
    sockaddr_storage storage{};
    socklen_t length = 0;
};

struct accepted {
    descriptor socket;  // Nonblocking, close-on-exec.
    raw_address peer;
};

enum class socket_option : unsigned char {
    reuse_address,      // SO_REUSEADDR
    ipv6_only,          // IPV6_V6ONLY
    nodelay,            // TCP_NODELAY
    keepalive,          // SO_KEEPALIVE
    keepalive_idle_s,   // TCP_KEEPIDLE, in seconds
    keepalive_every_s,  // TCP_KEEPINTVL, in seconds
    keepalive_probes,   // TCP_KEEPCNT
    send_buffer,        // SO_SNDBUF, in bytes; Linux doubles what it is given
    receive_buffer,     // SO_RCVBUF, likewise
};

enum class shutdown_side : unsigned char { read, write, both };

// At most this many pieces go into one sendmsg; what is beyond them counts as not written.
inline constexpr std::size_t max_pieces = 64;
// A recv, send or sendmsg on a TCP socket that moves something, but less than it was asked to, has
// emptied or filled the socket's buffer: the next one would say EAGAIN, and epoll will report when
// that changes (epoll(7), question 9). So will kqueue with EV_CLEAR: what arrives, or makes room,
// after the buffer was found empty or full triggers its filter again. Not so with urgent data,
// whose mark ends a recv early.
inline constexpr bool short_count_means_would_block = true;

// A TCP socket of the family AF_INET or AF_INET6: nonblocking, close-on-exec.
[[nodiscard]] io_result<descriptor> socket(int family);
[[nodiscard]] io_result<void> bind(int socket, const raw_address& address);
[[nodiscard]] io_result<void> listen(int socket, int backlog);
[[nodiscard]] io_result<accepted> accept(int socket);
// EINPROGRESS is the usual answer: the socket becomes writable when the outcome is known, and
// take_socket_error tells it.
[[nodiscard]] io_result<void> connect(int socket, const raw_address& address);
// Reports the pending error of the socket (SO_ERROR), and clears it.
[[nodiscard]] io_result<void> take_socket_error(int socket);
[[nodiscard]] io_result<raw_address> getsockname(int socket);
[[nodiscard]] io_result<raw_address> getpeername(int socket);
[[nodiscard]] io_result<void> setsockopt(int socket, socket_option option, int value);
[[nodiscard]] io_result<int> getsockopt(int socket, socket_option option);
// SO_LINGER: what close does with data not yet sent. nullopt: goes on in the background (the
// default); zero seconds: drops it and resets the connection.
[[nodiscard]] io_result<void> set_linger(int socket, std::optional<std::chrono::seconds> linger);
[[nodiscard]] io_result<std::optional<std::chrono::seconds>> get_linger(int socket);

// All three return how many bytes were moved, at most what was asked for. From recv, 0 is the end
// of the stream (or an empty buffer). Sending never raises SIGPIPE: the error is EPIPE.
[[nodiscard]] io_result<std::size_t> recv(int socket, std::span<std::byte> into);
[[nodiscard]] io_result<std::size_t> send(int socket, std::span<const std::byte> from);
[[nodiscard]] io_result<std::size_t> sendmsg(int socket,
                                             std::span<const std::span<const std::byte>> pieces);
[[nodiscard]] io_result<void> shutdown(int socket, shutdown_side side);

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;
using duration = std::chrono::nanoseconds;

[[nodiscard]] time_point now() noexcept;
// Unpredictable bits, for seeds. Throws std::system_error on a kernel without getrandom(2).
[[nodiscard]] std::uint64_t random_u64();

}  // namespace yot_run::sys_posix
