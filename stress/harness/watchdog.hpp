// stress/harness/watchdog.hpp: ends the time of a run, tells its progress, and ends the program
// when nothing moves.
//
// "Nothing moves" means no step (run.hpp) for as long as the plan is patient, which is long enough
// for a starved machine. Then the state is printed: the accounts, and what the scenario describes
// (every worker, queue and pending task of its runtime); and the program ends at once with
// `exit_stuck`, because its threads would never end. Describing takes locks that a broken runtime
// may hold for ever; an alarm ends the program then.
#pragma once

#include <stress/harness/run.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace stress {

// The exit statuses of the program.
inline constexpr int exit_good = 0;
inline constexpr int exit_wrong = 1;   // The ledger does not balance, or an invariant was violated.
inline constexpr int exit_usage = 2;
inline constexpr int exit_stuck = 3;   // Nothing moved.

class watchdog {
public:
    explicit watchdog(run& watched);
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;
    // Joins the thread.
    ~watchdog();

private:
    void watch();
    void tell_progress(double seconds, double rate) const;
    [[noreturn]] void give_up(double seconds_still) const;

    run& run_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool done_ = false;  // Under the mutex.
    std::thread thread_;
};

}  // namespace stress
