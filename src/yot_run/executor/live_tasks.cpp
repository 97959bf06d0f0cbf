#include <yot_run/executor/live_tasks.hpp>

#include <yot_run/executor/executor_core.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {

live_tasks::live_tasks(executor_core& core) noexcept : core_(core) { core.references().add(); }

bool live_tasks::link(task_core& task) noexcept {
    const sync::lock guard(mutex_);
    state& now = state_.mut();
    if (now.closed) return false;
    task.settle(*this);
    blocks_.add();
    task.next_live = now.first;
    if (now.first != nullptr) now.first->previous_live = &task;
    now.first = &task;
    ++now.size;
    return true;
}

void live_tasks::close() noexcept {
    bool drained;
    {
        // Aborting under the lock: it only marks tasks and queues them, and calls no code of theirs.
        const sync::lock guard(mutex_);
        state& now = state_.mut();
        now.closed = true;
        for (task_core* task = now.first; task != nullptr; task = task->next_live) task->abort();
        drained = now.first == nullptr;
    }
    if (drained) core_.on_list_drained();
}

std::size_t live_tasks::size() const noexcept {
    const sync::lock guard(mutex_);
    return state_.get().size;
}

void live_tasks::schedule(task_core& task) noexcept { core_.schedule(task); }

void live_tasks::on_ending(task_core& /*task*/, ending how) noexcept { core_.count_ending(how); }

void live_tasks::unlink(task_core& task) noexcept {
    bool drained;
    {
        const sync::lock guard(mutex_);
        state& now = state_.mut();
        if (task.previous_live != nullptr) task.previous_live->next_live = task.next_live;
        else now.first = task.next_live;
        if (task.next_live != nullptr) task.next_live->previous_live = task.previous_live;
        --now.size;
        drained = now.closed && now.first == nullptr;
    }
    if (drained) core_.on_list_drained();
}

void live_tasks::on_destroyed() noexcept {
    if (blocks_.drop()) static_cast<void>(sync::reference<executor_core>::adopt(&core_));
}

void live_tasks::on_unobserved(std::exception_ptr error) noexcept {
    core_.report_unobserved(error);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
