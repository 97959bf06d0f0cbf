// yot_run/task/fake_executor.hpp: an executor for tests, which runs a task when the test says so.
//
// It keeps the contract of spawner.hpp, counts what it is told, and allocates nothing. Used by
// tests only, and not installed. Threads: any; several may run tasks at a time.
#pragma once

#include <yot_run/sync/reference.hpp>
#include <yot_run/task/core.hpp>
#include <yot_run/task/environment.hpp>
#include <yot_run/task/spawn.hpp>
#include <yot_run/task/spawner.hpp>

#include <array>
#include <cstddef>
#include <exception>
#include <source_location>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::test {

class fake_home final : public sync::shared_object,
                        public internal::spawner,
                        public internal::task_home {
public:
    fake_home() { inside.spawner = this; }

    void adopt(internal::task_core& task) noexcept override {
        {
            const sync::lock guard(mutex);
            if (!closed) {
                task.settle(*this);
                references().add();  // For the block, until on_destroyed().
                ++blocks;
                put_into_list(task);
                task.born_listed();
                push(task);
                return;
            }
        }
        task.cancel_unadopted();
    }
    void schedule(internal::task_core& task) noexcept override {
        const sync::lock guard(mutex);
        push(task);
    }
    void on_ending(internal::task_core& /*task*/, internal::ending how) noexcept override {
        const sync::lock guard(mutex);
        ++endings[std::size_t(how)];
    }
    // Every task is put into the list when it is adopted.
    bool link(internal::task_core& /*task*/) noexcept override { return false; }
    void unlink(internal::task_core& task) noexcept override {
        {
            const sync::lock guard(mutex);
            internal::task_core* const next = task.next_live.get();
            if (task.previous_live != nullptr) task.previous_live->next_live.set(next);
            else first_live = next;
            if (next != nullptr) next->previous_live = task.previous_live;
            --live;
            changed.notify_all();
        }
        task.drop_reference();
    }
    void on_destroyed() noexcept override {
        {
            const sync::lock guard(mutex);
            --blocks;
        }
        static_cast<void>(sync::reference<fake_home>::adopt(this));
    }
    void on_unobserved(std::exception_ptr error) noexcept override {
        const sync::lock guard(mutex);
        unobserved.push_back(std::move(error));
    }

    // The task that has been in the queue for longest, or null. REQUIRES: locked.
    internal::task_core* pop() noexcept {
        internal::task_core* const task = oldest_;
        if (task == nullptr) return nullptr;
        oldest_ = task->next.get();
        --queued;
        return task;
    }

    environment inside;
    sync::mutex mutex;
    sync::condition_variable changed;
    // Guarded by mutex:
    internal::task_core* first_live = nullptr;
    std::size_t live = 0;
    std::size_t queued = 0;
    std::size_t blocks = 0;
    bool closed = false;
    std::array<std::size_t, 4> endings{};
    std::vector<std::exception_ptr> unobserved;

private:
    void put_into_list(internal::task_core& task) noexcept {
        task.next_live.set(first_live);
        if (first_live != nullptr) first_live->previous_live = &task;
        first_live = &task;
        ++live;
    }
    void push(internal::task_core& task) noexcept {
        task.next.set(nullptr);
        if (oldest_ == nullptr) oldest_ = &task;
        else youngest_->next.set(&task);
        youngest_ = &task;
        ++queued;
        changed.notify_all();
    }

    internal::task_core* oldest_ = nullptr;
    internal::task_core* youngest_ = nullptr;
};

// Owns the home, which lives on as long as the block of any of its tasks.
class fake_executor {
public:
    fake_executor() : home_(sync::make_shared_object<fake_home>()) {}
    fake_executor(const fake_executor&) = delete;
    fake_executor& operator=(const fake_executor&) = delete;
    ~fake_executor() {
        close();
        run();
    }

    [[nodiscard]] environment& inside() noexcept { return home_->inside; }
    template <runnable W>
    auto spawn(W&& work,
               const std::source_location& place = std::source_location::current()) {
        return internal::spawn_on(*home_, std::forward<W>(work), place);
    }

    // Polls the task that has been in the queue for longest. False: there is none.
    bool run_one() {
        internal::task_core* task;
        {
            const sync::lock guard(home_->mutex);
            task = home_->pop();
        }
        if (task == nullptr) return false;
        const environment_scope scope(home_->inside);
        if (task->run(home_->inside) == internal::after_run::reschedule) home_->schedule(*task);
        return true;
    }
    // Polls until the queue is empty. Returns the number of polls.
    unsigned run() {
        unsigned polls = 0;
        while (run_one()) ++polls;
        return polls;
    }
    // Polls, and waits for tasks to be woken, until no task is left.
    void run_to_end() {
        for (;;) {
            run();
            sync::lock guard(home_->mutex);
            while (home_->queued == 0 && home_->live > 0) home_->changed.wait(guard);
            if (home_->live == 0) return;
        }
    }
    // Takes no more tasks, and aborts those it has; they end when they are run.
    void close() {
        {
            const sync::lock guard(home_->mutex);
            home_->closed = true;
        }
        for_each_live([](internal::task_core& task) { task.abort(); });
    }
    void describe(description& into) {
        for_each_live([&](internal::task_core& task) { task.describe(into); });
    }

    [[nodiscard]] std::size_t queued() const { return look(&fake_home::queued); }
    [[nodiscard]] std::size_t live() const { return look(&fake_home::live); }
    [[nodiscard]] std::size_t blocks() const { return look(&fake_home::blocks); }
    [[nodiscard]] std::size_t ended(internal::ending how) const {
        return look(&fake_home::endings)[std::size_t(how)];
    }
    [[nodiscard]] std::vector<std::exception_ptr> unobserved() const {
        return look(&fake_home::unobserved);
    }

private:
    template <class Action>
    void for_each_live(Action action) {
        std::vector<internal::task_core*> live;
        {
            const sync::lock guard(home_->mutex);
            for (auto* task = home_->first_live; task != nullptr; task = task->next_live.get()) {
                task->add_reference();
                live.push_back(task);
            }
        }
        for (internal::task_core* task : live) {
            action(*task);
            task->drop_reference();
        }
    }

    template <class M>
    [[nodiscard]] M look(M fake_home::* member) const {
        const sync::lock guard(home_->mutex);
        return (*home_).*member;
    }

    sync::reference<fake_home> home_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::test
