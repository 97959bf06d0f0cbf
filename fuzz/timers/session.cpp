#include <fuzz/timers/session.hpp>

#include <fuzz/finding.hpp>

#include <chrono>
#include <stdexcept>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

using namespace std::chrono_literals;
using ::fuzz::require;
using ::fuzz::steps;

constexpr int deepest = 4;  // Wakers that carry out operations that make wakers.

sys_simulated::machine_options options_of(const record& settings) {
    sys_simulated::machine_options result;
    const sys::duration odd(settings.b_and_c());
    const std::array starts{sys::duration(1h), odd, 1h + odd, sys::duration::max() - 1s - odd};
    result.start = sys::time_point(starts[settings.a % starts.size()]);
    return result;
}

}  // namespace

const std::array<timer_session::named_operation, 19> timer_session::operations{{
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
    {"sleep in all places, and when woken do the next:", &timer_session::crowd, false},
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

// Also until the same time as another, or next to the earliest, and until the ends of time. Half of
// them are polled at once.
void timer_session::sleep_until_some_time(timer which, const record& given) {
    place& at = places_[which];
    if (at.what.index() != 0) return;
    const auto earliest = expected_.next_deadline();
    switch (given.b % 4) {
        case 0:
            at.deadline = places_[given.c % places_.size()].deadline;
            break;
        case 1:
            at.deadline =
                later(sys::time_point(sys::duration(earliest.value_or(ns(machine_.now())))),
                      (given.b / 4 - 32) * 100us);
            break;
        case 2:
            at.deadline = end_of_time - given.c * 1us;
            break;
        case 3:
            at.deadline = sys::time_point::min() + given.c * 1us;
            break;
    }
    at.what.emplace<sleep_future>(sleep_until(at.deadline));
    if (given.c >= 128) poll(which, record{.b = 1});
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

void timer_session::drop(timer which, const record& /*given*/) { forget(which); }

// More than are woken at once. Each waker does the same, one place further on.
void timer_session::crowd(timer which, const record& given) {
    record act = next_or_nothing();
    if (++crowds_ > 2) return;  // They take time.
    for (std::size_t i = 0; i < places_.size(); ++i, ++act.a) {
        const timer next = (which + i) % places_.size();
        if (places_[next].is_busy) continue;
        sleep_for_some_time(next, given);
        const auto who = task_number(tasks_.size());
        new_task().on_wake = act;
        poll_as(next, who, 1);
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
