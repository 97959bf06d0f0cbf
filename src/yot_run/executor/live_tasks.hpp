// yot_run/executor/live_tasks.hpp: one of an executor's lists of the tasks that have not ended.
//
// A task is linked when it is spawned from outside, or before it first suspends, and unlinked when it
// is complete. Closing the list aborts what is in it and refuses more: that is how a shutdown reaches
// every task that waits, wherever it does. Those in the queues it reaches when they are run.
//
// Linking a task costs one exchange: it arrives on a stack, and whoever next takes the lock puts what
// has arrived into the list. Closing closes that stack, too: what comes later is refused.
//
// Lists are sharded, one a worker, so that the lock is not shared by all; and workers collect the
// tasks that have ended and unlink many at a time (worker.hpp).
// Checked by: live_tasks_test.cpp, shutdown_test.cpp, model/executor.cpp.
#pragma once

#include <yot_run/sync/closable_stack.hpp>
#include <yot_run/task/core.hpp>

#include <cstddef>
#include <span>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class executor_core;

class alignas(64) live_tasks final : public task_home {
public:
    explicit live_tasks(executor_core& core) noexcept : core_(core) {}

    [[nodiscard]] bool link(task_core& task) noexcept override;

    // Puts what has arrived into the list. Any thread.
    void gather() noexcept { static_cast<void>(size()); }

    // Aborts every task in the list; from now on link() refuses. Once.
    void close() noexcept;

    // Takes out tasks that are complete, all of this list, and drops the list's references.
    void unlink(std::span<task_core* const> complete) noexcept;

    // The number of tasks in the list; those that are complete stay for a moment.
    [[nodiscard]] std::size_t size() noexcept;

    // Describes each task that is in the list at one moment (core.hpp); takes a reference to each and
    // lets go of the lock. Throws std::bad_alloc.
    void describe(description& into);

    void schedule(task_core& task) noexcept override;
    void on_ending(task_core& task, ending how) noexcept override;
    void unlink(task_core& task) noexcept override;
    void on_destroyed() noexcept override;
    void on_unobserved(std::exception_ptr error) noexcept override;

private:
    struct state {
        task_core* first = nullptr;
        std::size_t size = 0;
        bool closed = false;
    };

    // REQUIRES: the caller holds the lock.
    static void link_arrived(state& now, task_core* arrived) noexcept;

    executor_core& core_;
    sync::closable_stack<task_core, &task_core::next_live> arrived_;
    sync::mutex mutex_;
    sync::cell<state> state_;  // Under the mutex, as are the links in the tasks.
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
