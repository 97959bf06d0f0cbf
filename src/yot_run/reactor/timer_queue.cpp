#include <yot_run/reactor/timer_queue.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using std::chrono::nanoseconds;

constexpr std::uint64_t tick_length_ns = 1'000'000;

// REQUIRES: from <= to. Unsigned, since the difference of two times may be too large for a duration.
std::uint64_t ns_between(sys::time_point from, sys::time_point to) {
    return std::uint64_t(nanoseconds(to.time_since_epoch()).count()) -
           std::uint64_t(nanoseconds(from.time_since_epoch()).count());
}

}  // namespace

std::uint64_t timer_queue::tick_after(sys::time_point time) const noexcept {
    if (time <= origin_) return 0;
    const std::uint64_t ns = ns_between(origin_, time);
    return ns / tick_length_ns + (ns % tick_length_ns != 0 ? 1 : 0);
}

std::uint64_t timer_queue::tick_before(sys::time_point time) const noexcept {
    return time <= origin_ ? 0 : ns_between(origin_, time) / tick_length_ns;
}

sys::time_point timer_queue::time_of(std::uint64_t tick) const noexcept {
    const std::uint64_t room = ns_between(origin_, sys::time_point::max()) / tick_length_ns;
    if (tick > room) return sys::time_point::max();
    return origin_ + nanoseconds(tick * tick_length_ns);
}

timer_queue::armed timer_queue::arm(timer_entry& entry, sys::time_point deadline,
                                    waker waker) noexcept {
    const std::uint64_t tick = tick_after(deadline);
    const sync::lock guard(mutex_);
    if (shut_down_.get()) return {timer_status::shut_down, false};
    entry.status_.set(timer_status::armed);
    entry.waker_ = std::move(waker);  // It was empty: the entry was idle.
    wheel_.insert(entry, tick);
    size_.store(size_.load(sync::relaxed) + 1, sync::relaxed);  // For size(); see there.
    if (tick >= waiting_until_.get()) return {timer_status::armed, false};
    waiting_until_.set(nobody_waits);  // The driver is on its way; one interrupt will do.
    return {timer_status::armed, true};
}

timer_status timer_queue::check(timer_entry& entry, const waker& waker) noexcept {
    yot_run::waker other;  // Cloned and dropped outside the lock.
    for (;;) {
        {
            const sync::lock guard(mutex_);
            if (entry.status_.get() != timer_status::armed) return entry.status_.get();
            if (entry.waker_.will_wake(waker)) return timer_status::armed;
            if (other) {
                entry.waker_.swap(other);
                return timer_status::armed;
            }
        }
        other = waker.clone();
    }
}

void timer_queue::cancel(timer_entry& entry) noexcept {
    waker dropped;  // Outside the lock.
    const sync::lock guard(mutex_);
    dropped.swap(entry.waker_);
    if (std::exchange(entry.status_.mut(), timer_status::idle) != timer_status::armed) return;
    if (entry.is_in_wheel()) {
        wheel_.remove(entry);
    } else {
        timer_list::unlink(entry);
    }
    size_.store(size_.load(sync::relaxed) - 1, sync::relaxed);  // For size(); see there.
}

std::optional<sys::duration> timer_queue::begin_wait(std::optional<sys::duration> most) noexcept {
    constexpr sys::duration none = sys::duration::zero();
    const sync::lock guard(mutex_);
    waiting_until_.set(nobody_waits);
    if (!due_.empty() || (most && *most <= none)) return none;
    if (wheel_.empty() && !most) {
        waiting_until_.set(for_ever);
        return std::nullopt;
    }
    const sys::time_point now = sys::now();
    wheel_.advance(tick_before(now), due_);
    if (!due_.empty()) return none;
    sys::time_point look_again = sys::time_point::max();
    if (most && *most < look_again - now) look_again = now + *most;
    if (const auto tick = wheel_.next_deadline()) look_again = std::min(look_again, time_of(*tick));
    waiting_until_.set(tick_after(look_again));
    return look_again - now;
}

std::size_t timer_queue::end_wait(wake_batch& batch) noexcept {
    sync::lock guard(mutex_);
    waiting_until_.set(nobody_waits);
    if (!wheel_.empty()) wheel_.advance(tick_before(sys::now()), due_);
    return end_due(guard, batch);
}

void timer_queue::shut_down(wake_batch& batch) noexcept {
    sync::lock guard(mutex_);
    shut_down_.set(true);
    wheel_.drain(due_);
    end_due(guard, batch);
}

std::size_t timer_queue::end_due(sync::lock& guard, wake_batch& batch) noexcept {
    std::size_t count = 0;
    while (timer_node* const node = due_.pop_front()) {
        auto& entry = static_cast<timer_entry&>(*node);
        // After a shutdown, due_ holds also what had not come yet: that has not fired.
        entry.status_.set(shut_down_.get() ? timer_status::shut_down : timer_status::fired);
        size_.store(size_.load(sync::relaxed) - 1, sync::relaxed);  // For size(); see there.
        batch.add(std::move(entry.waker_));
        ++count;
        if (!batch.full()) continue;
        guard.unlock();
        batch.wake_all();
        guard.lock();
    }
    return count;
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
