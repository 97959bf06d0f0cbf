#include <yot_run/executor/worker.hpp>

#include <yot_run/executor/executor_core.hpp>
#include <yot_run/sys/sys.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

struct worker_tag;
using current_worker = sync::thread_slot<worker, worker_tag>;

task_core* oldest_of(deque<task_core>& queue) noexcept {
    for (;;) {
        const auto [status, item] = queue.steal();
        // A lost race means that somebody else got one, and perhaps there are more.
        if (status != steal_status::lost_race) return item;
    }
}

}  // namespace

worker::worker(executor_core& core, unsigned index, std::unique_ptr<parking> parking) noexcept
    : core_(core), index_(index), random_(index + 1), parking_(std::move(parking)) {}

worker* worker::current() noexcept { return current_worker::get(); }

void worker::run() noexcept {
    const environment_scope inside(core_.environment());
    std::optional<frame_pool::owner> frames;
    if constexpr (sync::recycles_memory) pool_ = &frames.emplace().pool();
    worker* const outside = current_worker::get();
    current_worker::set(this);
    while (task_core* task = next()) execute(*task);
    unlink_retired();
    current_worker::set(outside);
    pool_ = nullptr;
}

void worker::execute(task_core& task) noexcept {
    counters_.polls.add();
    // Relaxed: for describe(), which concludes nothing from it.
    polled_.store(std::bit_cast<std::uintptr_t>(task.spawned_at()), sync::relaxed);
    if (core_.closing()) task.abort();
    const bool timed = core_.samples_polls() &&
                       counters_.polls.get() % poll_duration_histogram::sampling_interval == 0;
    const sys::time_point start = timed ? sys::now() : sys::time_point{};
    if (task.run(core_.environment()) == after_run::reschedule) push_woken(task);  // It yielded.
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
        unlink_retired();
        if (core_.drained()) return nullptr;
        sleep();
    }
}

task_core* worker::find() noexcept {
    if (++tick_ % fair_interval == 0) {
        parking_->turn();
        // What the turn brought runs before one that was pushed alone.
        if (slot_ != nullptr && approximate_queue_size() > 0) core_.wake_one();
        if (task_core* task = next_fair()) return task;
    }
    if (task_core* task = next_slot()) return task;
    if (task_core* task = next_queued()) return task;
    return search();
}

task_core* worker::next_fair() noexcept {
    take_injected();
    return spawned_.steal().item;
}

task_core* worker::next_slot() noexcept {
    task_core* const task = std::exchange(slot_, nullptr);
    if (task != nullptr && ++slot_streak_ <= slot_streak_limit) return task;
    slot_streak_ = 0;
    if (task != nullptr) push_woken(*task);
    return nullptr;
}

task_core* worker::next_queued() noexcept {
    woken_first_ = !woken_first_;
    if (!woken_first_)
        if (task_core* task = spawned_.pop()) return task;
    if (task_core* task = oldest_of(woken_)) return task;
    return spawned_.pop();
}

// Moves everything from the injectors behind the woken tasks; then acts as any producer.
bool worker::take_injected() noexcept {
    task_core* const arrived = core_.arrivals().take_all();
    task_core* const woken = core_.injected().take_all();
    if (arrived == nullptr && woken == nullptr) return false;
    if (woken != nullptr) static_cast<void>(push_all_woken(woken));
    if (arrived != nullptr) count_blocks(push_all_woken(arrived));
    // A worker that searches wakes nobody here, but must look: I1 orders its pushes before the sleep of
    // other searchers, and I3, which follows, orders nothing (idle_set.hpp).
    core_.wake_one();
    return true;
}

std::int64_t worker::push_all_woken(task_core* first) noexcept {
    std::int64_t count = 0;
    counters_.saturation.add(woken_.push_all(first, [&count](const task_core& task) {
        ++count;
        return task.next.get();
    }));
    counters_.injected.add(std::uint64_t(count));
    return count;
}

task_core* worker::search() noexcept {
    if (!searching_) searching_ = core_.idle().begin_search();
    if (!searching_) return nullptr;
    // What a thief takes from under our hands is in good hands, too.
    if (take_injected())
        if (task_core* task = oldest_of(woken_)) return task;
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
        if (task_core* task = core_.worker_at(victim).give_to_thief()) {
            counters_.steals.add();
            return task;
        }
    }
    return nullptr;
}

task_core* worker::give_to_thief() noexcept {
    if (task_core* task = oldest_of(woken_)) return task;
    return oldest_of(spawned_);
}

void worker::describe(description& into, bool asleep) const {
    into.line("worker " + std::to_string(index_) + (asleep ? " sleeps" : " is awake") +
              ", has polled " + std::to_string(counters_.polls.get()) + " times, and has " +
              std::to_string(woken_.approximate_size()) + " woken and " +
              std::to_string(spawned_.approximate_size()) + " spawned tasks queued");
    const std::uintptr_t polled = polled_.load(sync::relaxed);  // See execute().
    if (asleep || polled == 0) return;
    into.below([&] {
        into.line("polls, or polled last, a task spawned at " +
                  name_of(std::bit_cast<std::source_location>(polled)));
    });
}

void worker::schedule_woken(task_core& task) noexcept {
    task_core* const displaced = std::exchange(slot_, &task);
    if (displaced != nullptr) push_woken(*displaced);
}

void worker::schedule_spawned(task_core& task) noexcept {
    push(spawned_, task);
    core_.wake_one();
}

void worker::retire(task_core& task) noexcept {
    retired_[retired_count_++] = &task;
    if (retired_count_ == retired_.size()) unlink_retired();
}

// Those of one list together.
void worker::unlink_retired() noexcept {
    std::span<task_core*> left(retired_.data(), std::exchange(retired_count_, 0));
    while (!left.empty()) {
        task_home& home = left.front()->home();
        const auto others = std::ranges::partition(
            left, [&home](const task_core* task) { return &task->home() == &home; });
        static_cast<live_tasks&>(home).unlink(left.first(left.size() - others.size()));
        left = left.last(others.size());
    }
}

void worker::push_woken(task_core& task) noexcept {
    // Alone, it is what this worker runs next, and not worth waking another for. All that is in the
    // queues already counts: others may have looked at one queue before this push, and at the other
    // one when it was empty again.
    const bool alone = slot_ == nullptr && approximate_queue_size() == 0;
    push(woken_, task);
    if (!alone) core_.wake_one();
}

void worker::push(deque<task_core>& queue, task_core& task) noexcept {
    if (queue.push(task)) counters_.saturation.add();
}

void worker::sleep() noexcept {
    if (pool_ != nullptr) pool_->return_foreign();
    core_.idle().begin_sleep(index_, std::exchange(searching_, false), parking_->is_dear_to_wake());
    if (!core_.has_visible_work()) {
        counters_.parks.add();
        parking_->park();
        counters_.unparks.add();
    }
    // What it parked on may have given it work of its own, and then it need not search.
    searching_ = core_.idle().end_sleep(index_, slot_ == nullptr);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
