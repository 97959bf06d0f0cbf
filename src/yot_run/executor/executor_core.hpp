// yot_run/executor/executor_core.hpp: what the workers of one executor share.
//
// Lives as long as anybody can reach it: the executor, guards, and the blocks of its tasks, which
// wakers may hold for ever: a waker may use the core for as long as it has its task. All blocks
// together hold one reference; workers count theirs for themselves.
// Checked by: executor_core_test.cpp, shutdown_test.cpp, model/executor.cpp.
#pragma once

#include <yot_run/executor/counters.hpp>
#include <yot_run/executor/idle_set.hpp>
#include <yot_run/executor/injector.hpp>
#include <yot_run/executor/live_tasks.hpp>
#include <yot_run/executor/worker.hpp>
#include <yot_run/sync/deferred_count.hpp>
#include <yot_run/sync/reference.hpp>
#include <yot_run/task/environment.hpp>
#include <yot_run/task/spawner.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

struct executor_options {
    unsigned workers = 1;  // At least 1.
    std::string thread_name = "yot-run";
    // Called with an exception that nobody can ask for any more; on any thread, perhaps several at a
    // time.
    std::function<void(std::exception_ptr)> on_unobserved;
    bool sample_poll_durations = false;
    // What worker `index` sleeps on; empty: a parker.
    std::function<std::unique_ptr<parking>(unsigned index)> make_parking;
};

class executor_core final : public sync::shared_object, public spawner {
public:
    // `inside` is the environment of every task; its spawner is set to this core.
    executor_core(executor_options options, const environment& inside);

    // Any thread.

    void adopt(task_core& task) noexcept override;
    void schedule(task_core& task) noexcept;
    // The producer's duty after it has published work.
    void wake_one() noexcept;

    // Refuses new tasks and aborts the live ones. The workers return when all have ended. Once.
    void close() noexcept;
    // True: close() was called; whatever runs from now on is to be aborted.
    [[nodiscard]] bool closing() const noexcept {
        // K2 acquires from K1, so that a load which takes effect late cannot read a shutdown that comes
        // of what it decides. A task that is run nevertheless cannot suspend: its list is closed.
        return closing_.load(sync::acquire);
    }
    // True: closed, and every task that was in a list has ended. A worker that then finds nothing to
    // do has nothing more to come: tasks that are in no list are in the queues of their worker.
    [[nodiscard]] bool drained() const noexcept;
    // Lets go of this core as soon as no block is left. Once, after the workers have returned.
    void release_blocks() noexcept;

    [[nodiscard]] const executor_options& options() const noexcept { return options_; }
    [[nodiscard]] unsigned worker_count() const noexcept { return unsigned(workers_.size()); }
    [[nodiscard]] worker& worker_at(unsigned index) noexcept { return *workers_[index]; }
    [[nodiscard]] const worker& worker_at(unsigned index) const noexcept {
        return *workers_[index];
    }
    [[nodiscard]] yot_run::environment& environment() noexcept { return environment_; }
    [[nodiscard]] bool is_on_worker() const noexcept { return current_worker() != nullptr; }

    // Tasks that have been submitted from outside and not yet taken; a guess.
    [[nodiscard]] std::uint64_t injector_depth() const noexcept;
    [[nodiscard]] std::uint64_t spawned_outside() const noexcept { return spawned_outside_.get(); }
    [[nodiscard]] std::uint64_t unobserved_failures() const noexcept { return unobserved_.get(); }
    // Tasks that have been spawned and have not ended; a guess while they come and go.
    [[nodiscard]] std::uint64_t live_task_count() const noexcept;

    // What the workers do, what is queued, and each task that has waited and has not ended. Tasks that
    // wait are held for a moment each, so that nobody polls them meanwhile. Throws std::bad_alloc.
    void describe(description& into);

    // The workers' side.

    [[nodiscard]] idle_set& idle() noexcept { return idle_; }
    // Tasks that were woken on threads outside the workers.
    [[nodiscard]] injector<task_core>& injected() noexcept { return injector_; }
    // Tasks that were spawned there. Whoever takes them counts their blocks.
    [[nodiscard]] injector<task_core>& arrivals() noexcept { return arrivals_; }
    [[nodiscard]] bool samples_polls() const noexcept { return options_.sample_poll_durations; }
    // The last look before sleeping: at every source of work, and at the end.
    [[nodiscard]] bool has_visible_work() const noexcept;

    // The lists' side.

    void count_ending(ending how) noexcept;
    // Off the workers, which count theirs.
    void count_block() noexcept { blocks_.join(); }
    void count_destroyed_block() noexcept;
    // A task was put into the list.
    void on_linked(live_tasks& list) noexcept;
    // Unlinks a task that is complete, together with others.
    void retire(task_core& task) noexcept;
    void on_list_drained() noexcept;
    void report_unobserved(const std::exception_ptr& error) noexcept;

private:
    [[nodiscard]] worker* current_worker() const noexcept;
    void adopt_inside(worker& here, task_core& task) noexcept;
    void adopt_from_outside(task_core& task) noexcept;
    void inject(task_core& task) noexcept;

    const executor_options options_;
    yot_run::environment environment_;
    injector<task_core> injector_;
    injector<task_core> arrivals_;  // Closed when the executor is.
    shared_counter woken_outside_;
    shared_counter spawned_outside_;
    shared_counter unobserved_;
    idle_set idle_;
    sync::atomic<unsigned> undrained_lists_;
    sync::atomic<bool> closing_{false};
    sync::deferred_count blocks_;
    std::vector<std::unique_ptr<live_tasks>> lists_;
    std::vector<std::unique_ptr<worker>> workers_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
