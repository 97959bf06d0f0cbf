// stress/bench/load/latencies.hpp: how long round trips took.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

// One thread's at a time.
class latencies {
public:
    void add(std::uint64_t nanoseconds) {
        all_.push_back(std::uint32_t(std::min<std::uint64_t>(nanoseconds, UINT32_MAX)));
    }
    void add_all_of(const latencies& other) {
        all_.insert(all_.end(), other.all_.begin(), other.all_.end());
    }
    void clear() noexcept { all_.clear(); }
    [[nodiscard]] std::size_t count() const noexcept { return all_.size(); }

    // Reorders them. 0 when there are none.
    [[nodiscard]] double percentile_us(double fraction) {
        if (all_.empty()) return 0;
        const auto index = std::min(all_.size() - 1, std::size_t(fraction * double(all_.size())));
        const auto at = all_.begin() + std::ptrdiff_t(index);
        std::ranges::nth_element(all_, at);
        return *at / 1000.0;
    }

private:
    std::vector<std::uint32_t> all_;
};

}  // namespace bench
