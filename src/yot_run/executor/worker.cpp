#include <yot_run/executor/worker.hpp>

#include <yot_run/executor/executor_core.hpp>
#include <yot_run/sys/sys.hpp>

#include <chrono>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

struct worker_tag;
using current_worker = sync::thread_slot<worker, worker_tag>;

}  // namespace

worker::worker(executor_core& core, unsigned index, std::unique_ptr<parking> parking) noexcept
    : core_(core), index_(index), random_(index + 1), parking_(std::move(parking)) {}

worker* worker::current() noexcept { return current_worker::get(); }

void worker::run() noexcept {
    const environment_scope inside(core_.environment());
    worker* const outside = current_worker::get();
    current_worker::set(this);
    while (task_core* task = next()) execute(*task);
    current_worker::set(outside);
}

void worker::execute(task_core& task) noexcept {
    counters_.polls.add();
    const bool timed = core_.samples_polls() &&
                       counters_.polls.get() % poll_duration_histogram::sampling_interval == 0;
    const sys::time_point start = timed ? sys::now() : sys::time_point{};
    if (task.run(core_.environment()) == after_run::reschedule) deferred_.push(task);
    if (timed) {
        const auto spent = std::chrono::nanoseconds(sys::now() - start);
        counters_.poll_durations.record(std::uint64_t(spent.count()));
    }
}

task_core* worker::next() noexcept {
    for (;;) {
        if (task_core* task = find()) {
            // Also when it was found without looking far: whoever counts as searching keeps others
            // from being woken.
            if (searching_) stop_searching();
            return task;
        }
        if (core_.drained()) return nullptr;
        sleep();
    }
}

task_core* worker::find() noexcept {
    if (++tick_ % fair_interval == 0) {
        parking_->turn();
        if (task_core* task = next_fair()) return task;
    }
    if (task_core* task = next_local()) return task;
    return search();
}

task_core* worker::next_fair() noexcept {
    const std::uint32_t first = tick_ / fair_interval;
    for (std::uint32_t turn = first; turn < first + 3; ++turn) {
        task_core* task = nullptr;
        switch (turn % 3) {
            case 0: task = queue_.steal().item; break;
            case 1: task = next_injected(); break;
            default: task = deferred_.pop(); break;
        }
        if (task != nullptr) return task;
    }
    return nullptr;
}

task_core* worker::next_local() noexcept {
    if (task_core* task = next_slot()) return task;
    slot_streak_ = 0;
    if (task_core* task = queue_.pop()) return task;
    return next_deferred();
}

task_core* worker::next_slot() noexcept {
    task_core* const task = std::exchange(slot_, nullptr);
    if (task == nullptr || ++slot_streak_ <= slot_streak_limit) return task;
    deferred_.push(*task);
    return nullptr;
}

task_core* worker::next_deferred() noexcept { return start_batch(deferred_.take_all()); }

task_core* worker::next_injected() noexcept {
    task_core* const oldest = core_.injected().take_all();
    for (task_core* task = oldest; task != nullptr; task = task->next.get())
        counters_.injected.add();
    return start_batch(oldest);
}

// Pushes all but the oldest so that the owner pops them in their order; then acts as any producer.
task_core* worker::start_batch(task_core* oldest) noexcept {
    if (oldest == nullptr || oldest->next.get() == nullptr) return oldest;
    task_core* newest = nullptr;
    for (task_core* task = oldest->next.get(); task != nullptr;) {
        task_core* const newer = task->next.get();
        task->next.set(newest);
        newest = std::exchange(task, newer);
    }
    while (newest != nullptr) {
        task_core* const older = newest->next.get();  // Read first: a thief may run it at once.
        push(*newest);
        newest = older;
    }
    core_.wake_one();
    return oldest;
}

task_core* worker::search() noexcept {
    if (!searching_) searching_ = core_.idle().begin_search();
    if (!searching_) return nullptr;
    if (task_core* task = next_injected()) return task;
    return steal();
}

void worker::stop_searching() noexcept {
    searching_ = false;
    if (core_.idle().end_search()) core_.wake_one();
}

task_core* worker::steal() noexcept {
    random_ = random_ * 1664525U + 1013904223U;
    const unsigned workers = core_.worker_count();
    const unsigned first = unsigned((std::uint64_t{random_} * workers) >> 32);
    for (unsigned step = 0; step < workers; ++step) {
        const unsigned victim = (first + step) % workers;
        if (victim == index_) continue;
        // A lost race means that somebody got one: progress, and perhaps there are more.
        for (;;) {
            const auto [status, item] = core_.worker_at(victim).queue().steal();
            if (status == steal_status::empty) break;
            if (status == steal_status::lost_race) continue;
            counters_.steals.add();
            return item;
        }
    }
    return nullptr;
}

void worker::schedule_woken(task_core& task) noexcept {
    task_core* const displaced = std::exchange(slot_, &task);
    if (displaced == nullptr) return;
    push(*displaced);
    core_.wake_one();
}

void worker::schedule_spawned(task_core& task) noexcept {
    push(task);
    core_.wake_one();
}

void worker::push(task_core& task) noexcept {
    if (queue_.push(task)) counters_.saturation.add();
}

void worker::sleep() noexcept {
    core_.idle().begin_sleep(index_, std::exchange(searching_, false));
    if (!core_.has_visible_work()) {
        counters_.parks.add();
        parking_->park();
        counters_.unparks.add();
    }
    // What it parked on may have given it work of its own, and then it need not search.
    searching_ = core_.idle().end_sleep(index_, slot_ == nullptr);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
