#include <yot_run/simulation/scheduler.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace yot_run::simulation {
namespace {

constexpr std::array<std::string_view, all_schedulers.size()> names{"uniform", "priorities",
                                                                    "starving"};

class random_numbers {
public:
    explicit random_numbers(std::uint64_t seed) : engine_(seed) {}

    // Below `bound`. std::uniform_int_distribution is not the same everywhere.
    std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

private:
    std::mt19937_64 engine_;
};

class uniform_scheduler : public scheduler {
public:
    explicit uniform_scheduler(std::uint64_t seed) : random_(seed) {
        constexpr std::array<std::uint64_t, 6> distances{1, 3, 10, 30, 100, 300};
        mean_distance_ = distances[random_.below(distances.size())];
    }

    thread_number choose(std::span<const thread_number> ready) override {
        return ready[random_.below(ready.size())];
    }
    std::uint64_t next_interval(thread_number /*current*/) override {
        return 1 + random_.below(2 * mean_distance_ - 1);
    }

protected:
    random_numbers random_;

private:
    std::uint64_t mean_distance_ = 1;
};

class starving_scheduler final : public uniform_scheduler {
public:
    explicit starving_scheduler(std::uint64_t seed) : uniform_scheduler(seed) {
        victim_ = thread_number(random_.below(threads_meant));
    }

    thread_number choose(std::span<const thread_number> ready) override {
        const bool is_fed = random_.below(choices_per_meal) == 0;
        const auto found = std::ranges::find(ready, victim_);
        if (found == ready.end() || ready.size() == 1 || is_fed)
            return uniform_scheduler::choose(ready);
        const std::uint64_t index = random_.below(ready.size() - 1);
        const auto at = std::size_t(found - ready.begin());
        return ready[index < at ? index : index + 1];
    }

private:
    static constexpr std::uint64_t threads_meant = 4;
    static constexpr std::uint64_t choices_per_meal = 500;

    thread_number victim_;
};

class priority_scheduler final : public scheduler {
public:
    explicit priority_scheduler(std::uint64_t seed) : random_(seed) {
        // Most bugs need few changes; how long the run will be is not known, so that is guessed, too.
        changes_left_ = random_.below(most_changes + 1);
        constexpr std::array<std::uint64_t, 4> lengths{50, 300, 2'000, 10'000};
        length_ = lengths[random_.below(lengths.size())];
    }

    thread_number choose(std::span<const thread_number> ready) override {
        know(ready.back());
        return *std::ranges::max_element(
            ready, {}, [&](thread_number each) { return priorities_[each]; });
    }

    std::uint64_t next_interval(thread_number current) override {
        know(current);
        priorities_[current] = --lowest_;
        // Without a change, whoever has gone on for so long gives way all the same, or an active wait
        // for another thread would never end.
        if (changes_left_ == 0) return longest_interval;
        --changes_left_;
        return 1 + random_.below(length_);
    }

private:
    static constexpr std::uint64_t most_changes = 8;
    static constexpr std::uint64_t longest_interval = 20'000;
    static constexpr std::uint64_t lowest_first = std::uint64_t{1} << 32;
    static constexpr std::uint64_t span_of_first = std::uint64_t{1} << 30;

    void know(thread_number highest) {
        while (priorities_.size() <= highest)
            priorities_.push_back(lowest_first + random_.below(span_of_first));
    }

    random_numbers random_;
    std::uint64_t changes_left_;
    std::uint64_t length_;  // Of an interval, at most.
    std::vector<std::uint64_t> priorities_;
    std::uint64_t lowest_ = lowest_first;
};

}  // namespace

scheduler::~scheduler() = default;

std::string_view name_of(scheduler_kind kind) { return names[std::size_t(kind)]; }

std::optional<scheduler_kind> scheduler_named(std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return all_schedulers[std::size_t(found - names.begin())];
}

std::unique_ptr<scheduler> scheduler::make(scheduler_kind kind, std::uint64_t seed) {
    switch (kind) {
        case scheduler_kind::uniform: return std::make_unique<uniform_scheduler>(seed);
        case scheduler_kind::starving: return std::make_unique<starving_scheduler>(seed);
        case scheduler_kind::priorities: break;
    }
    return std::make_unique<priority_scheduler>(seed);
}

}  // namespace yot_run::simulation
