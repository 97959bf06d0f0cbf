// What is polled, by whom, and what it must answer (session.hpp).
#include <fuzz/timers/session.hpp>

#include <fuzz/finding.hpp>

#include <stdexcept>
#include <system_error>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

using namespace std::chrono_literals;
using ::fuzz::require;
using ::fuzz::steps;
using state = timer_expectation::state;

}  // namespace

void timer_session::check_tick(place& at, sys::time_point due) {
    ticking& of = intervals_[at.of_interval];
    require(due == of.next, "a tick at another time");
    if (of.when_late == missed_ticks::burst) {
        of.next = later(of.next, of.period);
        return;
    }
    // The first one that is still ahead.
    const std::int64_t missed = (machine_.now() - of.next) / of.period;
    of.next = later(of.next + missed * of.period, of.period);
}

timer_session::waiting_task& timer_session::new_task() {
    const auto number = task_number(tasks_.size());
    expected_.add_task();
    waiting_task& made = tasks_.emplace_back();
    made.probe.on_wake = [this, &made, number] {
        if (polling_ == number) {
            polled_has_yielded_ = true;
            return;
        }
        steps.add({"  task woken:", number});
        expected_.called(number, ns(machine_.now()));
        if (made.on_wake && !is_ending_) carry_out(*std::exchange(made.on_wake, std::nullopt));
    };
    made.probe.on_clone = [this, &made] {
        if (const auto news = std::exchange(made.on_clone, std::nullopt)) {
            let_pass(later(machine_.now(), some_time(*news)));
            take_turn(0ns);
            carry_out(*news);
        }
    };
    return made;
}

void timer_session::poll(timer which, const record& given) {
    const auto who = task_number(tasks_.size());
    new_task();
    poll_as(which, who, given.b % 4);
}
void timer_session::poll_and_act(timer which, const record& /*given*/) {
    const auto who = task_number(tasks_.size());
    new_task().on_wake = next_or_nothing();
    poll_as(which, who, 1);
}
void timer_session::poll_with_news(timer which, const record& /*given*/) {
    const auto who = task_number(tasks_.size());
    new_task().on_clone = next_or_nothing();
    poll_as(which, who, 1);
}
void timer_session::poll_again(timer which, const record& given) {
    const task_number who = expected_.task_of(which);
    if (expected_.of(which) != state::armed) return;
    const int clones = tasks_[std::size_t(who)].probe.clones();
    poll_as(which, who, given.b % 4);
    require(tasks_[std::size_t(who)].probe.clones() == clones, "a waker is cloned without need");
}
void timer_session::poll_nowhere(timer which, const record& given) {
    environment_.reactor = nullptr;
    poll(which, given);
    environment_.reactor = reactor_.get();
}

timer_session::answer timer_session::answer_of(place& at, context& cx) try {
    if (auto* const sleep = std::get_if<sleep_future>(&at.what)) {
        return {nullptr, sleep->poll(cx).is_ready()};
    } else if (auto* const with_limit = std::get_if<limited>(&at.what)) {
        auto polled = with_limit->poll(cx);
        if (polled.is_pending()) return {};
        const auto output = std::move(polled).value();
        require(output.has_value() == at.is_told, "not the output of what is ready");
        if (output) require(*output == told_future::answer, "another value");
        return {nullptr, true};
    }
    auto polled = std::get<interval::tick_future>(at.what).poll(cx);
    if (polled.is_pending()) return {};
    check_tick(at, polled.value());
    return {nullptr, true};
} catch (...) {
    return {std::current_exception(), false};
}

void timer_session::poll_as(timer which, task_number who, unsigned budget) {
    place& at = places_[which];
    if (at.what.index() == 0) return;
    const bool has_limit = std::holds_alternative<limited>(at.what);
    const sys::time_point before = machine_.now();
    const task_number armed_by = expected_.task_of(which);
    const task_number outer = std::exchange(polling_, who);
    polled_has_yielded_ = false;
    at.is_busy = true;
    answer given;
    {
        const waker mine = tasks_[std::size_t(who)].probe.make();
        context cx(mine, environment_, budget);
        given = answer_of(at, cx);
        polling_ = who;
        const bool must_yield = budget == 0 && !has_limit;
        if (must_yield) require(polled_has_yielded_, "a poll without budget wakes nobody");
        check_answer(which, given, before, must_yield);
        // What is ready costs one; what is not, nothing.
        if (!has_limit && budget == 1 && !given.thrown)
            require(cx.must_yield() == given.is_ready, "the budget is charged wrongly");
        polling_ = outer;
    }
    at.is_busy = false;
    if (given.is_ready) return forget(which);
    if (given.thrown) expected_.end(which);
    if (given.thrown == nullptr && !(budget == 0 && !has_limit)) {
        expected_.arm(which, ns(at.deadline), ns(machine_.now()), who);
        if (armed_by != who && armed_by != ::fuzz::nobody) require_dropped(armed_by);
    }
}

void timer_session::check_answer(timer which, const answer& given, sys::time_point before,
                                 bool must_yield) {
    const place& at = places_[which];
    const bool is_told = std::holds_alternative<limited>(at.what) && at.is_told;
    const state now = expected_.of(which);
    if (given.thrown) {
        require(!is_told && !must_yield, "it throws, though it is ready or has no budget");
        try {
            std::rethrow_exception(given.thrown);
        } catch (const std::system_error& error) {
            require(error.code() == std::errc::operation_canceled, "not the error of a shutdown");
            require(expected_.is_shut_down(), "it says shut down, and it is not");
            require(now != state::fired, "what has fired is shut down");
            require(now != state::idle || at.deadline > before, "its time has come, and it throws");
        } catch (const std::logic_error&) {
            require(environment_.reactor == nullptr && now == state::idle, "it needs no runtime");
        }
    } else if (given.is_ready) {
        require(!must_yield, "ready without budget");
        require(is_told || at.deadline <= machine_.now(), "ready before its time");
        require(is_told || now != state::idle || environment_.reactor != nullptr, "ready nowhere");
    } else if (!must_yield) {
        require(!is_told, "what is ready is not given");
        require(now != state::fired && now != state::shut_down, "woken, and not ready");
        require(now != state::idle || at.deadline > before, "its time has come, and it waits");
        require(!expected_.is_shut_down() || (now == state::armed && !expected_.is_quiet()),
                "it waits for ever");
    }
}

void timer_session::forget(timer which) {
    place& at = places_[which];
    const task_number who = expected_.task_of(which);
    if (std::holds_alternative<interval::tick_future>(at.what))
        intervals_[at.of_interval].is_waited_for = false;
    at.what.emplace<std::monostate>();
    expected_.end(which);
    if (who != ::fuzz::nobody) require_dropped(who);
}

void timer_session::require_dropped(task_number who) {
    if (expected_.is_quiet()) {
        require(tasks_[std::size_t(who)].probe.alive() == 0, "a waker is kept");
    } else {
        to_be_dropped_.push_back(who);
    }
}

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
