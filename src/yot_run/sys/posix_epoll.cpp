#include <yot_run/sys/posix_epoll.hpp>

#include <yot_run/sys/posix_error.hpp>

#include <sys/eventfd.h>

#include <algorithm>
#include <limits>

namespace yot_run::sys_posix {
namespace {

io_result<void> control(int epoll, int operation, int number, std::uint32_t events,
                        std::uint64_t token) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = token;
    return done(::epoll_ctl(epoll, operation, number, &event));
}

int timeout_ms(std::optional<std::chrono::nanoseconds> timeout) {
    if (!timeout) return -1;
    constexpr std::chrono::milliseconds longest(std::numeric_limits<int>::max());
    if (*timeout >= longest) return std::numeric_limits<int>::max();
    const auto rounded_up = std::chrono::ceil<std::chrono::milliseconds>(*timeout);
    return std::max(0, static_cast<int>(rounded_up.count()));
}

}  // namespace

io_result<descriptor> epoll_create() { return owned(::epoll_create1(EPOLL_CLOEXEC)); }

io_result<void> epoll_add(int epoll, int number, std::uint32_t events, std::uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, number, events, token);
}

io_result<void> epoll_modify(int epoll, int number, std::uint32_t events, std::uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, number, events, token);
}

io_result<void> epoll_delete(int epoll, int number) {
    return control(epoll, EPOLL_CTL_DEL, number, 0, 0);
}

io_result<std::size_t> epoll_wait(int epoll, std::span<epoll_event> events,
                                  std::optional<std::chrono::nanoseconds> timeout) {
    constexpr std::size_t most = std::numeric_limits<int>::max();
    const int room = static_cast<int>(std::min(events.size(), most));
    const int count = ::epoll_wait(epoll, events.data(), room, timeout_ms(timeout));
    if (count >= 0) return static_cast<std::size_t>(count);
    // The caller's loop looks at its clock again anyway, so a signal is just an early return.
    if (errno == EINTR) return std::size_t{0};
    return last_error();
}

io_result<descriptor> event_create() { return owned(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

io_result<void> event_signal(int event) {
    const int result = ::eventfd_write(event, 1);
    // EAGAIN: the counter is full, so the event has been signalled already.
    if (result < 0 && errno == EAGAIN) return {};
    return done(result);
}

io_result<void> event_drain(int event) {
    eventfd_t count = 0;
    const int result = ::eventfd_read(event, &count);
    // EAGAIN: there was nothing to drain.
    if (result < 0 && errno == EAGAIN) return {};
    return done(result);
}

}  // namespace yot_run::sys_posix
