// yot_run/task/core.hpp: a spawned task: one block, one count of references, one state word.
//
// Who may touch what, when:
//   functions_, home_, spawned_at_
//                         set before the task is published, constant afterwards
//   state_                anybody with a reference
//   the future, outcome   whoever holds the run token while running; after finish() the outcome
//                         belongs to the handle if it was interested, else to the finishing worker
//   join_waker_           see state.hpp
//   next                  whoever holds the run token (a queue holds it)
//   list links            the home: who links the task, then whoever holds the lock of the list
//
// References are held by: the task itself, until it is complete (its home's list takes this one over
// and drops it); the join handle; each waker. The run token needs none: a task that has one is not
// complete. Nor does a poll: its waker is borrowed. The future is destroyed at the terminal
// transition, the block when the last reference goes; the home is told then, and outlives that.
//
// A task that a worker spawns is in no list until its first poll ends without the value: until then
// its run token is in that worker's queues or in a worker's hands, and will be used. Closing the
// lists refuses it later, and whoever polls it then ends it.
// Checked by: core_test.cpp, core_threads_test.cpp, abort_test.cpp, model/task_core.cpp.
#pragma once

#include <yot_run/sync/reference.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/task/context.hpp>
#include <yot_run/task/describe.hpp>
#include <yot_run/task/outcome.hpp>
#include <yot_run/task/spawner.hpp>
#include <yot_run/task/state.hpp>
#include <yot_run/task/waker.hpp>

#include <cstdint>
#include <source_location>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// What the task core does not know: the type of the future and of its output.
struct task_functions {
    // Polls. True: the future is finished and destroyed, the outcome written.
    bool (*poll)(task_core& task, context& cx) noexcept;
    // Destroys the unfinished future; the outcome becomes `cancelled`.
    void (*cancel)(task_core& task) noexcept;
    // How the task ended. REQUIRES: the outcome is the caller's.
    ending (*how)(const task_core& task) noexcept;
    // Destroys the output; an exception in it is given to the home as unobserved.
    void (*discard)(task_core& task) noexcept;
    // Says what the unfinished future waits for. Throws std::bad_alloc.
    void (*describe)(const task_core& task, description& into);
    // Frees the block.
    void (*destroy)(task_core& task) noexcept;
};

enum class after_run { idle, reschedule, complete };

class task_core {
public:
    explicit task_core(const task_functions& functions) noexcept
        : functions_(&functions), references_(own_reference + handle_reference) {}
    task_core(const task_core&) = delete;
    task_core& operator=(const task_core&) = delete;

    // Before the task is published.
    void settle(task_home& home) noexcept { home_ = &home; }
    void born_listed() noexcept { state_.born_listed(); }
    [[nodiscard]] task_home& home() const noexcept { return *home_; }
    // Before the task is published, and constant afterwards.
    void spawned_at(const std::source_location& place) noexcept { spawned_at_ = place; }
    [[nodiscard]] const std::source_location& spawned_at() const noexcept { return spawned_at_; }

    // Runs one poll, or destroys the future if the task was aborted. REQUIRES: the caller holds the
    // run token. After `reschedule` it holds it again; after anything else it must not touch the
    // task any more.
    after_run run(environment& environment) noexcept;

    // Ends a task that no home took, with the outcome `cancelled`. REQUIRES: as run().
    void cancel_unadopted() noexcept;

    // Any thread with a reference.
    void wake() noexcept;
    void abort() noexcept;
    [[nodiscard]] waker make_waker() noexcept;

    // Says where the task was spawned, and what it waits for: takes the run token of an idle task while
    // it looks, and gives it back. Throws std::bad_alloc.
    void describe(description& into);

    // Any thread; the caller's reference is gone afterwards, and perhaps the task.
    void drop_reference() noexcept;
    void add_reference() noexcept { references_.add(); }

    // The join handle's side; one thread at a time.

    [[nodiscard]] bool is_complete() const noexcept { return state_.observe().complete(); }
    // True: complete, and the outcome is the caller's. False: `waker` will be woken when it is.
    [[nodiscard]] bool poll_complete(const waker& waker) noexcept;
    // The handle goes, without having taken the outcome unless `taken`; drops its reference.
    void drop_handle(bool taken) noexcept;

    // The link of the queue that holds the run token.
    sync::cell<task_core*> next{nullptr};
    // The home's list of live tasks.
    sync::cell<task_core*> next_live{nullptr};
    task_core* previous_live = nullptr;

protected:
    ~task_core() = default;

private:
    static constexpr std::uint32_t own_reference = 1;
    static constexpr std::uint32_t handle_reference = 1;

    class run_token {
    public:
        explicit run_token(task_core& of) noexcept : of_(of) {}
        run_token(const run_token&) = delete;
        run_token& operator=(const run_token&) = delete;
        ~run_token();

    private:
        task_core& of_;
    };

    after_run cancel() noexcept;
    void finish() noexcept;

    const task_functions* functions_;
    task_state state_;
    sync::reference_count references_;
    task_home* home_ = nullptr;
    sync::cell<waker> join_waker_;
    std::source_location spawned_at_;
};

// A core with a place for its output.
template <class T>
class typed_core : public task_core {
public:
    using task_core::task_core;
    outcome<T> result;

    static ending how(const task_core& task) noexcept {
        return static_cast<const typed_core&>(task).result.how();
    }
    static void discard(task_core& task) noexcept {
        outcome<T>& result = static_cast<typed_core&>(task).result;
        if (result.how() == ending::failed) task.home().on_unobserved(result.error());
        result.clear();
    }
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
