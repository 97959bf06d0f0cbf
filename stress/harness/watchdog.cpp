#include <stress/harness/watchdog.hpp>

#include <stress/harness/report.hpp>

#include <fmt/core.h>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace stress {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto look_every = 50ms;
constexpr double tell_every_s = 2;
constexpr unsigned describe_for_s = 20;

double seconds_since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
}

void on_alarm(int /*signal*/) { _exit(exit_stuck); }

}  // namespace

watchdog::watchdog(run& watched) : run_(watched), thread_([this] { watch(); }) {}

watchdog::~watchdog() {
    {
        const std::lock_guard guard(mutex_);
        done_ = true;
    }
    ended_.notify_one();
    thread_.join();
}

void watchdog::watch() {
    const auto start = clock::now();
    auto moved = start;
    std::uint64_t steps = 0;
    std::uint64_t told_steps = 0;
    double told = 0;
    std::unique_lock guard(mutex_);
    while (!ended_.wait_for(guard, look_every, [this] { return done_; })) {
        const double now = seconds_since(start);
        if (now >= run_.given().seconds) run_.end();
        if (const std::uint64_t seen = run_.steps(); seen != steps) {
            steps = seen;
            moved = clock::now();
        }
        if (now - told >= tell_every_s) {
            tell_progress(now, double(steps - told_steps) / (now - told));
            told = now;
            told_steps = steps;
        }
        if (seconds_since(moved) > run_.given().patience) give_up(seconds_since(moved));
    }
}

void watchdog::tell_progress(double seconds, double rate) const {
    if (run_.given().quiet) return;
    fmt::print(stderr, "  {:<22} {:6.1f} s  {:>12} steps  {:>10.0f}/s{}\n", run_.given().scenario,
               seconds, run_.steps(), rate, run_.is_over() ? "  (finishing)" : "");
}

void watchdog::give_up(double seconds_still) const {
    std::signal(SIGALRM, on_alarm);
    alarm(describe_for_s);
    const plan& plan = run_.given();
    fmt::print(stderr,
               "yot_stress: {}: STUCK: nothing has moved for {:.1f} s\n"
               "  seed {}, {} threads\n  again: {}\n",
               plan.scenario, seconds_still, plan.seed, plan.threads, command_of(plan));
    for (const auto& [name, total] : run_.book().totals())
        fmt::print(stderr, "  {:<40} {}\n", name, total);
    for (const std::string& violation : run_.book().violations())
        fmt::print(stderr, "  violated: {}\n", violation);
    std::fflush(stderr);
    fmt::print(stderr, "{}\n", run_.description());
    std::fflush(stderr);
    _exit(exit_stuck);
}

}  // namespace stress
