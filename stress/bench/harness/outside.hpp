// stress/bench/harness/outside.hpp: works that a thread outside the runtime drives.
#pragma once

#include "harness/measure.hpp"
#include "harness/program.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <vector>

namespace bench {

// Sleeps in the kernel, away from the runtime: where threads are the runtime's own, too.
inline void sleep_outside(std::chrono::nanoseconds time) {
    const timespec wanted{0, time.count()};
    nanosleep(&wanted, nullptr);
}

// The thread submits `count` tasks, each of which counts itself. `submit(f)` has f run by the
// runtime.
template <class Submit>
metrics cost_of_injecting(std::uint64_t count, Submit submit) {
    std::atomic<std::uint64_t> left{0};
    return cost_of_rounds(double(count), [&] {
        left.store(count, std::memory_order_relaxed);  // Nothing runs yet.
        for (std::uint64_t number = 0; number < count; ++number)
            submit([&left] { left.fetch_sub(1, std::memory_order_acq_rel); });
        while (left.load(std::memory_order_acquire) != 0)
            sleep_outside(std::chrono::microseconds(50));
    });
}

// How long it takes from submitting a task until it runs, when every worker sleeps.
template <class Submit>
metrics latency_of_waking(std::uint64_t count, Submit submit) {
    std::vector<double> latencies_us;
    std::atomic<bool> ran{false};
    double latency_us = 0;  // Handed over by `ran`.
    for (std::uint64_t number = 0; number < count; ++number) {
        ran.store(false, std::memory_order_relaxed);  // submit() hands it over.
        sleep_outside(std::chrono::microseconds(200));  // Workers go to sleep.
        const auto start = steady::now();
        submit([&ran, &latency_us, start] {
            latency_us = microseconds_since(start);
            ran.store(true, std::memory_order_release);
        });
        do sleep_outside(std::chrono::microseconds(100));
        while (!ran.load(std::memory_order_acquire));
        latencies_us.push_back(latency_us);
    }
    return percentiles(std::move(latencies_us));
}

}  // namespace bench
