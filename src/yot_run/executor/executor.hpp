// yot_run/executor/executor.hpp: owns the worker threads of one executor core.
//
// Shutdown: close the core (no new tasks, abort the live ones), let the workers run until every task
// has ended, join them. A worker that is stuck in a task's code holds this up; `shutdown` with a
// deadline says how many are, and may be called again.
// Threads: one owner at a time.
// Checked by: executor_test.cpp, shutdown_test.cpp, model/executor.cpp.
#pragma once

#include <yot_run/executor/executor_core.hpp>
#include <yot_run/sync/reference.hpp>
#include <yot_run/sys/sys.hpp>

#include <optional>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class executor {
public:
    // Throws std::invalid_argument for zero workers, std::system_error when threads run out.
    executor(executor_options options, const environment& inside);
    executor(const executor&) = delete;
    executor& operator=(const executor&) = delete;
    // Shuts down, without a deadline.
    ~executor();

    [[nodiscard]] executor_core& core() const noexcept { return *core_; }

    // Returns how many workers are still at work when `deadline` comes (none: waits for ever); with 0
    // all tasks have ended, all threads are joined, and further calls return at once.
    unsigned shutdown(std::optional<sys::time_point> deadline);

private:
    struct exits;  // Counts the threads that still run.

    void start_threads();
    void close_once() noexcept;

    sync::reference<executor_core> core_;
    sync::reference<exits> exits_;
    std::vector<sync::thread> threads_;
    bool closed_ = false;
    bool finished_ = false;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
