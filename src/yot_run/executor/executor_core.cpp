#include <yot_run/executor/executor_core.hpp>

#include <yot_run/executor/parker.hpp>

#include <cstdint>
#include <cstdio>
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
    worker* const here = current_worker();
    // From outside, tasks go round the lists; those that come at the same time may get the same one.
    const std::size_t list =
        here != nullptr ? here->index() : std::size_t(spawned_outside_.get() % lists_.size());
    if (!lists_[list]->link(task)) {
        task.cancel_unadopted();
        return;
    }
    if (here != nullptr) {
        here->counters().spawned.add();
        here->schedule_spawned(task);
    } else {
        spawned_outside_.add();
        inject(task);
    }
}

void executor_core::schedule(task_core& task) noexcept {
    if (worker* const here = current_worker()) here->schedule_woken(task);
    else inject(task);
}

void executor_core::inject(task_core& task) noexcept {
    injected_total_.add();
    injector_.push(task);
    wake_one();
}

void executor_core::wake_one() noexcept {
    if (const auto sleeper = idle_.claim_sleeper()) workers_[*sleeper]->unpark();
}

bool executor_core::has_visible_work() const noexcept {
    if (!injector_.looks_empty() || drained()) return true;
    for (const auto& worker : workers_)
        if (!worker->looks_empty()) return true;
    return false;
}

void executor_core::close() noexcept {
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

void executor_core::release_lists() noexcept {
    // The lists go with the core, which the caller keeps alive.
    for (const auto& list : lists_) list->release_core();
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
    const std::uint64_t submitted = injected_total_.get();
    return submitted > taken ? submitted - taken : 0;
}

std::size_t executor_core::live_task_count() const noexcept {
    std::size_t total = 0;
    for (const auto& list : lists_) total += list->size();
    return total;
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
