// yot_run/simulation/kernel/faults.hpp: the calls of the seam by name, which errors each may
// report, and how a test makes the simulated kernel report them.
//
// Every call is counted, then the fault plan is asked. What it may answer:
//   nothing       the call goes on
//   an error      the call does nothing and reports it, but `close` closes all the same, and
//                 `connect` begins before it reports EINPROGRESS
//   EINTR         what the contract of <yot_run/sys/posix.hpp> makes of it: the call is repeated,
//                 which shows nowhere, an epoll_wait reports no events, a connect goes on
//   a short count recv, send and sendmsg move at most so many bytes. To keep the promise of
//                 short_count_means_would_block, and after an EAGAIN of these and of accept, what
//                 was held back comes a moment later: the call ends with an edge, as if the packet
//                 or the room that was missing had just arrived
// Checked by: fault_test.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

namespace yot_run::sys_simulated {

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

[[nodiscard]] std::string_view name_of(call kind);

// The errors with which Linux may fail a correct call, whatever state its descriptor is in:
// resources that run out, the network, signals. A sweep over faults tries these. What a caller's
// mistake gives (EBADF, EINVAL, ...) is not among them, for the simulation finds mistakes by
// itself.
[[nodiscard]] std::span<const int> documented_errors(call kind);
[[nodiscard]] bool has_short_counts(call kind);

// Which call is asked about; both numbers count from 1.
struct numbered_call {
    call kind;
    std::uint64_t of_kind;  // Among the calls of this kind.
    std::uint64_t of_all;   // Among all calls.
};

struct fault {
    int error = 0;
    std::optional<std::size_t> most_bytes = std::nullopt;  // At least 1.
};

using fault_plan = std::function<fault(const numbered_call&)>;

// The plan that fails just one call: the nth of all.
[[nodiscard]] fault_plan fail_call(std::uint64_t nth, int error);
// The plan that fails `times` calls of one kind, beginning with the nth of them.
[[nodiscard]] fault_plan fail_calls(call kind, int error, std::uint64_t nth = 1,
                                    std::uint64_t times = 1);
// The plan by which each call of this kind moves at most `most_bytes`.
[[nodiscard]] fault_plan short_counts(call kind, std::size_t most_bytes);

}  // namespace yot_run::sys_simulated
