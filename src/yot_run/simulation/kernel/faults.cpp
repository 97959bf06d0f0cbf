#include <yot_run/simulation/kernel/faults.hpp>

#include <array>
#include <cerrno>

namespace yot_run::sys_simulated {
namespace {

struct call_facts {
    std::string_view name;
    std::array<int, 8> errors;  // Zeros fill it up.
    bool has_short_counts = false;
};

// In the order of `call`. From the pages of section 2 of the Linux manual, and tcp(7).
constexpr std::array<call_facts, call_kinds> facts{{
    {"socket", {EMFILE, ENFILE, ENOBUFS, ENOMEM}},
    {"bind", {EADDRINUSE, EACCES, ENOMEM}},
    {"listen", {EADDRINUSE}},
    {"accept", {EAGAIN, ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, EINTR}},
    {"connect",
     {EINPROGRESS, ECONNREFUSED, ENETUNREACH, ETIMEDOUT, EADDRNOTAVAIL, EACCES, EAGAIN, EINTR}},
    {"take_socket_error", {ECONNREFUSED, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH}},
    {"getsockname", {ENOBUFS}},
    {"getpeername", {ENOBUFS, ENOTCONN}},
    {"setsockopt", {ENOMEM, ENOBUFS}},
    {"getsockopt", {ENOBUFS}},
    {"set_linger", {ENOMEM, ENOBUFS}},
    {"get_linger", {ENOBUFS}},
    {"recv", {EAGAIN, ECONNRESET, ETIMEDOUT, ENOMEM, EINTR}, true},
    {"send", {EAGAIN, ECONNRESET, EPIPE, ETIMEDOUT, ENOBUFS, ENOMEM, EINTR}, true},
    {"sendmsg", {EAGAIN, ECONNRESET, EPIPE, ETIMEDOUT, ENOBUFS, ENOMEM, EINTR}, true},
    {"shutdown", {ENOTCONN}},
    {"close", {EINTR, EIO}},
    {"epoll_create", {EMFILE, ENFILE, ENOMEM}},
    {"epoll_add", {ENOMEM, ENOSPC}},
    {"epoll_modify", {ENOMEM}},
    {"epoll_delete", {}},
    {"epoll_wait", {EINTR}},
    {"event_create", {EMFILE, ENFILE, ENODEV, ENOMEM}},
    {"event_signal", {}},
    {"event_drain", {}},
}};

const call_facts& facts_of(call kind) { return facts[static_cast<std::size_t>(kind)]; }

}  // namespace

std::string_view name_of(call kind) { return facts_of(kind).name; }

std::span<const int> documented_errors(call kind) {
    const std::span<const int> all(facts_of(kind).errors);
    std::size_t count = 0;
    while (count < all.size() && all[count] != 0) ++count;
    return all.first(count);
}

bool has_short_counts(call kind) { return facts_of(kind).has_short_counts; }

fault_plan fail_call(std::uint64_t nth, int error) {
    return [nth, error](const numbered_call& asked) {
        return asked.of_all == nth ? fault{.error = error} : fault{};
    };
}

fault_plan fail_calls(call kind, int error, std::uint64_t nth, std::uint64_t times) {
    return [=](const numbered_call& asked) {
        const bool fails =
            asked.kind == kind && asked.of_kind >= nth && asked.of_kind - nth < times;
        return fails ? fault{.error = error} : fault{};
    };
}

fault_plan short_counts(call kind, std::size_t most_bytes) {
    return [=](const numbered_call& asked) {
        return asked.kind == kind ? fault{.most_bytes = most_bytes} : fault{};
    };
}

}  // namespace yot_run::sys_simulated
