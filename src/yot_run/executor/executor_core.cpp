#include <yot_run/executor/executor_core.hpp>

#include <yot_run/executor/parker.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

void print(const char* what_happened, const std::exception_ptr& error) noexcept {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "yot_run: %s: %s\n", what_happened, e.what());
    } catch (...) {
        std::fprintf(stderr, "yot_run: %s: unknown exception\n", what_happened);
    }
}

}  // namespace

executor_core::executor_core(executor_options options, const yot_run::environment& inside)
    : options_(std::move(options)),
      environment_(inside),
      idle_(options_.workers),
      undrained_lists_(options_.workers) {
    environment_.spawner = this;
    references().add();  // For the blocks, until they are gone.
    for (unsigned index = 0; index < options_.workers; ++index) {
        lists_.push_back(std::make_unique<live_tasks>(*this));
        workers_.push_back(std::make_unique<worker>(
            *this, index,
            options_.make_parking ? options_.make_parking(index) : std::make_unique<parker>()));
    }
}

worker* executor_core::current_worker() const noexcept {
    worker* const here = worker::current();
    return here != nullptr && &here->core() == this ? here : nullptr;
}

void executor_core::adopt(task_core& task) noexcept {
    if (worker* const here = current_worker()) adopt_inside(*here, task);
    else adopt_from_outside(task);
}

void executor_core::adopt_inside(worker& here, task_core& task) noexcept {
    if (closing()) return task.cancel_unadopted();
    task.settle(*lists_[here.index()]);
    here.count_blocks(1);
    here.counters().spawned.add();
    here.schedule_spawned(task);
}

void executor_core::adopt_from_outside(task_core& task) noexcept {
    // They go round the lists; those that come at the same time may get the same one.
    task.settle(*lists_[spawned_outside_.get() % lists_.size()]);
    if (!arrivals_.push(task)) return task.cancel_unadopted();
    spawned_outside_.add();
    wake_one();
}

void executor_core::schedule(task_core& task) noexcept {
    if (worker* const here = current_worker()) here->schedule_woken(task);
    else inject(task);
}

void executor_core::inject(task_core& task) noexcept {
    woken_outside_.add();
    injector_.push(task);
    wake_one();
}

void executor_core::wake_one() noexcept {
    if (const auto sleeper = idle_.claim_sleeper()) workers_[*sleeper]->unpark();
}

bool executor_core::has_visible_work() const noexcept {
    if (!injector_.looks_empty() || !arrivals_.looks_empty() || drained()) return true;
    for (const auto& worker : workers_)
        if (!worker->looks_empty()) return true;
    return false;
}

void executor_core::close() noexcept {
    closing_.store(true, sync::release);  // K1, see K2.
    // What has arrived and was not taken must end, too: the lists see to it.
    for (task_core* task = arrivals_.close(); task != nullptr;) {
        task_core* const younger = task->next.get();
        count_block();
        if (task->home().link(*task)) task->born_listed();
        injector_.push(*task);  // Counted when it arrived.
        wake_one();
        task = younger;
    }
    for (const auto& list : lists_) list->close();
}

bool executor_core::drained() const noexcept {
    // Relaxed: a worker that misses the end and parks is unparked for it, and then sees it.
    return undrained_lists_.load(sync::relaxed) == 0;
}

void executor_core::on_list_drained() noexcept {
    // Relaxed: unlike work, the end is told to every worker and not to whom the idle set names. An
    // unpark is kept until the worker parks, and hands on all that came before it (parking.hpp).
    if (undrained_lists_.fetch_sub(1, sync::relaxed) != 1) return;
    for (const auto& worker : workers_) worker->unpark();
}

void executor_core::release_blocks() noexcept {
    std::int64_t counted_by_workers = 0;
    for (const auto& worker : workers_) counted_by_workers += worker->blocks();
    if (blocks_.settle(counted_by_workers))
        static_cast<void>(sync::reference<executor_core>::adopt(this));
}

void executor_core::on_linked(live_tasks& list) noexcept {
    // While they are in the cache; or else whoever ends one would walk over all that have arrived.
    worker* const here = current_worker();
    if (here != nullptr && here->counts_another_link()) list.gather();
}

void executor_core::count_destroyed_block() noexcept {
    if (worker* const here = current_worker()) here->count_blocks(-1);
    else if (blocks_.leave()) static_cast<void>(sync::reference<executor_core>::adopt(this));
}

void executor_core::retire(task_core& task) noexcept {
    worker* const here = current_worker();
    if (here != nullptr) return here->retire(task);
    task_core* const alone[]{&task};
    static_cast<live_tasks&>(task.home()).unlink(alone);
}

void executor_core::count_ending(ending how) noexcept {
    worker* const here = current_worker();
    if (here == nullptr) return;  // Unreachable: tasks end on workers.
    worker_counters& counters = here->counters();
    switch (how) {
        case ending::completed: counters.completed.add(); break;
        case ending::failed: counters.failed.add(); break;
        default: counters.cancelled.add(); break;
    }
}

void executor_core::report_unobserved(const std::exception_ptr& error) noexcept {
    unobserved_.add();
    if (!options_.on_unobserved) {
        print("a task that nobody awaits failed", error);
        return;
    }
    try {
        options_.on_unobserved(error);
    } catch (...) {
        print("a task that nobody awaits failed", error);
        print("and the handler for such exceptions threw", std::current_exception());
    }
}

std::uint64_t executor_core::injector_depth() const noexcept {
    std::uint64_t taken = 0;
    for (const auto& worker : workers_) taken += worker->counters().injected.get();
    // Read after `taken`, so it is rarely the smaller; the two are not one moment's.
    const std::uint64_t submitted = woken_outside_.get() + spawned_outside_.get();
    return submitted > taken ? submitted - taken : 0;
}

std::uint64_t executor_core::live_task_count() const noexcept {
    std::uint64_t ended = 0;
    for (const auto& worker : workers_) {
        const worker_counters& counters = worker->counters();
        ended += counters.completed.get() + counters.failed.get() + counters.cancelled.get();
    }
    std::uint64_t spawned = spawned_outside_.get();
    for (const auto& worker : workers_) spawned += worker->counters().spawned.get();
    return spawned > ended ? spawned - ended : 0;
}

void executor_core::describe(description& into) {
    const idle_set::picture picture = idle_.look();
    into.line(std::to_string(live_task_count()) + " tasks have not ended, " +
              std::to_string(injector_depth()) + " are in the injector, " +
              std::to_string(picture.searching) + " workers search" +
              (closing() ? ", shutting down" : ""));
    for (const auto& worker : workers_)
        worker->describe(
            into, std::ranges::find(picture.asleep, worker->index()) != picture.asleep.end());
    for (const auto& list : lists_) list->describe(into);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
