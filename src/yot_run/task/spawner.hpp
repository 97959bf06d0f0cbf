// yot_run/task/spawner.hpp: what a task needs of the executor that runs it.
//
// The task module knows executors only through this; an executor implements it.
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/task/outcome.hpp>

#include <exception>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class task_core;

// Where a task lives: one of the lists of live tasks of one executor. The home outlives every task
// block that has not yet called `on_destroyed`.
class task_home {
public:
    // The task has a run token, which is now the home's. Any thread that holds a reference to the
    // task for the duration of the call.
    virtual void schedule(task_core& task) noexcept = 0;
    // The task is about to become complete, in the hands of the calling worker.
    virtual void on_ending(task_core& task, ending how) noexcept = 0;
    // The task is about to suspend for the first time: puts it into the list. False: the list is
    // closed, and the task must end. Whoever holds the run token.
    [[nodiscard]] virtual bool link(task_core& task) noexcept = 0;
    // A task of the list is complete: takes it out and drops its own reference, now or later.
    virtual void unlink(task_core& task) noexcept = 0;
    // The block of a task of this home is gone. May destroy the home: call nothing afterwards.
    virtual void on_destroyed() noexcept = 0;
    // An exception that nobody will ever ask for.
    virtual void on_unobserved(std::exception_ptr error) noexcept = 0;

protected:
    ~task_home() = default;
};

// Where new tasks go.
class spawner {
public:
    // Gives the task a home and runs it, or cancels it at once when the executor has shut down.
    // Takes over the run token and the task's own reference. Any thread.
    virtual void adopt(task_core& task) noexcept = 0;

protected:
    ~spawner() = default;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
