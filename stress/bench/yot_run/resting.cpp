// stress/bench/yot_run/resting.cpp: what it costs to do nothing: an idle runtime, tasks that wait
// for ever, tasks that wait for a time.
#include "harness/gate.hpp"
#include "harness/measure.hpp"
#include "yot_run/works.hpp"

#include <yot_run/reactor/timer.hpp>
#include <yot_run/task/spawn.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace bench {

namespace {

using yot_run::spawn, yot_run::task;

task<> wait_for_ever(latch_gate& started) {
    started.count_down();
    co_await yot_run::pending();
}

task<> sleep_once(std::chrono::microseconds time, double& lateness_us, latch_gate& done) {
    const auto deadline = steady::now() + time;
    co_await yot_run::sleep_until(deadline);
    lateness_us = microseconds_since(deadline);
    done.count_down();
}

task<> start_sleepers(std::vector<double>& lateness_us, latch_gate& done) {
    deadlines deadlines;
    for (double& lateness : lateness_us)
        spawn(sleep_once(deadlines.next(), lateness, done)).detach();
    co_return;
}

}  // namespace

metrics idle(const settings& settings) {
    yot_run::runtime runtime(options_of(settings));
    runtime.block_on(runtime.spawn(yot_run::ready()));
    return watch_idle(settings.seconds);
}

metrics idle_memory(const settings& settings) {
    yot_run::runtime runtime(options_of(settings));
    latch_gate started(settings.count);
    const double before = resident_bytes();
    for (std::uint64_t number = 0; number < settings.count; ++number)
        runtime.spawn(wait_for_ever(started)).detach();
    started.wait();
    return bytes_per_task(before, settings.count);
}

metrics timers(const settings& settings) {
    yot_run::runtime runtime(options_of(settings));
    std::vector<double> lateness_us(settings.count);
    latch_gate done(settings.count);
    const timer_watch watch;
    runtime.spawn(start_sleepers(lateness_us, done)).detach();
    done.wait();
    return watch.finish(std::move(lateness_us));
}

}  // namespace bench
