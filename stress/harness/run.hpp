// stress/harness/run.hpp: one run of a scenario, as the scenario sees it.
//
// Threads: everything may be called on any thread, except the ledger where it says otherwise.
// Order: `over_` is relaxed. It only tells threads that they have done enough; what they have done
// is handed over by joining them.
#pragma once

#include <stress/harness/generator.hpp>
#include <stress/harness/ledger.hpp>
#include <stress/harness/tally.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace stress {

enum class placement : unsigned char { by_seed, own_thread, idle_workers };

struct plan {
    std::string scenario;
    unsigned threads = 1;   // Workers, and what a scenario makes proportional to them.
    double seconds = 10;
    std::uint64_t seed = 1;
    double patience = 30;   // Seconds without a step until the watchdog gives up.
    placement reactor = placement::by_seed;
    bool pin = false;
    bool perturb = false;
    bool quiet = false;
};

class run {
public:
    explicit run(plan given) noexcept : plan_(std::move(given)) {}

    [[nodiscard]] const plan& given() const noexcept { return plan_; }
    [[nodiscard]] ledger& book() noexcept { return ledger_; }
    [[nodiscard]] const ledger& book() const noexcept { return ledger_; }

    // A generator for each stream of random decisions; streams are told apart by a number.
    [[nodiscard]] generator random(std::uint64_t stream) const noexcept {
        return generator(mixed(plan_.seed) ^ mixed(~stream));
    }
    // Whether idle workers drive the reactor in this run.
    [[nodiscard]] bool workers_drive_reactor() const noexcept {
        if (plan_.reactor != placement::by_seed) return plan_.reactor == placement::idle_workers;
        return random(0).once_in(2);
    }

    // True: the time is up, or something is wrong; begin nothing new.
    [[nodiscard]] bool is_over() const noexcept {
        return over_.load(std::memory_order_relaxed) || ledger_.is_violated();
    }
    void end() noexcept { over_.store(true, std::memory_order_relaxed); }

    // What the watchdog looks at: something was done that cannot be done for ever.
    void step(std::uint64_t count = 1) noexcept { steps_.add(count); }
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_.total(); }

    // Ends the run, with that message, unless the condition holds.
    template <class Message>
    void require(bool condition, Message message) {
        if (!condition) [[unlikely]] ledger_.violate(message());
    }

    // Says what the state is, for the watchdog; the newest one is asked.
    void describe_with(std::function<std::string()> source);
    // What describe_with() was given says, or nothing.
    [[nodiscard]] std::string description() const;

private:
    plan plan_;
    ledger ledger_;
    tally steps_;
    std::atomic<bool> over_{false};
    mutable std::mutex mutex_;
    std::function<std::string()> describe_;  // Under the mutex.
};

}  // namespace stress
