#include <stress/harness/ledger.hpp>

#include <algorithm>

namespace stress {
namespace {

template <class Entries>
auto& named(Entries& entries, std::string_view name) {
    for (auto& [known, value] : entries)
        if (known == name) return value;
    auto& made = entries.emplace_back();
    made.first = name;
    return made.second;
}

}  // namespace

std::size_t shard_of_this_thread() noexcept {
    static constinit std::atomic<std::size_t> threads{0};
    // Relaxed: which shard a thread gets matters to nobody.
    static thread_local const std::size_t mine =
        threads.fetch_add(1, std::memory_order_relaxed) % shards;
    return mine;
}

tally& ledger::account(std::string_view name) {
    const std::lock_guard guard(mutex_);
    return named(accounts_, name);
}

latencies& ledger::latency(std::string_view name) {
    const std::lock_guard guard(mutex_);
    return named(latencies_, name);
}

std::vector<std::pair<std::string, std::uint64_t>> ledger::totals() const {
    const std::lock_guard guard(mutex_);
    std::vector<std::pair<std::string, std::uint64_t>> result;
    for (const auto& [name, account] : accounts_) result.emplace_back(name, account.total());
    return result;
}

void ledger::expect_equal(std::string_view what, std::uint64_t expected, std::uint64_t found) {
    expectations_.push_back({std::string(what), expected, found, expected == found});
}

void ledger::expect_at_most(std::string_view what, std::uint64_t limit, std::uint64_t found) {
    expectations_.push_back({std::string(what) + " (at most)", limit, found, found <= limit});
}

void ledger::violate(std::string message) {
    const std::lock_guard guard(mutex_);
    if (violations_.size() < kept_violations) violations_.push_back(std::move(message));
    violated_.store(true, std::memory_order_relaxed);
}

std::vector<std::string> ledger::violations() const {
    const std::lock_guard guard(mutex_);
    return violations_;
}

bool ledger::holds() const {
    return violations().empty() && std::ranges::all_of(expectations_, &expectation::held);
}

}  // namespace stress
