#include <yot_run/sys/posix_kqueue.hpp>

#include <yot_run/sys/posix_error.hpp>

#include <algorithm>
#include <ctime>
#include <limits>

namespace yot_run::sys_posix {
namespace {

int count_of(std::span<kqueue_event> events) {
    constexpr std::size_t most = std::numeric_limits<int>::max();
    return static_cast<int>(std::min(events.size(), most));
}

timespec as_timespec(std::chrono::nanoseconds timeout) {
    using std::chrono::seconds;
    // Some systems refuse a timeout that is longer.
    constexpr seconds longest(100'000'000);
    const auto bounded =
        std::clamp<std::chrono::nanoseconds>(timeout, std::chrono::nanoseconds::zero(), longest);
    const auto whole = std::chrono::floor<seconds>(bounded);
    timespec result{};
    result.tv_sec = static_cast<std::time_t>(whole.count());
    result.tv_nsec = static_cast<long>((bounded - whole).count());
    return result;
}

}  // namespace

io_result<descriptor> kqueue_create() { return owned(::kqueue()); }

io_result<void> kqueue_change(int kqueue, std::span<kqueue_event> changes) {
    // Without it, changes that were made leave no receipt, and events could take their places.
    for (kqueue_event& each : changes) each.flags |= EV_RECEIPT;
    const int count = count_of(changes);
    const timespec no_time{};
    // Both lists may be the same: a change has been read when its receipt is written.
    if (::kevent(kqueue, changes.data(), count, changes.data(), count, &no_time) < 0)
        return last_error();
    const auto refused = std::ranges::find_if(
        changes, [](const kqueue_event& receipt) { return receipt.data != 0; });
    if (refused == changes.end()) return {};
    return std::unexpected(system_error(static_cast<int>(refused->data)));
}

io_result<std::size_t> kqueue_wait(int kqueue, std::span<kqueue_event> events,
                                   std::optional<std::chrono::nanoseconds> timeout) {
    timespec limit{};
    if (timeout) limit = as_timespec(*timeout);
    const int count =
        ::kevent(kqueue, nullptr, 0, events.data(), count_of(events), timeout ? &limit : nullptr);
    if (count >= 0) return static_cast<std::size_t>(count);
    // The caller's loop looks at its clock again anyway, so a signal is just an early return.
    if (errno == EINTR) return std::size_t{0};
    return last_error();
}

}  // namespace yot_run::sys_posix
