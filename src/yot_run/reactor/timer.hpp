// yot_run/reactor/timer.hpp: futures that wait for time to pass.
//
//   co_await yot_run::sleep_for(10ms);
//   auto result = co_await yot_run::timeout(1s, stream.read(buffer));  // expected<..., timed_out>
//   yot_run::interval every_second(1s);
//   for (;;) { co_await every_second.tick(); ... }
//
// All count from the moment they are made, not from the first await. None is ready early; they come
// at most a millisecond late, plus what the machine adds. Waiting needs a runtime: the first poll
// outside of one throws std::logic_error. A runtime cancels its tasks before it ends its timers, so
// only a thread that waits from outside, in block_on, can see a timer end without having come: it
// throws std::system_error(std::errc::operation_canceled), rather than sleep for ever.
//
// Invariant: once polled pending, a timer is linked into the reactor's timers and must not move; its
// destructor takes it out again. Destroying one cancels it and has no other effect.
// Order: timer_queue.hpp.
// Checked by: timer_test.cpp, fuzz/timers/session.hpp.
#pragma once

#include <yot_run/reactor/timer_queue.hpp>
#include <yot_run/sync/reference.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/sys.hpp>
#include <yot_run/task/context.hpp>
#include <yot_run/task/describe.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/poll.hpp>

#include <expected>
#include <string>
#include <type_traits>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {

namespace internal {

// The time `after` from now; the end of time, if that is beyond it.
[[nodiscard]] sys::time_point time_after(sys::duration after) noexcept;

// A deadline, and the timer that waits for it: what all futures below are made of.
class alarm {
public:
    explicit alarm(sys::time_point deadline) noexcept;
    // A moved-to alarm is a new one, for the same deadline.
    alarm(alarm&& other) noexcept;
    alarm& operator=(alarm&&) = delete;
    ~alarm();

    [[nodiscard]] sys::time_point deadline() const noexcept { return deadline_; }
    // True: the deadline has come; do not ask again. False: the context's waker is called when it
    // has. Charges no budget. Throws std::logic_error and std::system_error: see above.
    [[nodiscard]] bool has_come(context& cx);
    // "due in 3 ms".
    [[nodiscard]] std::string describe() const;

private:
    [[nodiscard]] timer_status arm(context& cx);

    const sys::time_point deadline_;
    sync::reference<reactor> owner_;  // Set exactly while the entry may be linked.
    timer_entry entry_;
};

}  // namespace internal

// Ready once its deadline has come.
class [[nodiscard]] sleep_future {
public:
    explicit sleep_future(sys::time_point deadline) noexcept : alarm_(deadline) {}
    yot_run::poll<> poll(context& cx);
    void describe(description& into) const { into.line("a timer, " + alarm_.describe()); }

private:
    internal::alarm alarm_;
};

[[nodiscard]] inline sleep_future sleep_until(sys::time_point deadline) noexcept {
    return sleep_future(deadline);
}
// A duration that is zero or negative is over at once.
[[nodiscard]] inline sleep_future sleep_for(sys::duration duration) noexcept {
    return sleep_future(internal::time_after(duration));
}

// What `timeout` gives when the time was up first.
struct timed_out {
    constexpr bool operator==(const timed_out&) const = default;
};

// The value of another future, or `timed_out`. The other one is polled first, so that it wins when
// both are ready. When the time is up it is destroyed together with this one.
template <future F>
class [[nodiscard]] timeout_future {
public:
    using output = std::expected<output_of<F>, timed_out>;

    timeout_future(sys::time_point deadline, F future)
        : alarm_(deadline), future_(std::move(future)) {}

    yot_run::poll<output> poll(context& cx) {
        auto polled = future_.poll(cx);
        if (polled.is_ready()) {
            if constexpr (std::is_void_v<output_of<F>>) {
                return output();
            } else {
                return output(std::in_place, std::move(polled).value());
            }
        }
        // Also when the future has used up the budget, or it could keep its timeout from coming.
        if (alarm_.has_come(cx)) return std::unexpected(timed_out{});
        return poll_pending;
    }
    void describe(description& into) const {
        into.line("a timeout, " + alarm_.describe() + ", or");
        into.below([&] { internal::describe_future(future_, into); });
    }

private:
    internal::alarm alarm_;
    F future_;
};

// Gives `future` that much time, from now on. The output is std::expected<T, timed_out>, also where
// T is itself an expected: whose error it was stays clear.
template <class F>
    requires(future<F> && !std::is_lvalue_reference_v<F>)
[[nodiscard]] timeout_future<F> timeout(sys::duration duration, F&& future) {
    return timeout_future<F>(internal::time_after(duration), std::forward<F>(future));
}

// What an interval does when it is asked for its next tick too late.
enum class missed_ticks : unsigned char {
    burst,  // Every tick comes, those that were missed at once: their number stays right.
    skip,   // Missed ticks never come: the next one is the first that is still ahead.
};

// Ticks at equal distances, from the moment it was made, which is its first tick. One task's at a
// time; must outlive its tick futures, and not move while there are any.
class interval {
public:
    class [[nodiscard]] tick_future {
    public:
        explicit tick_future(interval& owner) noexcept : owner_(&owner), alarm_(owner.next_) {}
        // Gives the time at which the tick was due.
        yot_run::poll<sys::time_point> poll(context& cx);
        void describe(description& into) const { into.line("a tick, " + alarm_.describe()); }

    private:
        interval* owner_;
        internal::alarm alarm_;
    };

    // Throws std::invalid_argument unless the period is positive.
    explicit interval(sys::duration period, missed_ticks when_late = missed_ticks::burst);

    // The next tick. Dropping the future before it is ready loses no tick.
    [[nodiscard]] tick_future tick() noexcept { return tick_future(*this); }

private:
    void advance() noexcept;

    sys::duration period_;
    missed_ticks when_late_;
    sys::time_point next_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD
