// yot_run/simulation/simulation.hpp: a whole program on a machine that is a value, again and again:
// other schedules, faults, virtual time, all of it from a seed.
//
//   const auto service = [] {
//       yot_run::runtime runtime({.workers = 2});
//       runtime.block_on(my_service());  // The same code that serves real sockets.
//   };
//   yot_run::simulation::explore({.runs = 1000}, service);
//
// Link to yot_run::simulation instead of yot_run::yot_run: that is the library once more, from the same
// sources, with threads, clock and kernel replaced. The network is the program's own, at 127.0.0.1 and
// ::1.
//
// What a program may do there: whatever goes through yot_run. Its threads are runtimes' workers; a
// std::mutex or a blocking call would stop the only real thread there is. What is thread_local for the
// compiler is one for all simulated threads.
// Determinism: the same options and the same program give the same run, as long as the program does not
// depend on addresses, on time or randomness from elsewhere, or on what an earlier run has left behind.
//
// One system thread at a time.
// Checked by: simulation_test.cpp, property_tests/programs/.
#pragma once

#include <yot_run/simulation/options.hpp>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace yot_run::simulation {

// Runs the program once, a copy of it. What it throws is part of the report. Throws std::logic_error
// inside another run.
[[nodiscard]] report run(const options& with, const std::function<void()>& program);

// A run that has failed, and the line that repeats it.
class run_failed : public std::runtime_error {
public:
    run_failed(const options& with, const report& what);

    [[nodiscard]] const options& with() const noexcept { return options_; }
    [[nodiscard]] const report& what_happened() const noexcept { return report_; }

private:
    options options_;
    report report_;
};

// Many runs: one seed after the other, and the schedulers by turns.
struct exploration {
    std::uint64_t runs = 1000;
    // The first seed, and everything else that the runs have in common.
    options with = {};
    std::vector<scheduler_kind> schedulers{all_schedulers.begin(), all_schedulers.end()};
    // Descriptors that a run leaves open make it fail.
    bool requires_closed_descriptors = true;
};
struct exploration_report {
    std::uint64_t runs = 0;
    std::uint64_t points = 0;
    std::uint64_t calls = 0;
    std::uint64_t faults = 0;
    duration virtual_time{};
};
// Stops at the first run that fails, and throws run_failed, whose text ends with
//   YOT_RUN_SIMULATION=<seed>:<scheduler>
// In an environment with that variable, only that run takes place.
exploration_report explore(const exploration& what, const std::function<void()>& program);

// For programs, while they run; elsewhere they throw std::logic_error.

// Ends the run, as failed: none of its threads moves again, and nothing is destroyed.
[[noreturn]] void fail(const std::string& why);
// Waits until nothing else can happen: everybody waits, and no time is set for anything. Blocks the
// thread, so not in a task.
void settle();
// Blocks the thread, so not in a task.
void sleep_for(duration length);
// Random faults strike only while they are allowed, which they are at first.
void allow_faults(bool on);
// A number that follows from the seed.
[[nodiscard]] std::uint64_t random();

}  // namespace yot_run::simulation
