// yot_run/reactor/timer_queue.hpp: the timers of one reactor: a wheel, a lock, and the clock.
//
//   a timer is    idle, then armed, then fired or shut_down; or idle again, when it is cancelled
//
// Ticks are milliseconds since the queue was made. A deadline is rounded up to a tick and the clock
// down, so a timer never fires early, and at most one millisecond late plus what the driver adds.
//
// The driver (whoever takes the reactor's turns) announces how long it will wait. A timer that is
// armed meanwhile for an earlier tick must interrupt it, and the one who arms learns so from arm().
// Both happen under the lock, so neither can miss the other; and while nobody waits, which is always
// so on the driver's own thread, no interrupt is asked for.
//
// Invariants: a timer is linked exactly while it is armed. The owner of a timer touches its fields
// only under the lock, from arm() until cancel(): until then the driver may be looking at it. Wakers
// are cloned, called and dropped outside the lock.
// Checked by: timer_queue_test.cpp, model/reactor_thread.cpp, fuzz/timers/session.hpp.
#pragma once

#include <yot_run/reactor/timer_list.hpp>
#include <yot_run/reactor/timer_wheel.hpp>
#include <yot_run/reactor/wake_batch.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/sys.hpp>
#include <yot_run/task/waker.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace yot_run::inline YOT_RUN_WORLD::internal {

enum class timer_status : unsigned char { idle, armed, fired, shut_down };

// One timer: part of a future that waits. Once armed, it must be cancelled before it is destroyed, or
// be seen to have ended (check()).
class timer_entry : private timer_node {
public:
    timer_entry() = default;

private:
    friend class timer_queue;

    sync::cell<timer_status> status_{timer_status::idle};
    waker waker_;
};

class timer_queue {
public:
    // Time begins at `origin`.
    explicit timer_queue(sys::time_point origin) noexcept : origin_(origin) {}
    timer_queue(const timer_queue&) = delete;
    timer_queue& operator=(const timer_queue&) = delete;

    // The side of those who wait. Any thread.

    struct armed {
        timer_status status;  // armed; or shut_down, and then the entry is still idle.
        bool interrupt;       // The driver waits for something later: interrupt it.
    };
    // Links the entry; `waker` is called once its deadline has come. REQUIRES: the entry is idle.
    [[nodiscard]] armed arm(timer_entry& entry, sys::time_point deadline, waker waker) noexcept;
    // What became of the entry. While it is armed, stores another waker for it, if it must.
    [[nodiscard]] timer_status check(timer_entry& entry, const waker& waker) noexcept;
    // Makes the entry idle: afterwards nobody looks at it. Drops the stored waker.
    void cancel(timer_entry& entry) noexcept;

    // The side of the driver. One thread at a time.

    // How long to wait, at most `most`; nullopt: until interrupted. From now on arm() may ask for an
    // interrupt, which must then end the wait even if it comes before the wait begins.
    [[nodiscard]] std::optional<sys::duration> begin_wait(
        std::optional<sys::duration> most) noexcept;
    // The wait is over: fires all timers that are due, in the order of their deadlines, and returns
    // how many. Adds their wakers to the batch, and calls those in it whenever it is full.
    // REQUIRES: the caller holds no lock, and the batch is not full.
    std::size_t end_wait(wake_batch& batch) noexcept;

    // Ends all timers, now and in future. The batch as in end_wait(). Any thread that holds no lock.
    void shut_down(wake_batch& batch) noexcept;

    // How many timers are armed. Any thread.
    [[nodiscard]] std::size_t size() const noexcept {
        // Relaxed: a figure for people, which orders nothing.
        return size_.load(sync::relaxed);
    }

private:
    static constexpr std::uint64_t nobody_waits = 0;  // No deadline is earlier.
    static constexpr std::uint64_t for_ever = std::numeric_limits<std::uint64_t>::max();

    [[nodiscard]] std::uint64_t tick_after(sys::time_point time) const noexcept;
    [[nodiscard]] std::uint64_t tick_before(sys::time_point time) const noexcept;
    [[nodiscard]] sys::time_point time_of(std::uint64_t tick) const noexcept;
    // Ends the timers in due_, and gives up the lock to call their wakers when the batch is full.
    std::size_t end_due(sync::lock& guard, wake_batch& batch) noexcept;

    const sys::time_point origin_;
    sync::mutex mutex_;
    // All of these under the lock.
    timer_wheel wheel_;
    timer_list due_;  // Taken from the wheel, waker not yet called.
    sync::cell<std::uint64_t> waiting_until_{nobody_waits};  // When the driver will look again.
    sync::cell<bool> shut_down_{false};
    sync::atomic<std::size_t> size_{0};  // Written under the lock, for size().
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
