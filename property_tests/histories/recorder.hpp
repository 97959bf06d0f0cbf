// property_tests/histories/recorder.hpp: simulated threads that use one object, and the history of it.
#pragma once

#include <property_tests/histories/history.hpp>
#include <yot_run/sync/sync.hpp>

#include <functional>
#include <span>

namespace history_property {

// Used by one simulated thread at a time.
template <class Operation>
class recorder {
public:
    explicit recorder(std::size_t threads) : events_(threads) {}

    // Calls `perform`, which returns the operation with its outcome.
    template <class Perform>
    void record(std::size_t thread, Perform perform) {
        // A point, so that others may move between two operations, too, when neither has begun.
        static_cast<void>(gate_.load(yot_run::sync::relaxed));
        const std::uint64_t invoked = ++last_moment_;
        Operation operation = perform();
        events_[thread].push_back({std::move(operation), invoked, ++last_moment_});
    }
    [[nodiscard]] const history<Operation>& events() const { return events_; }

private:
    yot_run::sync::atomic<int> gate_{0};
    std::uint64_t last_moment_ = 0;
    history<Operation> events_;
};

// Runs the bodies at the same time, the first one on this thread. Inside a simulated program.
inline void run_threads(std::span<const std::function<void()>> bodies) {
    std::vector<yot_run::sync::thread> others;
    for (const std::function<void()>& body : bodies.subspan(1)) others.emplace_back("other", body);
    bodies.front()();
    for (yot_run::sync::thread& each : others) each.join();
}

}  // namespace history_property
