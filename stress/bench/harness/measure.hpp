// stress/bench/harness/measure.hpp: how the programs measure, so that all of them do it alike.
#pragma once

#include "harness/process_figures.hpp"
#include "harness/program.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace bench {

using steady = std::chrono::steady_clock;

inline double seconds_since(steady::time_point start) {
    return std::chrono::duration<double>(steady::now() - start).count();
}

inline double microseconds_since(steady::time_point start) { return seconds_since(start) * 1e6; }

// Rounds that take less are repeated until they have taken so long together.
inline constexpr double shortest_measurement_s = 0.1;

// What one of `operations` costs when `round` does that many of them. The first round warms up:
// memory comes from the system, threads and branch predictors get to work.
template <class Round>
metrics cost_of_rounds(double operations, Round round) {
    round();
    const double cpu_before = cpu_seconds();
    const auto start = steady::now();
    double done = 0;
    double elapsed = 0;
    do {
        round();
        done += operations;
        elapsed = seconds_since(start);
    } while (elapsed < shortest_measurement_s);
    return {{"ns", elapsed / done * 1e9},
            {"cpu_ns", (cpu_seconds() - cpu_before) / done * 1e9},
            {"peak_mib", peak_mib()}};
}

// REQUIRES: not empty.
inline metrics percentiles(std::vector<double> microseconds) {
    std::ranges::sort(microseconds);
    const auto at = [&](double fraction) {
        const auto index = std::size_t(fraction * double(microseconds.size()));
        return microseconds[std::min(index, microseconds.size() - 1)];
    };
    return {{"p50_us", at(0.5)}, {"p99_us", at(0.99)}, {"max_us", at(1)}};
}

// What the process uses while nobody does anything.
inline metrics watch_idle(double seconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // The start is no part of it.
    const double cpu_before = cpu_seconds();
    const double switches_before = voluntary_switches();
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    return {{"cpu_us_per_s", (cpu_seconds() - cpu_before) / seconds * 1e6},
            // One of them is this thread's.
            {"switches_per_s", (voluntary_switches() - switches_before - 1) / seconds}};
}

// The memory that `count` tasks have added to `before`.
inline metrics bytes_per_task(double before, std::uint64_t count) {
    return {{"bytes", (resident_bytes() - before) / double(count)}};
}

// Deadlines of timers, the same in every program: xorshift64, from the same start.
class deadlines {
public:
    // Within a second.
    std::chrono::microseconds next() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return std::chrono::microseconds(state_ % 1'000'000);
    }

private:
    std::uint64_t state_ = 88172645463325252U;
};

// What a work with timers ends with. `lateness_us` has one figure a timer. A timer may be early by
// the millisecond to which some runtimes count.
class timer_watch {
public:
    metrics finish(std::vector<double> lateness_us) const {
        const double cpu = cpu_seconds() - cpu_before_;
        require(std::ranges::min(lateness_us) >= -1000, "a timer came too early");
        metrics all{{"cpu_s", cpu}, {"cpu_us_per_timer", cpu * 1e6 / double(lateness_us.size())}};
        for (const auto& metric : percentiles(std::move(lateness_us))) all.push_back(metric);
        all.emplace_back("peak_mib", peak_mib());
        return all;
    }

private:
    double cpu_before_ = cpu_seconds();
};

}  // namespace bench
