// yot_run/sys/faulted.hpp: a world for tests, in which system calls fail when a test says so.
//
// Every call is counted, then the fault plan is asked; unless the plan has an error for it, the
// call goes to the real kernel. A call that fails by plan does nothing, except that `close` closes
// all the same, as the real one does. The clock and randomness are the real ones. Not installed.
//
// How a test uses it: the library's sources are compiled a second time with
//   YOT_RUN_WORLD=faulted_world
//   YOT_RUN_SYNC_HEADER=<yot_run/sync/std_sync.hpp>
//   YOT_RUN_SYS_HEADER=<yot_run/sys/faulted.hpp>
// and the test says `sys::fault_plan::fail(sys::call::accept, EMFILE, 1, 3)`.
// Checked by: faulted_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/posix.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace yot_run::sys_faulted {

using sys_posix::signal_watch;

enum class call : unsigned char {
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
    epoll_create,
    epoll_add,
    epoll_modify,
    epoll_delete,
    epoll_wait,
    event_create,
    event_signal,
    event_drain,
};
inline constexpr std::size_t call_kinds = static_cast<std::size_t>(call::event_drain) + 1;

// The plan of the whole process. Any thread, at any time.
namespace fault_plan {

inline constexpr std::uint64_t for_ever = std::numeric_limits<std::uint64_t>::max();

// Makes calls of this kind fail with `error` (an errno): the `nth` from now (1 is the next one)
// and those after it, `times` in all. Replaces what was planned for this kind before.
void fail(call kind, int error, std::uint64_t nth = 1, std::uint64_t times = 1);
// Until cleared, each call of this kind (recv, send or sendmsg) moves at most `most_bytes`. With 0,
// a recv looks like the end of the stream, and a send does what no kernel does.
void short_io(call kind, std::size_t most_bytes);
// How many calls of this kind there were since the last clear(), failed ones included.
[[nodiscard]] std::uint64_t calls(call kind);
// How many of those failed, by plan or in the real kernel.
[[nodiscard]] std::uint64_t failed_calls(call kind);
// Forgets all plans and counts.
void clear();

}  // namespace fault_plan

using sys_posix::clock;
using sys_posix::duration;
using sys_posix::epoll_event;
using sys_posix::max_pieces;
using sys_posix::now;
using sys_posix::random_u64;
using sys_posix::raw_address;
using sys_posix::shutdown_side;
using sys_posix::socket_option;
using sys_posix::time_point;

// Not here: short_io() cuts transfers short that could go on.
inline constexpr bool short_count_means_would_block = false;

io_result<void> close(int number);

using descriptor = owned_descriptor<&close>;

struct accepted {
    descriptor socket;
    raw_address peer;
};

[[nodiscard]] io_result<descriptor> socket(int family);
[[nodiscard]] io_result<void> bind(int socket, const raw_address& address);
[[nodiscard]] io_result<void> listen(int socket, int backlog);
[[nodiscard]] io_result<accepted> accept(int socket);
[[nodiscard]] io_result<void> connect(int socket, const raw_address& address);
[[nodiscard]] io_result<void> take_socket_error(int socket);
[[nodiscard]] io_result<raw_address> getsockname(int socket);
[[nodiscard]] io_result<raw_address> getpeername(int socket);
[[nodiscard]] io_result<void> setsockopt(int socket, socket_option option, int value);
[[nodiscard]] io_result<int> getsockopt(int socket, socket_option option);
[[nodiscard]] io_result<void> set_linger(int socket, std::optional<std::chrono::seconds> linger);
[[nodiscard]] io_result<std::optional<std::chrono::seconds>> get_linger(int socket);
[[nodiscard]] io_result<std::size_t> recv(int socket, std::span<std::byte> into);
[[nodiscard]] io_result<std::size_t> send(int socket, std::span<const std::byte> from);
[[nodiscard]] io_result<std::size_t> sendmsg(int socket,
                                             std::span<const std::span<const std::byte>> pieces);
[[nodiscard]] io_result<void> shutdown(int socket, shutdown_side side);

[[nodiscard]] io_result<descriptor> epoll_create();
[[nodiscard]] io_result<void> epoll_add(int epoll, int number, std::uint32_t events,
                                        std::uint64_t token);
[[nodiscard]] io_result<void> epoll_modify(int epoll, int number, std::uint32_t events,
                                           std::uint64_t token);
[[nodiscard]] io_result<void> epoll_delete(int epoll, int number);
[[nodiscard]] io_result<std::size_t> epoll_wait(int epoll, std::span<epoll_event> events,
                                                std::optional<std::chrono::nanoseconds> timeout);
[[nodiscard]] io_result<descriptor> event_create();
[[nodiscard]] io_result<void> event_signal(int event);
[[nodiscard]] io_result<void> event_drain(int event);

}  // namespace yot_run::sys_faulted

namespace yot_run::inline YOT_RUN_WORLD {

namespace sys = sys_faulted;

}  // namespace yot_run::inline YOT_RUN_WORLD
