// stress/harness/ledger.hpp: the account of a run: what was done, and what must agree with what.
//
// A scenario opens accounts, counts into them from any thread, and in the end, when the threads are
// gone, states what must be equal. What must hold at every moment is checked where it happens, and
// a violation ends the run.
#pragma once

#include <stress/harness/latencies.hpp>
#include <stress/harness/tally.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stress {

struct expectation {
    std::string what;
    std::uint64_t expected = 0;
    std::uint64_t found = 0;
    bool held = false;
};

class ledger {
public:
    // The account of that name, which stays where it is. Any thread; takes a lock, so look it up
    // once.
    tally& account(std::string_view name);
    latencies& latency(std::string_view name);

    // One thread, in the end.
    void expect_equal(std::string_view what, std::uint64_t expected, std::uint64_t found);
    void expect_at_most(std::string_view what, std::uint64_t limit, std::uint64_t found);

    // Any thread, at any time. The first few are kept.
    void violate(std::string message);
    // Relaxed: tells threads to stop early, and nothing else; violations() takes the lock.
    [[nodiscard]] bool is_violated() const noexcept {
        return violated_.load(std::memory_order_relaxed);
    }

    // Any thread.
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> totals() const;
    // One thread, in the end.
    [[nodiscard]] const auto& all_latencies() const noexcept { return latencies_; }
    [[nodiscard]] const auto& expectations() const noexcept { return expectations_; }
    [[nodiscard]] std::vector<std::string> violations() const;
    [[nodiscard]] bool holds() const;

private:
    static constexpr std::size_t kept_violations = 5;

    std::vector<expectation> expectations_;
    std::atomic<bool> violated_{false};
    mutable std::mutex mutex_;
    // Under the mutex; the values are counted into without it.
    std::deque<std::pair<std::string, tally>> accounts_;
    std::deque<std::pair<std::string, latencies>> latencies_;
    std::vector<std::string> violations_;
};

}  // namespace stress
