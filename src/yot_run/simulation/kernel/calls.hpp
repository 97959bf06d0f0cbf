// yot_run/simulation/kernel/calls.hpp: the calls of the simulated kernel, by the names of the `sys`
// seam: deterministic, on a clock that advances when it is told to, and with faults by plan. What
// it simulates, and what it does not, says <yot_run/simulation/kernel/machine.hpp>.
//
// The contract of each function is that of <yot_run/sys/posix.hpp> and
// <yot_run/sys/posix_epoll.hpp>. All of them are calls of the current machine; without one they
// throw std::logic_error, except for `close`, which then reports EBADF: the descriptor has gone
// with its machine.
// Checked by: *_test.cpp, and against the kernel that it simulates by property_tests/kernel/.
#pragma once

#include <yot_run/simulation/kernel/machine.hpp>
#include <yot_run/sys/posix.hpp>

namespace yot_run::sys_simulated {

using sys_posix::clock;
using sys_posix::duration;
using sys_posix::epoll_event;
using sys_posix::max_pieces;
using sys_posix::raw_address;
using sys_posix::short_count_means_would_block;  // Also for short counts by plan.
using sys_posix::shutdown_side;
using sys_posix::socket_option;
using sys_posix::time_point;

io_result<void> close(int number);

using descriptor = owned_descriptor<&close>;

// There are no signals here.
class signal_watch {
public:
    [[nodiscard]] static io_result<signal_watch> open(int /*signal*/) {
        return std::unexpected(std::make_error_code(std::errc::operation_not_supported));
    }
    [[nodiscard]] bool wait() noexcept { return false; }
    void stop() noexcept {}
};

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

[[nodiscard]] time_point now() noexcept;
[[nodiscard]] std::uint64_t random_u64();

}  // namespace yot_run::sys_simulated
