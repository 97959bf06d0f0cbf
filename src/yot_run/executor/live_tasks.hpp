// yot_run/executor/live_tasks.hpp: one of an executor's lists of the tasks that have not ended.
//
// A task is linked when it is spawned and unlinked when it is complete; in between the list holds a
// reference to it, so that queues need none. Closing the list aborts what is in it and refuses more:
// that is how a shutdown reaches every task, wherever it waits.
//
// A list also counts the blocks of its tasks, ended ones included, and keeps the executor's core
// alive until the last of them is gone: a waker may use the core for as long as it has its task.
// Lists are sharded, one a worker, so that neither lock nor count is shared by all.
// Checked by: live_tasks_test.cpp, shutdown_test.cpp, model/executor.cpp.
#pragma once

#include <yot_run/sync/reference.hpp>
#include <yot_run/task/core.hpp>

#include <cstddef>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class executor_core;

class alignas(64) live_tasks final : public task_home {
public:
    // Holds a reference to `core` until close() was called and the last block is gone.
    explicit live_tasks(executor_core& core) noexcept;

    // Makes this the home of `task`. False: closed. Any thread that keeps the core alive.
    [[nodiscard]] bool link(task_core& task) noexcept;

    // Aborts every task in the list; from now on link() refuses. Once.
    void close() noexcept;

    // Lets go of the core as soon as no block is left. Once, after close().
    void release_core() noexcept { on_destroyed(); }

    // The number of tasks in the list.
    [[nodiscard]] std::size_t size() const noexcept;

    void schedule(task_core& task) noexcept override;
    void on_ending(task_core& task, ending how) noexcept override;
    void unlink(task_core& task) noexcept override;
    void on_destroyed() noexcept override;
    void on_unobserved(std::exception_ptr error) noexcept override;

private:
    executor_core& core_;
    sync::reference_count blocks_{1};  // One for release_core().
    mutable sync::mutex mutex_;
    struct state {
        task_core* first = nullptr;
        std::size_t size = 0;
        bool closed = false;
    };
    sync::cell<state> state_;  // Under the mutex, as are the links in the tasks.
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
