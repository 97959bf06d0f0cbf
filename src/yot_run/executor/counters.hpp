// yot_run/executor/counters.hpp: what the executor counts, at the cost of a plain increment.
//
// Each worker counts in cache lines of its own and is the only one who writes them; whoever wants
// the figures adds them up when it reads. A reader may see one counter newer than another.
// Checked by: counters_test.cpp, runtime_test.cpp, model/counters.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// A count with one writer.
class counter {
public:
    void add(std::uint64_t amount = 1) noexcept {
        // Relaxed, and not a read-modify-write: there is one writer, and readers want a figure.
        value_.store(value_.load(sync::relaxed) + amount, sync::relaxed);
    }
    [[nodiscard]] std::uint64_t get() const noexcept {
        return value_.load(sync::relaxed);  // A figure; nothing is concluded from it.
    }

private:
    sync::atomic<std::uint64_t> value_{0};
};

// A count with many writers.
class shared_counter {
public:
    void add(std::uint64_t amount = 1) noexcept { value_.fetch_add(amount, sync::relaxed); }
    [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(sync::relaxed); }

private:
    sync::atomic<std::uint64_t> value_{0};
};

// How long polls take: a histogram over a sample of them.
class poll_duration_histogram {
public:
    // Upper bounds of the buckets in nanoseconds; one more bucket holds what is longer.
    static constexpr std::array<std::uint64_t, 11> bounds_ns{
        1'000,      4'000,      16'000,     64'000,      256'000,      1'000'000,
        4'000'000, 16'000'000, 64'000'000, 256'000'000, 1'000'000'000};
    // One poll in this many is timed.
    static constexpr std::uint64_t sampling_interval = 64;

    void record(std::uint64_t duration_ns) noexcept {
        std::size_t bucket = 0;
        while (bucket < bounds_ns.size() && duration_ns > bounds_ns[bucket]) ++bucket;
        buckets_[bucket].add();
        sum_ns_.add(duration_ns);
    }
    [[nodiscard]] std::uint64_t bucket(std::size_t index) const noexcept {
        return buckets_[index].get();
    }
    [[nodiscard]] std::uint64_t sum_ns() const noexcept { return sum_ns_.get(); }

private:
    std::array<counter, bounds_ns.size() + 1> buckets_;
    counter sum_ns_;
};

struct alignas(64) worker_counters {
    counter polls;
    counter spawned;
    counter completed;
    counter failed;
    counter cancelled;
    counter steals;            // Tasks taken from other workers' queues.
    counter injected;          // Tasks taken from the injector.
    counter parks;             // Times the worker went to sleep,
    counter unparks;           // and came back.
    counter saturation;        // Times its queue was full and had to grow.
    poll_duration_histogram poll_durations;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
