#include <yot_run/metrics/metric_families.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(const char* name, const char* help, MetricType type) {
    return {.name = std::string("yot_run_") + name, .help = help, .type = type, .metric = {}};
}

void add_value(MetricFamily& to, std::uint64_t value, std::vector<ClientMetric::Label> labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (to.type == MetricType::Counter) metric.counter.value = double(value);
    else metric.gauge.value = double(value);
    to.metric.push_back(std::move(metric));
}

MetricFamily single(const char* name, const char* help, MetricType type, std::uint64_t value) {
    MetricFamily result = family(name, help, type);
    add_value(result, value);
    return result;
}

MetricFamily per_worker(const char* name, const char* help, MetricType type,
                        const std::vector<worker_metrics>& workers,
                        std::uint64_t worker_metrics::*figure) {
    MetricFamily result = family(name, help, type);
    for (std::size_t index = 0; index < workers.size(); ++index)
        add_value(result, workers[index].*figure, {{"worker_id", std::to_string(index)}});
    return result;
}

double seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

MetricFamily poll_durations(const runtime_metrics& metrics) {
    MetricFamily result = family("poll_duration_seconds",
                                 "How long a sample of the polls took.", MetricType::Histogram);
    ClientMetric metric;
    std::uint64_t count = 0;
    for (const histogram_bucket& bucket : metrics.poll_durations) {
        count += bucket.count;
        const bool last = bucket.upper_bound == std::chrono::nanoseconds::max();
        metric.histogram.bucket.push_back(
            {.cumulative_count = count,
             .upper_bound = last ? std::numeric_limits<double>::infinity()
                                 : seconds(bucket.upper_bound)});
    }
    metric.histogram.sample_count = count;
    metric.histogram.sample_sum = seconds(metrics.poll_duration_sum);
    result.metric.push_back(std::move(metric));
    return result;
}

std::uint64_t total_saturation(const runtime_metrics& metrics) {
    std::uint64_t total = 0;
    for (const worker_metrics& worker : metrics.workers) total += worker.saturation;
    return total;
}

void add_task_families(std::vector<MetricFamily>& to, const runtime_metrics& m) {
    constexpr auto counter = MetricType::Counter;
    to.push_back(single("tasks_spawned_total", "Tasks spawned.", counter, m.tasks_spawned));
    to.push_back(
        single("tasks_completed_total", "Tasks that gave a value.", counter, m.tasks_completed));
    to.push_back(single("tasks_failed_total", "Tasks that threw.", counter, m.tasks_failed));
    to.push_back(single("tasks_cancelled_total", "Tasks aborted, or cancelled by the shutdown.",
                        counter, m.tasks_cancelled));
    to.push_back(single("unhandled_exceptions_total", "Exceptions that nobody could ask for.",
                        counter, m.unobserved_failures));
    to.push_back(single("tasks_pending_current", "Tasks spawned and not ended.", MetricType::Gauge,
                        m.tasks_pending));
    to.push_back(single("injector_depth", "Tasks from outside that no worker has taken yet.",
                        MetricType::Gauge, m.injector_depth));
}

void add_worker_families(std::vector<MetricFamily>& to, const runtime_metrics& m) {
    constexpr auto counter = MetricType::Counter;
    to.push_back(single("worker_saturation_events_total",
                        "Times a worker's queue was full and grew.", counter, total_saturation(m)));
    to.push_back(per_worker("worker_polls_total", "Polls.", counter, m.workers,
                            &worker_metrics::polls));
    to.push_back(per_worker("worker_parks_total", "Times a worker went to sleep.", counter,
                            m.workers, &worker_metrics::parks));
    to.push_back(per_worker("worker_unparks_total", "Times a worker came back from sleep.", counter,
                            m.workers, &worker_metrics::unparks));
    to.push_back(per_worker("steals_total", "Tasks taken from other workers' queues.", counter,
                            m.workers, &worker_metrics::steals));
    to.push_back(per_worker("local_queue_depth", "Tasks waiting in a worker's queue.",
                            MetricType::Gauge, m.workers, &worker_metrics::queue_depth));
}

void add_reactor_families(std::vector<MetricFamily>& to, const runtime_metrics& m) {
    to.push_back(single("registered_sockets_current", "Sockets that the reactor watches.",
                        MetricType::Gauge, m.registered_sockets));
    to.push_back(single("active_timers_current", "Timers that have not fired.", MetricType::Gauge,
                        m.active_timers));
    to.push_back(single("reactor_wakeups_total", "Times the reactor came back from waiting.",
                        MetricType::Counter, m.reactor_wakeups));
    to.push_back(single("reactor_events_total", "Events that the reactor delivered.",
                        MetricType::Counter, m.reactor_events));
}

}  // namespace

std::vector<MetricFamily> metric_families(const runtime_metrics& metrics) {
    std::vector<MetricFamily> families;
    add_task_families(families, metrics);
    add_worker_families(families, metrics);
    families.push_back(poll_durations(metrics));
    add_reactor_families(families, metrics);
    return families;
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
