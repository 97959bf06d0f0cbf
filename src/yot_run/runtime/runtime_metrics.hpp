// yot_run/runtime/runtime_metrics.hpp: the runtime's figures at one moment, for programs.
//
// Reading costs the workers nothing: they count in cache lines of their own, and the reader adds up.
// Figures that are taken while the runtime works are each right for some moment during the call, not
// all for the same one; when the runtime is at rest they agree.
// Checked by: runtime_metrics_test.cpp, runtime_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <chrono>
#include <cstdint>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {

struct worker_metrics {
    std::uint64_t polls = 0;
    std::uint64_t steals = 0;       // Tasks taken from other workers' queues.
    std::uint64_t parks = 0;        // Times the worker went to sleep,
    std::uint64_t unparks = 0;      // and came back.
    std::uint64_t saturation = 0;   // Times its queue was full and grew.
    std::uint64_t queue_depth = 0;  // Tasks waiting in its queue now.
};

struct histogram_bucket {
    std::chrono::nanoseconds upper_bound{};  // Inclusive; nanoseconds::max() for the last.
    std::uint64_t count = 0;                 // In this bucket alone.
};

struct runtime_metrics {
    std::uint64_t tasks_spawned = 0;
    std::uint64_t tasks_completed = 0;   // Gave a value,
    std::uint64_t tasks_failed = 0;      // threw,
    std::uint64_t tasks_cancelled = 0;   // or were aborted, or cancelled by the shutdown.
    std::uint64_t tasks_pending = 0;     // Spawned and none of these yet.
    std::uint64_t unobserved_failures = 0;  // Exceptions that went to the handler.
    std::uint64_t injector_depth = 0;    // Tasks from outside that no worker has taken yet.
    std::vector<worker_metrics> workers;

    // A sample of the polls (runtime_options::measure_polls).
    std::vector<histogram_bucket> poll_durations;
    std::chrono::nanoseconds poll_duration_sum{};

    std::uint64_t registered_sockets = 0;  // Now.
    std::uint64_t active_timers = 0;       // Now.
    std::uint64_t reactor_wakeups = 0;     // Times the reactor came back from waiting.
    std::uint64_t reactor_events = 0;      // Events that it delivered.
};

}  // namespace yot_run::inline YOT_RUN_WORLD
