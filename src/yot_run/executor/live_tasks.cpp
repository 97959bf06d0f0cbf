#include <yot_run/executor/live_tasks.hpp>

#include <yot_run/executor/executor_core.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {

live_tasks::live_tasks(executor_core& core) noexcept : core_(core) { core.references().add(); }

bool live_tasks::link(task_core& task) noexcept {
    const sync::lock guard(mutex_);
    if (closed_) return false;
    task.settle(*this);
    blocks_.add();
    task.next_live = first_;
    if (first_ != nullptr) first_->previous_live = &task;
    first_ = &task;
    ++size_;
    return true;
}

void live_tasks::close() noexcept {
    bool drained;
    {
        // Aborting under the lock: it only marks tasks and queues them, and calls no code of theirs.
        const sync::lock guard(mutex_);
        closed_ = true;
        for (task_core* task = first_; task != nullptr; task = task->next_live) task->abort();
        drained = first_ == nullptr;
    }
    if (drained) core_.on_list_drained();
}

std::size_t live_tasks::size() const noexcept {
    const sync::lock guard(mutex_);
    return size_;
}

void live_tasks::schedule(task_core& task) noexcept { core_.schedule(task); }

void live_tasks::on_ending(task_core& /*task*/, ending how) noexcept { core_.count_ending(how); }

void live_tasks::unlink(task_core& task) noexcept {
    bool drained;
    {
        const sync::lock guard(mutex_);
        if (task.previous_live != nullptr) task.previous_live->next_live = task.next_live;
        else first_ = task.next_live;
        if (task.next_live != nullptr) task.next_live->previous_live = task.previous_live;
        --size_;
        drained = closed_ && first_ == nullptr;
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
