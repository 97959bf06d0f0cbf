#include <yot_run/executor/live_tasks.hpp>

#include <yot_run/executor/executor_core.hpp>

#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

// A reference to a task.
class held_task {
public:
    explicit held_task(task_core& task) noexcept : task_(&task) { task.add_reference(); }
    held_task(held_task&& other) noexcept : task_(std::exchange(other.task_, nullptr)) {}
    held_task& operator=(held_task&&) = delete;
    ~held_task() {
        if (task_ != nullptr) task_->drop_reference();
    }
    task_core* operator->() const noexcept { return task_; }

private:
    task_core* task_;
};

}  // namespace

bool live_tasks::link(task_core& task) noexcept {
    if (!arrived_.push(task)) return false;
    core_.on_linked(*this);
    return true;
}

void live_tasks::link_arrived(state& now, task_core* arrived) noexcept {
    while (arrived != nullptr) {
        task_core* const older = arrived->next_live.get();
        arrived->next_live.set(now.first);
        if (now.first != nullptr) now.first->previous_live = arrived;
        now.first = arrived;
        ++now.size;
        arrived = older;
    }
}

void live_tasks::close() noexcept {
    bool drained;
    {
        // Aborting under the lock: it only marks tasks and queues them, and calls no code of theirs.
        const sync::lock guard(mutex_);
        state& now = state_.mut();
        now.closed = true;
        link_arrived(now, arrived_.close());
        for (task_core* task = now.first; task != nullptr; task = task->next_live.get())
            task->abort();
        drained = now.first == nullptr;
    }
    if (drained) core_.on_list_drained();
}

std::size_t live_tasks::size() noexcept {
    const sync::lock guard(mutex_);
    state& now = state_.mut();
    if (!now.closed) link_arrived(now, arrived_.take_all());
    return now.size;
}

void live_tasks::describe(description& into) {
    std::vector<held_task> live;
    live.reserve(size());
    {
        const sync::lock guard(mutex_);
        state& now = state_.mut();
        if (!now.closed) link_arrived(now, arrived_.take_all());
        for (task_core* task = now.first; task != nullptr; task = task->next_live.get())
            live.emplace_back(*task);
    }
    for (const held_task& each : live) each->describe(into);
}

void live_tasks::schedule(task_core& task) noexcept { core_.schedule(task); }

void live_tasks::on_ending(task_core& /*task*/, ending how) noexcept { core_.count_ending(how); }

void live_tasks::unlink(task_core& task) noexcept { core_.retire(task); }

void live_tasks::unlink(std::span<task_core* const> complete) noexcept {
    bool drained;
    {
        const sync::lock guard(mutex_);
        state& now = state_.mut();
        if (!now.closed) link_arrived(now, arrived_.take_all());
        for (task_core* const task : complete) {
            task_core* const next = task->next_live.get();
            task_core* const previous = task->previous_live;
            if (previous != nullptr) previous->next_live.set(next);
            else now.first = next;
            if (next != nullptr) next->previous_live = previous;
        }
        now.size -= complete.size();
        drained = now.closed && now.first == nullptr;
    }
    for (task_core* const task : complete) task->drop_reference();
    if (drained) core_.on_list_drained();
}

void live_tasks::on_destroyed() noexcept { core_.count_destroyed_block(); }

void live_tasks::on_unobserved(std::exception_ptr error) noexcept {
    core_.report_unobserved(error);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
