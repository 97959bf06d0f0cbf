// stress/scenarios/timer_storm.cpp: tries to break timers: thousands at once, armed, fired,
// cancelled and moved between workers.
//
// Ledger: every timer that was armed has fired or was cancelled; none is active in the end.
// Invariants: no timer comes early; a timeout tells which of two came first; an interval misses no
// tick. Largest latency: from a deadline to the poll that sees it.
#include <stress/scenarios/watched_runtime.hpp>

#include <yot_run/reactor/timer.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/join_handle.hpp>
#include <yot_run/task/outcome.hpp>
#include <yot_run/task/task.hpp>
#include <yot_run/task/when_any.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace stress::timer_storm {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using std::chrono::microseconds;

struct accounts {
    stress::run& run;
    tally& armed = run.book().account("timers armed");
    tally& fired = run.book().account("timers fired");
    tally& cancelled = run.book().account("timers cancelled");
    tally& ticks = run.book().account("ticks of intervals");
    latencies& lateness = run.book().latency("timer lateness");

    void saw(steady::time_point deadline) {
        const auto now = steady::now();
        run.step();
        fired.add();
        lateness.record(now - deadline);
        run.require(now >= deadline, [&] {
            return "a timer came " + std::to_string((deadline - now).count()) + " ns early";
        });
    }
};

microseconds some_time(generator& random) {
    return microseconds(random.once_in(8) ? random.below(20'000) : random.below(3'000));
}

yot_run::task<> sleep(accounts& all, microseconds time) {
    const auto deadline = steady::now() + time;
    all.armed.add();
    co_await yot_run::sleep_for(time);
    all.saw(deadline);
}

// A timeout around a sleep: two timers, one of which is cancelled.
yot_run::task<> time_out(accounts& all, microseconds limit, microseconds time) {
    const auto start = steady::now();
    all.armed.add(2);
    const auto result = co_await yot_run::timeout(limit, yot_run::sleep_for(time));
    all.saw(start + (result ? time : limit));
    all.cancelled.add();
}

yot_run::task<> first_of_two(accounts& all, microseconds one, microseconds other) {
    const auto start = steady::now();
    all.armed.add(2);
    const auto winner =
        co_await yot_run::when_any(yot_run::sleep_for(one), yot_run::sleep_for(other));
    all.saw(start + (winner.index() == 0 ? one : other));
    all.cancelled.add();
}

// Ticks come one by one, however late; some of the futures are dropped, which loses none.
yot_run::task<> tick(accounts& all, microseconds period, std::uint64_t count, generator random) {
    const auto before = steady::now();
    yot_run::interval every(period);
    steady::time_point last;
    for (std::uint64_t index = 0; index < count;) {
        all.armed.add();
        const auto due = co_await yot_run::timeout(some_time(random) + 1us, every.tick());
        if (!due) {
            all.cancelled.add();
            continue;
        }
        all.saw(*due);
        all.ticks.add();
        all.run.require(index == 0 ? *due >= before : *due - last == period,
                        [] { return "an interval has lost a tick, or repeated one"; });
        last = *due;
        ++index;
    }
}

yot_run::task<> sleep_until_aborted(accounts& all) {
    co_await yot_run::sleep_for(1h);
    all.run.require(false, [] { return "a timer of an hour has fired"; });
}

// A sleep on one task that another one aborts, perhaps before its first poll.
yot_run::task<> abort_a_sleep(accounts& all, generator& random) {
    all.armed.add();
    auto sleeper = yot_run::spawn(sleep_until_aborted(all));
    if (random.once_in(2)) co_await yot_run::sleep_for(some_time(random) / 8);
    sleeper.abort();
    try {
        co_await sleeper;
    } catch (const yot_run::task_cancelled&) {
        all.cancelled.add();
    }
}

yot_run::task<> use_timers(accounts& all, std::uint64_t stream) {
    generator random = all.run.random(stream);
    while (!all.run.is_over()) {
        switch (random.below(5)) {
            case 0: co_await sleep(all, some_time(random)); break;
            case 1: co_await time_out(all, some_time(random), some_time(random)); break;
            case 2: co_await first_of_two(all, some_time(random), some_time(random)); break;
            case 3:
                co_await tick(all, some_time(random) + 50us, random.below(4),
                              generator(random.next()));
                break;
            default: co_await abort_a_sleep(all, random); break;
        }
    }
}

void body(run& run) {
    ledger& book = run.book();
    accounts all{run};
    watched_runtime runtime(run, run.given().threads);
    std::vector<yot_run::join_handle<void>> users;
    for (unsigned index = 0; index < 500 * run.given().threads; ++index)
        users.push_back(runtime->spawn(use_timers(all, index)));
    for (auto& each : users) runtime->block_on(std::move(each));
    book.expect_equal("active timers when all have fired or gone", 0,
                      runtime->metrics().active_timers);
    runtime.close();
    book.expect_equal("timers", all.armed.total(), all.fired.total() + all.cancelled.total());
}

}  // namespace stress::timer_storm
