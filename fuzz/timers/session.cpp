#include <fuzz/timers/session.hpp>

#include <fuzz/finding.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

using namespace std::chrono_literals;
using ::fuzz::found;
using ::fuzz::require;
using ::fuzz::steps;
using state = timer_expectation::state;

constexpr int deepest = 4;  // Wakers that carry out operations that make wakers.
constexpr sys::time_point end_of_time = sys::time_point::max();
// Behind it the simulated kernel takes every wait for one without an end.
constexpr sys::time_point last_present = end_of_time - 10ms;

time_ns ns(sys::time_point time) { return time.time_since_epoch().count(); }

sys::time_point later(sys::time_point time, sys::duration by) {
    return by > 0ns && time > end_of_time - by ? end_of_time : time + by;
}

sys_simulated::machine_options options_of(const record& settings) {
    sys_simulated::machine_options result;
    const sys::duration odd(settings.b_and_c());
    const std::array starts{sys::duration(1h), odd, 1h + odd, sys::duration(std::int64_t{1} << 62)};
    result.start = sys::time_point(starts[settings.a % starts.size()]);
    return result;
}

}  // namespace

const std::array<timer_session::named_operation, 18> timer_session::operations{{
    {"sleep for some time:", &timer_session::sleep_for_some_time, true},
    {"sleep until some time:", &timer_session::sleep_until_some_time, true},
    {"limit:", &timer_session::limit, true},
    {"make what is limited ready:", &timer_session::tell, true},
    {"begin an interval:", &timer_session::begin_interval, true},
    {"wait for a tick:", &timer_session::tick, true},
    {"poll", &timer_session::poll, true},
    {"poll, and when woken do the next:", &timer_session::poll_and_act, true},
    {"poll, and while the waker is cloned do the next:", &timer_session::poll_with_news, false},
    {"poll again with the same waker:", &timer_session::poll_again, true},
    {"poll outside of a runtime:", &timer_session::poll_nowhere, true},
    {"drop", &timer_session::drop, true},
    {"do the next with a range of places from", &timer_session::repeat, false},
    {"let time pass:", &timer_session::advance, false},
    {"take a turn:", &timer_session::turn, false},
    {"take a turn, and while it waits do the next:", &timer_session::turn_with_news, false},
    {"take turns until a timer fires:", &timer_session::drive, false},
    {"interrupt, fail or shut down:", &timer_session::end_or_disturb, true},
}};

timer_session::timer_session(::fuzz::record_reader input)
    : input_(input), machine_(options_of(next_or_nothing())) {
    drops_reactor_first_ = next_or_nothing().a % 2 == 0;
    machine_.on_wait = [this](std::optional<sys::time_point> deadline) { wait(deadline); };
    machine_.plan_faults([this](const sys_simulated::numbered_call& made) {
        sys_simulated::fault planned;
        if (made.kind == sys_simulated::call::epoll_wait)
            planned.error = std::exchange(planned_error_, 0);
        return planned;
    });
    reactor_ = internal::reactor::create().value();
    environment_.reactor = reactor_.get();
}

timer_session::~timer_session() = default;

void timer_session::run() {
    while (const auto next = input_.next()) carry_out(*next);
    end_everything();
}

void timer_session::carry_out(const record& given) {
    const named_operation& chosen = operations[given.kind % operations.size()];
    const timer which = given.a % places_.size();
    if (is_in_turn_ && !chosen.is_anybodys) return;
    if (nesting_ > deepest || places_[which].is_busy) return;
    steps.add({chosen.name, {std::int64_t(which), given.b, given.c}});
    ++nesting_;
    (this->*chosen.carry_out)(which, given);
    --nesting_;
    if (reactor_ && expected_.is_quiet())
        require(reactor_->counters().active_timers == expected_.armed(),
                "the timers are counted wrongly");
}

// Nothing, microseconds, some ticks, those next to the ends of levels, any size, and for ever.
sys::duration timer_session::some_time(const record& given) {
    const std::int64_t exponent = given.b / 8;
    const std::int64_t some = given.c;
    switch (given.b % 8) {
        case 0:
            return some * 10us;
        case 1:
            return some * 1ms;
        case 2:
            return some * 64ms + exponent * 100us - 1500us;
        case 3:
            return some * 4096ms + exponent * 100us - 1500us;
        case 4:
            return sys::duration((std::int64_t{1} << exponent * 2) + some - 8);
        case 5:
            return sys::duration::max() - (exponent % 2 == 0 ? some * 1ns : some * 1ms);
        case 6:
            return exponent % 2 == 0 ? some * -1us : sys::duration::min() + some * 1ns;
        default:
            return 0ns;
    }
}

void timer_session::sleep_for_some_time(timer which, const record& given) {
    place& at = places_[which];
    if (at.what.index() != 0) return;
    at.deadline = later(machine_.now(), some_time(given));
    at.what.emplace<sleep_future>(sleep_for(some_time(given)));
}

// Also until the same time as another, or next to it, and until the ends of time.
void timer_session::sleep_until_some_time(timer which, const record& given) {
    place& at = places_[which];
    if (at.what.index() != 0) return;
    const sys::time_point others = places_[given.c % places_.size()].deadline;
    switch (given.b % 4) {
        case 0:
            at.deadline = others;
            break;
        case 1:
            at.deadline = later(others, given.b * 1us);
            break;
        case 2:
            at.deadline = end_of_time - given.c * 1us;
            break;
        case 3:
            at.deadline = sys::time_point::min() + given.c * 1us;
            break;
    }
    at.what.emplace<sleep_future>(sleep_until(at.deadline));
}

void timer_session::limit(timer which, const record& given) {
    place& at = places_[which];
    if (at.what.index() != 0) return;
    at.is_told = false;
    at.deadline = later(machine_.now(), some_time(given));
    at.what.emplace<limited>(timeout(some_time(given), told_future(at.is_told, given.c % 2 == 0)));
}

void timer_session::tell(timer which, const record& /*given*/) { places_[which].is_told = true; }

void timer_session::begin_interval(timer which, const record& given) {
    ticking& of = intervals_[which % intervals_.size()];
    if (of.is_waited_for) return;
    of.period = some_time(given);
    of.when_late = which % 8 < 4 ? missed_ticks::burst : missed_ticks::skip;
    of.next = machine_.now();
    try {
        of.what.emplace(of.period, of.when_late);
        require(of.period > 0ns, "an interval without a period");
    } catch (const std::invalid_argument&) {
        require(of.period <= 0ns, "a good period is refused");
    }
}

void timer_session::tick(timer which, const record& given) {
    place& at = places_[which];
    ticking& of = intervals_[given.b % intervals_.size()];
    if (at.what.index() != 0 || !of.what || of.is_waited_for) return;
    of.is_waited_for = true;
    at.of_interval = given.b % intervals_.size();
    at.deadline = of.next;
    at.what.emplace<interval::tick_future>(of.what->tick());
}

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

void timer_session::drop(timer which, const record& /*given*/) { forget(which); }

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

void timer_session::repeat(timer which, const record& given) {
    const record repeated = next_or_nothing();
    if (repeated.kind % operations.size() == given.kind % operations.size()) return;
    for (std::size_t i = 0; i <= given.b % places_.size(); ++i) {
        record one = repeated;
        one.a = std::uint8_t((which + i) % places_.size());
        carry_out(one);
    }
}

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
    expected_.begin_turn();
    const auto taken = reactor_->turn(most);
    const std::size_t calls = expected_.end_turn(ns(machine_.now()));
    is_in_turn_ = false;
    for (const task_number who : std::exchange(to_be_dropped_, {})) require_dropped(who);
    if (!taken) {
        require(planned != 0 && taken.error().value() == planned, "a turn fails for no reason");
        return calls;
    }
    const bool has_been_shut_down = was_shut_down != expected_.is_shut_down();
    require(has_been_shut_down || (taken->timers == calls && taken->wakes == calls),
            "a turn counts wrongly");
    require(!taken->interrupted || may_be_interrupted_ || has_been_shut_down,
            "a turn is interrupted by nobody");
    if (taken->interrupted) may_be_interrupted_ = has_been_shut_down;
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
    expected_.end_shutdown();
    may_be_interrupted_ = true;
    if (is_in_turn_) return;
    for (const task_number who : std::exchange(to_be_dropped_, {})) require_dropped(who);
}

void timer_session::end_everything() {
    is_ending_ = true;
    // Timers that are armed keep the reactor.
    if (drops_reactor_first_) reactor_ = {};
    for (timer which = 0; which < places_.size(); ++which) forget(which);
    require(!reactor_ || reactor_->counters().active_timers == 0, "a timer is left");
    reactor_ = {};
    for (const waiting_task& each : tasks_) require(each.probe.alive() == 0, "a waker is left");
    require(machine_.open_descriptors() == 0, "the reactor is left");
}

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
