// What the driver does, and what a turn must have done (session.hpp).
#include <fuzz/timers/session.hpp>

#include <fuzz/finding.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

using namespace std::chrono_literals;
using ::fuzz::require;
using ::fuzz::steps;

// Behind it the simulated kernel takes every wait for one without an end.
constexpr sys::time_point last_present = end_of_time - 10ms;

}  // namespace

// By some time, or to the deadline of a place or just before or behind it.
void timer_session::advance(timer which, const record& given) {
    const sys::time_point deadline = places_[which].deadline;
    sys::time_point to = later(machine_.now(), some_time(given));
    if (given.b % 2 == 0 && deadline >= sys::time_point())
        to = later(deadline - 1ms, given.c * 10us);
    let_pass(to);
}

void timer_session::let_pass(sys::time_point to) {
    machine_.advance_to(std::clamp(to, machine_.now(), std::max(machine_.now(), last_present)));
}

void timer_session::turn(timer which, const record& given) {
    if (which % 2 == 0) {
        take_turn(some_time(given));
    } else {
        take_turn(given.c % 4 == 0 ? std::nullopt : std::optional(0ns));
    }
}

void timer_session::turn_with_news(timer which, const record& given) {
    for (int i = 0; i <= given.b % 4; ++i) while_waiting_.push_back(next_or_nothing());
    std::ranges::reverse(while_waiting_);
    take_turn(which % 2 == 0 ? std::nullopt : std::optional(some_time(given)));
    while_waiting_.clear();
}

void timer_session::drive(timer /*which*/, const record& /*given*/) {
    const auto next = expected_.next_deadline();
    if (!next || *next > ns(last_present - 3ms)) return;
    if (planned_error_ != 0 || !expected_.is_quiet()) return;
    // What interrupts the first one is older; the wheel may come early ten times.
    constexpr int most = 1 + 10 + 1;
    for (int turns = 1; take_turn(std::nullopt) == 0; ++turns)
        require(turns < most, "a timer takes too many turns");
}

std::size_t timer_session::take_turn(std::optional<sys::duration> most) {
    if (is_in_turn_) return 0;
    is_in_turn_ = true;
    has_waited_ = false;
    latest_return_.reset();
    if (most) latest_return_ = later(later(machine_.now(), std::max(*most, 0ns)), 1ms);
    const int planned = planned_error_;
    const bool was_shut_down = expected_.is_shut_down();
    const bool was_interrupted = std::exchange(may_be_interrupted_, false);
    expected_.begin_turn();
    const auto taken = reactor_->turn(most);
    const std::size_t calls = expected_.end_turn(ns(machine_.now()));
    is_in_turn_ = false;
    for (const task_number who : std::exchange(to_be_dropped_, {})) require_dropped(who);
    if (!taken) {
        may_be_interrupted_ |= was_interrupted;
        require(planned != 0 && taken.error().value() == planned, "a turn fails for no reason");
        return calls;
    }
    const bool has_been_shut_down = was_shut_down != expected_.is_shut_down();
    require(has_been_shut_down || (taken->timers == calls && taken->wakes == calls),
            "a turn counts wrongly");
    require(!taken->interrupted || was_interrupted || may_be_interrupted_,
            "a turn is interrupted by nobody");
    // What interrupts while its wakers are called, interrupts the next one.
    if (!taken->interrupted) may_be_interrupted_ |= was_interrupted;
    return calls;
}

void timer_session::wait(std::optional<sys::time_point> deadline) {
    const sys::time_point now = machine_.now();
    // A shutdown that is under way has taken all timers.
    const auto next = expected_.is_quiet() ? expected_.next_deadline() : std::nullopt;
    const bool is_first = !std::exchange(has_waited_, true);
    if (next && is_first)
        require(*next > ns(now) || ns(now) - *next < ::fuzz::millisecond,
                "a turn waits, and a timer is due");
    // The kernel counts milliseconds, too: it may add one.
    if (next && *next < ns(end_of_time - 3ms))
        require(deadline && ns(*deadline) - *next < 2 * ::fuzz::millisecond,
                "a turn waits for longer than to the next timer");
    if (latest_return_ && *latest_return_ < end_of_time - 1ms)
        require(deadline && *deadline <= *latest_return_, "a turn waits for longer than it may");
    if (!while_waiting_.empty()) {
        const record given = while_waiting_.back();
        while_waiting_.pop_back();
        if (deadline) let_pass(now + (*deadline - now) / 8 * (given.c % 8));
        may_be_interrupted_ = true;
        carry_out(given);
        return;
    }
    if (deadline) let_pass(*deadline);
    if (!deadline || *deadline > last_present) {
        may_be_interrupted_ = true;
        reactor_->interrupt();
    }
}

void timer_session::end_or_disturb(timer which, const record& given) {
    switch (given.b % 8) {
        case 0:
            if (which % 4 == 0) shut_down();  // It ends most of what can be done.
            break;
        case 1:
            planned_error_ = given.c % 2 == 0 ? EINTR : ENOMEM;
            break;
        default:
            may_be_interrupted_ = true;
            reactor_->interrupt();
    }
}

void timer_session::shut_down() {
    const bool was_shut_down = expected_.is_shut_down();
    if (was_shut_down && !expected_.is_quiet()) return;
    steps.add("shut down");
    expected_.begin_shutdown();
    reactor_->shut_down();
    may_be_interrupted_ = true;  // At its end.
    expected_.end_shutdown();
    if (is_in_turn_) return;
    for (const task_number who : std::exchange(to_be_dropped_, {})) require_dropped(who);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
