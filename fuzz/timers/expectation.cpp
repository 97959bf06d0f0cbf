#include <fuzz/timers/expectation.hpp>

#include <fuzz/finding.hpp>

#include <algorithm>

namespace fuzz {

std::size_t timer_expectation::armed() const {
    return std::size_t(std::ranges::count(timers_, state::armed, &expected_timer::now));
}

std::optional<time_ns> timer_expectation::next_deadline() const {
    std::optional<time_ns> earliest;
    for (const expected_timer& each : timers_)
        if (each.now == state::armed && (!earliest || each.deadline < *earliest))
            earliest = each.deadline;
    return earliest;
}

void timer_expectation::let_go(task_number who) {
    expected_task& task = tasks_[std::size_t(who)];
    task.waits_for.reset();
    if (is_quiet()) return;
    task.may_be_called = true;
    let_go_in_turn_.push_back(who);
}

void timer_expectation::arm(timer which, time_ns deadline, time_ns now, task_number who) {
    expected_timer& armed = timers_[which];
    if (armed.now == state::armed && armed.who != who) let_go(armed.who);
    const bool is_late = armed.now == state::armed ? armed.is_armed_late : deadline <= now;
    armed = {state::armed, deadline, is_late, who};
    tasks_[std::size_t(who)].waits_for = which;
}

void timer_expectation::end(timer which) {
    if (timers_[which].now == state::armed) let_go(timers_[which].who);
    timers_[which] = {};
}

void timer_expectation::called(task_number who, time_ns now) {
    require(is_in_turn_ || is_shutting_down_, "a waker is called, and nobody takes a turn");
    is_waking_ = is_in_turn_;
    ++calls_;
    expected_task& task = tasks_[std::size_t(who)];
    if (!task.waits_for) {
        require(task.may_be_called, "the waker of a timer that is not armed is called");
        task.may_be_called = false;
        return;
    }
    expected_timer& woken = timers_[*task.waits_for];
    task.waits_for.reset();
    woken.now = is_shut_down_ ? state::shut_down : state::fired;
    if (is_shut_down_) return;
    require(woken.deadline <= now, "a timer fires early");
    if (woken.is_armed_late) return;
    require(!latest_fired_ || *latest_fired_ - woken.deadline < millisecond,
            "a timer fires before an earlier one");
    latest_fired_ = std::max(latest_fired_.value_or(0), woken.deadline);
}

void timer_expectation::begin_turn() {
    is_in_turn_ = true;
    calls_ = 0;
    latest_fired_.reset();
}

std::size_t timer_expectation::end_turn(time_ns now) {
    is_in_turn_ = is_waking_ = false;
    if (is_shutting_down_) return calls_;
    require(!is_shut_down_ || armed() == 0, "a shutdown leaves a timer armed");
    const auto next = next_deadline();
    require(!next || *next > now || now - *next < millisecond, "a timer has not fired");
    for (const task_number who : let_go_in_turn_) tasks_[std::size_t(who)].may_be_called = false;
    let_go_in_turn_.clear();
    return calls_;
}

void timer_expectation::end_shutdown() {
    is_shutting_down_ = false;
    if (is_in_turn_) return;  // Which may have taken some, and calls them later.
    require(armed() == 0, "a shutdown leaves a timer armed");
    for (const task_number who : let_go_in_turn_) tasks_[std::size_t(who)].may_be_called = false;
    let_go_in_turn_.clear();
}

}  // namespace fuzz
