// fuzz/timers/expectation.hpp: which timers must have fired, which may have, and which must not:
// the contract of reactor/timer.hpp and timer_queue.hpp, told a second time and without their
// machinery.
//
//   A timer that was polled pending is armed, with the waker of one task. The first turn that ends
//   a millisecond after its deadline, or later, has called that waker; none has before the
//   deadline.
//   Timers of one turn fire in the order of their deadlines, up to a millisecond; but one that is
//   armed when its deadline has passed already may come later than its place.
//   A waker is called once. Who polls anew with another waker, or cancels, is called no more,
//   unless the present turn has taken the waker out already.
//   A shutdown calls the wakers of all that are armed.
//
// Times are nanoseconds on the machine's clock, and none of a timer that is armed is negative. One
// thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace fuzz {

using time_ns = std::int64_t;
inline constexpr time_ns millisecond = 1'000'000;

// A task that waits, by number.
using task_number = int;
inline constexpr task_number nobody = -1;

class timer_expectation {
public:
    static constexpr std::size_t timer_count = 80;  // More than a batch of wakers holds.
    using timer = std::size_t;

    enum class state : unsigned char {
        idle,       // Nobody waits for it.
        armed,      // Its waker is to be called.
        fired,      // Its waker was called, and the next poll finds it ready,
        shut_down,  // or, perhaps, that it was shut down.
    };
    [[nodiscard]] state of(timer which) const { return timers_[which].now; }
    [[nodiscard]] task_number task_of(timer which) const { return timers_[which].who; }
    [[nodiscard]] std::size_t armed() const;
    // The earliest that is armed.
    [[nodiscard]] std::optional<time_ns> next_deadline() const;
    [[nodiscard]] bool is_shut_down() const { return is_shut_down_; }
    // Nobody else's turn has taken wakers that it has not called yet.
    [[nodiscard]] bool is_quiet() const { return !is_waking_ && !is_shutting_down_; }

    // Tasks are numbered from 0, in the order in which they are made.
    void add_task() { tasks_.emplace_back(); }
    // A poll of this task was pending.
    void arm(timer which, time_ns deadline, time_ns now, task_number who);
    // The timer is gone, or idle again.
    void end(timer which);

    // A waker of this task was called.
    void called(task_number who, time_ns now);
    void begin_turn();
    // How many wakers it has called.
    std::size_t end_turn(time_ns now);
    void begin_shutdown() { is_shut_down_ = is_shutting_down_ = true; }
    void end_shutdown();

private:
    struct expected_timer {
        state now = state::idle;
        time_ns deadline = 0;
        bool is_armed_late = false;  // The deadline had passed.
        task_number who = nobody;
    };
    struct expected_task {
        std::optional<timer> waits_for;
        bool may_be_called = false;  // In the present turn, which may have taken its waker out.
    };
    void let_go(task_number who);

    std::array<expected_timer, timer_count> timers_;
    std::vector<expected_task> tasks_;
    std::vector<task_number> let_go_in_turn_;
    std::optional<time_ns> latest_fired_;  // Of the present turn.
    std::size_t calls_ = 0;                // Of the present turn.
    bool is_in_turn_ = false;
    bool is_waking_ = false;  // The turn has begun to call wakers.
    bool is_shutting_down_ = false;
    bool is_shut_down_ = false;
};

}  // namespace fuzz
