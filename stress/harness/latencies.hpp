// stress/harness/latencies.hpp: how long something took, many times: quantiles and the largest.
//
// Buckets are powers of two, so a quantile is right up to a factor of two; the largest is exact.
// Reported, and never judged: what a machine does to a thread is not the runtime's fault.
#pragma once

#include <stress/harness/shard.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace stress {

class latencies {
public:
    using duration = std::chrono::nanoseconds;

    // Any thread. Relaxed: figures, read in full only after the threads were joined.
    void record(duration took) noexcept {
        const auto ns = std::uint64_t(std::max(took, duration::zero()).count());
        part& here = parts_[shard_of_this_thread() % parts];
        here.counts[std::min<std::size_t>(std::size_t(std::bit_width(ns)), buckets - 1)].fetch_add(
            1, std::memory_order_relaxed);
        std::atomic<std::uint64_t>& largest = here.largest;
        std::uint64_t seen = largest.load(std::memory_order_relaxed);
        while (seen < ns && !largest.compare_exchange_weak(seen, ns, std::memory_order_relaxed)) {
        }
    }
    [[nodiscard]] duration largest() const noexcept {
        std::uint64_t most = 0;
        for (const part& each : parts_)
            most = std::max(most, each.largest.load(std::memory_order_relaxed));
        return duration(most);
    }
    [[nodiscard]] std::uint64_t count() const noexcept { return counts().back(); }
    // At most this long in that share of all cases. Zero if there were none.
    [[nodiscard]] duration quantile(double share) const noexcept {
        const auto up_to = counts();
        for (std::size_t bucket = 0; bucket < buckets; ++bucket)
            if (double(up_to[bucket]) >= share * double(up_to.back()))
                return std::min(largest(), duration((std::uint64_t{1} << bucket) - 1));
        return largest();
    }

private:
    static constexpr std::size_t buckets = 48;  // Up to 39 hours.
    static constexpr std::size_t parts = 16;

    struct alignas(64) part {
        std::array<std::atomic<std::uint64_t>, buckets> counts{};
        std::atomic<std::uint64_t> largest{0};
    };

    // How many are in a bucket or below it.
    [[nodiscard]] std::array<std::uint64_t, buckets> counts() const noexcept {
        std::array<std::uint64_t, buckets> result{};
        std::uint64_t sum = 0;
        for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
            for (const part& each : parts_)
                sum += each.counts[bucket].load(std::memory_order_relaxed);
            result[bucket] = sum;
        }
        return result;
    }

    std::vector<part> parts_{parts};
};

}  // namespace stress
