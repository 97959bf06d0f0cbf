#include <yot_run/runtime/collect_metrics.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

void add_poll_durations(runtime_metrics& total, const poll_duration_histogram& durations) {
    for (std::size_t index = 0; index < total.poll_durations.size(); ++index)
        total.poll_durations[index].count += durations.bucket(index);
    total.poll_duration_sum += std::chrono::nanoseconds(durations.sum_ns());
}

void add_worker(runtime_metrics& total, const worker& worker) {
    const worker_counters& counters = worker.counters();
    total.workers.push_back({.polls = counters.polls.get(),
                             .steals = counters.steals.get(),
                             .parks = counters.parks.get(),
                             .unparks = counters.unparks.get(),
                             .saturation = counters.saturation.get(),
                             .queue_depth = worker.approximate_queue_size()});
    // Endings before beginnings, so that a task which comes and goes meanwhile is pending, if
    // anything. Nothing orders the two, so it may be the other way round: see tasks_pending below.
    total.tasks_completed += counters.completed.get();
    total.tasks_failed += counters.failed.get();
    total.tasks_cancelled += counters.cancelled.get();
    add_poll_durations(total, counters.poll_durations);
}

}  // namespace

runtime_metrics collect_metrics(const executor_core& core, const reactor& reactor) {
    runtime_metrics total;
    for (const std::uint64_t bound : poll_duration_histogram::bounds_ns)
        total.poll_durations.push_back({std::chrono::nanoseconds(bound), 0});
    total.poll_durations.push_back({std::chrono::nanoseconds::max(), 0});

    for (unsigned index = 0; index < core.worker_count(); ++index)
        add_worker(total, core.worker_at(index));
    for (unsigned index = 0; index < core.worker_count(); ++index)
        total.tasks_spawned += core.worker_at(index).counters().spawned.get();
    total.tasks_spawned += core.spawned_outside();
    const std::uint64_t ended =
        total.tasks_completed + total.tasks_failed + total.tasks_cancelled;
    total.tasks_pending = total.tasks_spawned > ended ? total.tasks_spawned - ended : 0;
    total.unobserved_failures = core.unobserved_failures();
    total.injector_depth = core.injector_depth();

    const reactor_counters io = reactor.counters();
    total.registered_sockets = io.registered_sockets;
    total.active_timers = io.active_timers;
    total.reactor_wakeups = io.turns;
    total.reactor_events = io.events;
    return total;
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
