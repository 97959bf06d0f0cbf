// fuzz/timers/session.hpp: one input of `timers`: a reactor on a simulated kernel, and futures that
// wait for time to pass, polled by hand; what must become of them says expectation.hpp.
//
// Operations work on places, each with at most one future. Wakers carry out operations, too, and so
// does whoever is on another processor while the driver waits, or while a waker is cloned: each
// time the one that follows in the input.
#pragma once

#include <fuzz/records.hpp>
#include <fuzz/timers/expectation.hpp>
#include <fuzz/timers/watched_machine.hpp>

#include <yot_run/reactor/reactor.hpp>
#include <yot_run/reactor/timer.hpp>
#include <yot_run/task/waker_probe.hpp>

#include <array>
#include <deque>
#include <exception>
#include <optional>
#include <variant>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {

using ::fuzz::record;
using ::fuzz::task_number;
using ::fuzz::time_ns;
using ::fuzz::timer_expectation;

inline constexpr sys::time_point end_of_time = sys::time_point::max();

[[nodiscard]] inline time_ns ns(sys::time_point time) { return time.time_since_epoch().count(); }
// The end of time, if that is beyond it.
[[nodiscard]] inline sys::time_point later(sys::time_point time, sys::duration by) {
    const bool beyond = by > sys::duration::zero() && time > end_of_time - by;
    return beyond ? end_of_time : time + by;
}

// Ready when it is told so; uses up the budget, if it is greedy.
class told_future {
public:
    told_future(const bool& is_ready, bool is_greedy) : is_ready_(&is_ready), greedy_(is_greedy) {}
    yot_run::poll<int> poll(context& cx) {
        if (*is_ready_) return answer;
        while (greedy_ && !cx.must_yield()) cx.charge();
        return poll_pending;
    }
    static constexpr int answer = 42;

private:
    const bool* is_ready_;
    bool greedy_;
};

class timer_session {
public:
    // Takes the first two records as settings.
    explicit timer_session(::fuzz::record_reader input);
    timer_session(const timer_session&) = delete;
    timer_session& operator=(const timer_session&) = delete;
    ~timer_session();

    // Carries out the rest of the input, ends everything, and checks that nothing is left.
    void run();

private:
    using timer = timer_expectation::timer;
    using limited = timeout_future<told_future>;
    struct place {
        std::variant<std::monostate, sleep_future, limited, interval::tick_future> what;
        sys::time_point deadline;
        bool is_busy = false;         // It is being polled, and its owner can do nothing else.
        bool is_told = false;         // The future inside a timeout is ready.
        std::size_t of_interval = 0;  // For a tick.
    };
    struct ticking {
        std::optional<interval> what;
        sys::duration period{};
        missed_ticks when_late = missed_ticks::burst;
        sys::time_point next;
        bool is_waited_for = false;  // There is a future for its next tick.
    };
    struct waiting_task {
        internal::waker_probe probe;
        std::optional<record> on_wake;
        std::optional<record> on_clone;
    };
    // What a poll led to.
    struct answer {
        std::exception_ptr thrown;
        bool is_ready = false;
    };
    using operation = void (timer_session::*)(timer which, const record& given);
    struct named_operation {
        const char* name;
        operation carry_out;
        // Also of a waker, and while the driver waits; the others are the driver's.
        bool is_anybodys;
    };
    static const std::array<named_operation, 19> operations;

    void carry_out(const record& given);
    [[nodiscard]] record next_or_nothing() { return input_.next().value_or(record{}); }

    // Operations.
    void sleep_for_some_time(timer which, const record& given);
    void sleep_until_some_time(timer which, const record& given);
    void limit(timer which, const record& given);
    void tell(timer which, const record& given);
    void begin_interval(timer which, const record& given);
    void tick(timer which, const record& given);
    void poll(timer which, const record& given);
    void poll_and_act(timer which, const record& given);
    void poll_with_news(timer which, const record& given);
    void poll_again(timer which, const record& given);
    void poll_nowhere(timer which, const record& given);
    void drop(timer which, const record& given);
    void crowd(timer which, const record& given);
    void repeat(timer which, const record& given);
    void advance(timer which, const record& given);
    void turn(timer which, const record& given);
    void turn_with_news(timer which, const record& given);
    void drive(timer which, const record& given);
    void end_or_disturb(timer which, const record& given);

    [[nodiscard]] sys::duration some_time(const record& given);
    waiting_task& new_task();
    void poll_as(timer which, task_number who, unsigned budget);
    [[nodiscard]] answer answer_of(place& at, context& cx);
    void check_answer(timer which, const answer& given, sys::time_point before, bool must_yield);
    void check_tick(place& at, sys::time_point due);
    void forget(timer which);
    void require_dropped(task_number who);
    std::size_t take_turn(std::optional<sys::duration> most);
    void wait(std::optional<sys::time_point> deadline);
    void let_pass(sys::time_point to);
    void shut_down();
    void end_everything();

    ::fuzz::record_reader input_;
    ::fuzz::watched_machine machine_;
    sys_simulated::machine::scope current_{machine_};
    sync::reference<internal::reactor> reactor_;
    environment environment_;
    timer_expectation expected_;
    std::deque<waiting_task>
        tasks_;  // By number. They outlive the places, whose wakers they count.
    std::array<ticking, 4> intervals_;
    std::array<place, timer_expectation::timer_count> places_;
    std::vector<task_number> to_be_dropped_;        // When the turn has ended.
    std::vector<record> while_waiting_;             // What others do meanwhile, the last one first.
    std::optional<sys::time_point> latest_return_;  // Of the present turn, if it is limited.
    task_number polling_ = ::fuzz::nobody;
    bool polled_has_yielded_ = false;
    bool drops_reactor_first_ = false;
    bool is_in_turn_ = false;
    bool has_waited_ = false;  // In the present turn.
    bool may_be_interrupted_ = false;
    int planned_error_ = 0;  // Of the next epoll_wait.
    int nesting_ = 0;
    int crowds_ = 0;
    bool is_ending_ = false;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
