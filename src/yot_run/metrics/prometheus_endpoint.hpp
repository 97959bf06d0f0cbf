// yot_run/metrics/prometheus_endpoint.hpp: a runtime's figures, served for Prometheus to scrape.
//
// Figures are read when they are scraped; the workers never see Prometheus. The endpoint has threads
// of its own (prometheus-cpp's) and may outlive the runtime, whose last figures it then serves.
//
// Names, all with the prefix yot_run_:
//   counters    tasks_spawned_total, tasks_completed_total, tasks_failed_total,
//               tasks_cancelled_total, unhandled_exceptions_total,
//               worker_saturation_events_total, reactor_wakeups_total, reactor_events_total;
//               per worker (label worker_id): worker_polls_total, worker_parks_total,
//               worker_unparks_total, steals_total
//   gauges      tasks_pending_current, injector_depth, registered_sockets_current,
//               active_timers_current; per worker: local_queue_depth
//   histogram   poll_duration_seconds (a sample: runtime_options::measure_polls)
// Checked by: prometheus_endpoint_test.cpp.
#pragma once

#include <yot_run/runtime/runtime_metrics.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace yot_run::inline YOT_RUN_WORLD {

class prometheus_endpoint {
public:
    // Serves what `source` gives at http://<address>:<port>/metrics; port 0 lets the system choose.
    // `address` is a numeric IP address. Throws std::runtime_error when it cannot listen there, with
    // the likely reasons and what to do.
    explicit prometheus_endpoint(std::function<runtime_metrics()> source,
                                 const std::string& address = "127.0.0.1",
                                 std::uint16_t port = 9000);
    prometheus_endpoint(const prometheus_endpoint&) = delete;
    prometheus_endpoint& operator=(const prometheus_endpoint&) = delete;
    // Stops serving.
    ~prometheus_endpoint();

    // Where it serves.
    [[nodiscard]] const std::string& url() const noexcept;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD
