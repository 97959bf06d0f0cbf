// yot_run/executor/worker.hpp: one thread that runs tasks.
//
// Where a worker looks for its next task, in this order:
//   1. the next slot: the task that was woken last by the one that just ran. At most
//      `slot_streak_limit` times in a row, then it goes behind the others.
//   2. its own deque, youngest first.
//   3. its deferred tasks: those that yielded, oldest first. They move to the deque when that is
//      empty, so that others can steal them.
//   4. the injector, then the other workers' deques, from a random one on: this is a search, which
//      only half of the workers do at a time (idle_set.hpp).
// Every `fair_interval` polls it starts with the oldest task of its deque, the injector, or the
// deferred tasks instead, in turn, and gives whatever it parks on a turn.
//
// Fairness: a runnable task in the deque or among the deferred of a worker, with n older ones before
// it there, is polled within 3 * fair_interval * (n + 1) polls of that worker; a task in the injector
// reaches a deque within 3 * fair_interval polls of any busy worker.
//
// The next slot and the deferred tasks are the owner's alone. It never sleeps while it has any, so
// they need no part in the race of idle_set.hpp.
// Checked by: worker_test.cpp, executor_test.cpp.
#pragma once

#include <yot_run/executor/counters.hpp>
#include <yot_run/executor/deque.hpp>
#include <yot_run/executor/parking.hpp>
#include <yot_run/executor/task_fifo.hpp>
#include <yot_run/task/core.hpp>

#include <cstdint>
#include <memory>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class executor_core;

class worker {
public:
    static constexpr unsigned slot_streak_limit = 3;
    static constexpr std::uint32_t fair_interval = 61;

    worker(executor_core& core, unsigned index, std::unique_ptr<parking> parking) noexcept;

    // Runs tasks on the calling thread until the executor has drained.
    void run() noexcept;

    // The worker that the calling thread is, or null.
    [[nodiscard]] static worker* current() noexcept;
    [[nodiscard]] unsigned index() const noexcept { return index_; }
    [[nodiscard]] const executor_core& core() const noexcept { return core_; }

    // The owner's thread only.

    // A task that was woken: goes to the next slot, and the one before it to the deque.
    void schedule_woken(task_core& task) noexcept;
    // A task that was spawned: goes to the deque, where others can steal it at once.
    void schedule_spawned(task_core& task) noexcept;

    // Any thread.

    [[nodiscard]] deque<task_core>& queue() noexcept { return queue_; }
    [[nodiscard]] const deque<task_core>& queue() const noexcept { return queue_; }
    void unpark() noexcept { parking_->unpark(); }
    [[nodiscard]] worker_counters& counters() noexcept { return counters_; }
    [[nodiscard]] const worker_counters& counters() const noexcept { return counters_; }

private:
    void execute(task_core& task) noexcept;
    task_core* next() noexcept;
    task_core* find() noexcept;
    task_core* next_fair() noexcept;
    task_core* next_local() noexcept;
    task_core* next_slot() noexcept;
    task_core* next_deferred() noexcept;
    task_core* next_injected() noexcept;
    task_core* search() noexcept;
    task_core* steal() noexcept;
    void stop_searching() noexcept;
    task_core* start_batch(task_core* oldest) noexcept;
    void push(task_core& task) noexcept;
    void sleep() noexcept;

    executor_core& core_;
    const unsigned index_;
    bool searching_ = false;
    unsigned slot_streak_ = 0;
    std::uint32_t tick_ = 0;
    std::uint32_t random_;
    task_core* slot_ = nullptr;
    task_fifo<task_core> deferred_;
    std::unique_ptr<parking> parking_;
    worker_counters counters_;
    deque<task_core> queue_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
