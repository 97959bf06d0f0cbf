// yot_run/executor/worker.hpp: one thread that runs tasks.
//
// A worker has three places for tasks that are its to run:
//   the next slot   the task that was woken last by the one that just ran. At most
//                   `slot_streak_limit` times in a row, then it goes behind the other woken ones.
//   woken           tasks that were woken, or yielded, or came from outside: oldest first.
//   spawned         tasks that were spawned here: youngest first, so that a tree of tasks is walked
//                   depth first, in little memory and warm caches.
// The next task is from the slot; or else from woken and spawned, whose turn alternates; or else from
// the injector, or stolen from another worker, from a random one on: that is a search, which only
// half of the workers do at a time (idle_set.hpp). Others steal the oldest woken, then the oldest
// spawned. Every `fair_interval` polls the injector is moved behind the woken tasks and the oldest
// spawned task is next; and whatever the worker parks on gets a turn.
//
// Fairness, in polls of a worker that is busy: a woken task that has n older ones before it in the
// queue is polled within (2 * (slot_streak_limit + 1) + 1) * (n + 1) polls, a spawned one within
// fair_interval * (n + 1), unless another worker takes it earlier; and a task in the injector is
// behind the woken ones within fair_interval polls. How long a poll lasts, the budget of the context
// bounds, and the task's own code.
//
// The next slot is the owner's alone. It never sleeps while there is a task in it, so it needs no
// part in the race of idle_set.hpp. Tasks in the queues do: when a poll begins, the worker has looked
// for a sleeper (I1) since it pushed any of those, so none of them waits for the end of that poll while
// another worker sleeps.
// Checked by: worker_test.cpp, fairness_test.cpp, executor_test.cpp, model/executor.cpp.
#pragma once

#include <yot_run/executor/counters.hpp>
#include <yot_run/executor/deque.hpp>
#include <yot_run/executor/parking.hpp>
#include <yot_run/task/core.hpp>
#include <yot_run/task/frame_pool.hpp>

#include <array>
#include <cstddef>
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

    // A task that was woken: goes to the next slot, and the one before it behind the woken.
    void schedule_woken(task_core& task) noexcept;
    // A task that was spawned.
    void schedule_spawned(task_core& task) noexcept;
    // A task that is complete: takes it out of its list soon, before this worker sleeps.
    void retire(task_core& task) noexcept;
    // Blocks of tasks that came (or went, if negative) on this worker.
    void count_blocks(std::int64_t difference) noexcept { blocks_ += difference; }
    // True every so often: when tasks that have arrived in a list should be put in order.
    [[nodiscard]] bool counts_another_link() noexcept { return ++links_ % 32 == 0; }
    // How many came less those that went; also for whoever has joined the owner's thread.
    [[nodiscard]] std::int64_t blocks() const noexcept { return blocks_; }

    // Any thread.

    // Gives the caller a task, or null when both queues looked empty.
    [[nodiscard]] task_core* give_to_thief() noexcept;
    // For the last look before sleeping (deque.hpp).
    [[nodiscard]] bool looks_empty() const noexcept {
        return woken_.looks_empty() && spawned_.looks_empty();
    }
    // Any thread: a guess. The owner: never less than there is (deque.hpp).
    [[nodiscard]] std::size_t approximate_queue_size() const noexcept {
        return woken_.approximate_size() + spawned_.approximate_size();
    }
    void unpark() noexcept { parking_->unpark(); }
    void describe(description& into, bool asleep) const;
    [[nodiscard]] worker_counters& counters() noexcept { return counters_; }
    [[nodiscard]] const worker_counters& counters() const noexcept { return counters_; }

private:
    void execute(task_core& task) noexcept;
    task_core* next() noexcept;
    task_core* find() noexcept;
    task_core* next_fair() noexcept;
    task_core* next_slot() noexcept;
    task_core* next_queued() noexcept;
    task_core* search() noexcept;
    task_core* steal() noexcept;
    void stop_searching() noexcept;
    bool take_injected() noexcept;
    void push_woken(task_core& task) noexcept;
    std::int64_t push_all_woken(task_core* first) noexcept;
    void push(deque<task_core>& queue, task_core& task) noexcept;
    void unlink_retired() noexcept;
    void sleep() noexcept;

    executor_core& core_;
    const unsigned index_;
    bool searching_ = false;
    bool woken_first_ = false;
    unsigned slot_streak_ = 0;
    std::uint32_t tick_ = 0;
    std::uint32_t random_;
    task_core* slot_ = nullptr;
    // Where the task that is polled, or was polled last, was spawned.
    sync::atomic<std::uintptr_t> polled_{0};
    std::int64_t blocks_ = 0;
    std::uint32_t links_ = 0;
    std::size_t retired_count_ = 0;
    std::array<task_core*, 32> retired_;
    frame_pool* pool_ = nullptr;  // Null where memory is not recycled.
    std::unique_ptr<parking> parking_;
    worker_counters counters_;
    deque<task_core> woken_;
    deque<task_core> spawned_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
