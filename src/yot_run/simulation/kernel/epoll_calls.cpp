// The calls of <yot_run/simulation/kernel/calls.hpp> that concern epoll and eventfd.
#include <yot_run/simulation/kernel/calls.hpp>

#include <yot_run/simulation/kernel/call.hpp>

#include <algorithm>
#include <cerrno>

namespace yot_run::sys_simulated {
namespace {

using kernel::failed;
using kernel::find;
using kernel::here;
using kernel::open;
using kernel::unless_planned;

// What epoll_ctl(2) checks, whatever it is to do.
template <class Change>
io_result<void> control(call kind, int epoll, int number, Change change) {
    return unless_planned(kind, [&]() -> io_result<void> {
        const auto instance = here().table().find(epoll);
        if (!instance) return std::unexpected(instance.error());
        const auto target = here().table().find(number);
        if (!target) return std::unexpected(target.error());
        const auto found = find<kernel::epoll_file>(epoll, EINVAL);
        if (!found || *instance == *target) return failed(EINVAL);
        return change(**found, **target);
    });
}

// A timeout is whole milliseconds for the kernel; rounded up, so that it never comes early.
std::optional<time_point> deadline_of(std::optional<std::chrono::nanoseconds> timeout) {
    if (!timeout) return std::nullopt;
    const time_point now = here().now();
    if (*timeout <= std::chrono::nanoseconds::zero()) return now;
    const std::chrono::nanoseconds longest = time_point::max() - now;
    // Beyond the end of time.
    if (*timeout > longest - std::chrono::milliseconds(1)) return std::nullopt;
    return now + std::chrono::ceil<std::chrono::milliseconds>(*timeout);
}

io_result<void> on_event(call kind, int number, void (kernel::event_file::*change)()) {
    return unless_planned(kind, [&]() -> io_result<void> {
        const auto found = find<kernel::event_file>(number, EINVAL);
        if (!found) return std::unexpected(found.error());
        (**found.*change)();
        return {};
    });
}

}  // namespace

io_result<descriptor> epoll_create() {
    return unless_planned(call::epoll_create, [] { return open<kernel::epoll_file>(); });
}

io_result<void> epoll_add(int epoll, int number, std::uint32_t events, std::uint64_t token) {
    return control(call::epoll_add, epoll, number,
                   [&](kernel::epoll_file& instance, kernel::file& target) {
                       return instance.add(target, number, events, token);
                   });
}

io_result<void> epoll_modify(int epoll, int number, std::uint32_t events, std::uint64_t token) {
    return control(call::epoll_modify, epoll, number,
                   [&](kernel::epoll_file& instance, kernel::file& target) {
                       return instance.modify(target, number, events, token);
                   });
}

io_result<void> epoll_delete(int epoll, int number) {
    return control(call::epoll_delete, epoll, number,
                   [&](kernel::epoll_file& instance, kernel::file& target) {
                       return instance.remove(target, number);
                   });
}

io_result<std::size_t> epoll_wait(int epoll, std::span<epoll_event> events,
                                  std::optional<std::chrono::nanoseconds> timeout) {
    const fault planned = here().enter(call::epoll_wait);
    if (planned.error == EINTR) return 0;
    if (planned.error != 0) return failed(planned.error);
    // Held meanwhile: a wait goes on although somebody closes its epoll instance.
    const auto found = find<kernel::epoll_file>(epoll, EINVAL);
    if (!found) return std::unexpected(found.error());
    const std::optional<time_point> deadline = deadline_of(timeout);
    here().add_spurious_event(**found);
    for (;;) {
        const std::size_t count = (*found)->take(events);
        if (count > 0 || (deadline && here().now() >= *deadline)) return count;
        here().wait(deadline);
    }
}

io_result<descriptor> event_create() {
    return unless_planned(call::event_create, [] { return open<kernel::event_file>(); });
}

io_result<void> event_signal(int event) {
    return on_event(call::event_signal, event, &kernel::event_file::signal);
}

io_result<void> event_drain(int event) {
    return on_event(call::event_drain, event, &kernel::event_file::drain);
}

}  // namespace yot_run::sys_simulated
