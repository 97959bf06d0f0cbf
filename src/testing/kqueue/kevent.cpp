// kqueue(2) and kevent(2) of <testing/kqueue/sys/event.h>: system calls of the current machine.
//
// They ask its fault plan under the names of their siblings: kqueue() is an epoll_create; a change
// is an epoll_add (EV_ADD), an epoll_delete (EV_DELETE), an event_signal (NOTE_TRIGGER), else an
// epoll_modify; and to wait is an epoll_wait.
#include <testing/kqueue/kqueue_file.hpp>

#include <yot_run/simulation/kernel/call.hpp>

#include <sys/event.h>

#include <cerrno>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>

namespace yot_run::sys_simulated::kernel {
namespace {

call sibling_of(const struct ::kevent& change) {
    if ((change.flags & EV_DELETE) != 0) return call::epoll_delete;
    if ((change.flags & EV_ADD) != 0) return call::epoll_add;
    if (change.filter == EVFILT_USER && (change.fflags & NOTE_TRIGGER) != 0)
        return call::event_signal;
    return call::epoll_modify;
}

int fail(int error) {
    errno = error;
    return -1;
}

// The errno, or 0.
int make(kqueue_file& queue, const struct ::kevent& change) {
    const fault planned = here().enter(sibling_of(change));
    if (planned.error != 0) return planned.error;
    std::shared_ptr<file> target;
    if (change.ident <= std::numeric_limits<int>::max())
        target = here().table().find(static_cast<int>(change.ident)).value_or(nullptr);
    return queue.change(change, target.get());
}

// EINVAL: no time. nullopt: no limit.
io_result<std::optional<time_point>> deadline_of(const timespec* timeout) {
    if (timeout == nullptr) return std::nullopt;
    if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1'000'000'000)
        return failed(EINVAL);
    const time_point now = here().now();
    const std::chrono::nanoseconds longest = time_point::max() - now;
    const std::chrono::seconds whole(timeout->tv_sec);
    const std::chrono::nanoseconds rest(timeout->tv_nsec);
    // Beyond the end of time.
    if (whole > std::chrono::floor<std::chrono::seconds>(longest) || rest > longest - whole)
        return std::nullopt;
    return now + whole + rest;
}

int wait(kqueue_file& queue, std::span<struct ::kevent> events, const timespec* timeout) {
    const fault planned = here().enter(call::epoll_wait);
    if (planned.error != 0) return fail(planned.error);
    const auto deadline = deadline_of(timeout);
    if (!deadline) return fail(deadline.error().value());
    for (;;) {
        const std::size_t count = queue.take(events);
        if (count > 0 || (*deadline && here().now() >= **deadline)) return static_cast<int>(count);
        here().wait(*deadline);
    }
}

}  // namespace
}  // namespace yot_run::sys_simulated::kernel

namespace simulated = yot_run::sys_simulated;

int kqueue() {
    auto made = simulated::kernel::unless_planned(simulated::call::epoll_create, [] {
        return simulated::kernel::open<simulated::kernel::kqueue_file>();
    });
    if (!made) return simulated::kernel::fail(made.error().value());
    return made->release();
}

int kevent(int queue, const struct kevent* changes, int change_count, struct kevent* events,
           int event_count, const struct timespec* timeout) {
    const auto found = simulated::kernel::find<simulated::kernel::kqueue_file>(queue, EBADF);
    if (!found) return simulated::kernel::fail(found.error().value());
    int receipts = 0;
    for (int i = 0; i < change_count; ++i) {
        struct kevent change = changes[i];  // A copy: both lists may be the same.
        change.flags = static_cast<unsigned short>(change.flags & ~EV_SYSFLAGS);
        const int error = simulated::kernel::make(**found, change);
        if (error == 0 && (change.flags & EV_RECEIPT) == 0) continue;
        if (receipts == event_count) {
            if (error != 0) return simulated::kernel::fail(error);
            throw std::logic_error("yot_run: a change asks for a receipt, and there is no room");
        }
        change.flags = EV_ERROR;
        change.data = error;
        events[receipts++] = change;
    }
    // With receipts there are no events, and no waiting.
    if (receipts > 0 || event_count == 0) return receipts;
    return simulated::kernel::wait(
        **found, std::span(events, static_cast<std::size_t>(event_count)), timeout);
}
