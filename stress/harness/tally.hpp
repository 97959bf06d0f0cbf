// stress/harness/tally.hpp: a count that many threads add to.
//
// Sharded, so that counting costs no cache line that travels, and perturbs what is counted little.
// Order: relaxed throughout. A total that is read while others count is some number between the two
// totals around it; one that is read after they were joined is exact, because joining orders it.
#pragma once

#include <stress/harness/shard.hpp>

#include <array>
#include <atomic>
#include <cstdint>

namespace stress {

class tally {
public:
    // Any thread.
    void add(std::uint64_t amount = 1) noexcept {
        parts_[shard_of_this_thread()].value.fetch_add(amount, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t total() const noexcept {
        std::uint64_t sum = 0;
        for (const part& each : parts_) sum += each.value.load(std::memory_order_relaxed);
        return sum;
    }

private:
    struct alignas(64) part {
        std::atomic<std::uint64_t> value{0};
    };
    std::array<part, shards> parts_;
};

}  // namespace stress
