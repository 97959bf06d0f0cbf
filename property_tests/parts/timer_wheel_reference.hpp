// property_tests/parts/timer_wheel_reference.hpp: what reactor/timer_wheel.hpp promises, as a
// sorted map does it. Timers are numbers. Used by: the property and the fuzzer timer_wheel.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace reference {

using tick = std::uint64_t;

// `distance` after `from`; the last tick there is, if that is beyond it.
[[nodiscard]] constexpr tick later(tick from, tick distance) {
    constexpr tick last = std::numeric_limits<tick>::max();
    return distance > last - from ? last : from + distance;
}

class timer_wheel {
public:
    [[nodiscard]] tick now() const { return now_; }
    [[nodiscard]] std::size_t size() const { return waiting_.size(); }
    [[nodiscard]] bool empty() const { return waiting_.empty(); }

    // A deadline that has passed counts as the present.
    void insert(int number, tick deadline) { waiting_.emplace(std::max(deadline, now_), number); }

    // Which one is the nth to be due, modulo how many there are. REQUIRES: not empty.
    [[nodiscard]] int nth(std::size_t which) const { return at(which)->second; }
    [[nodiscard]] tick deadline_of_nth(std::size_t which) const { return at(which)->first; }
    int remove_nth(std::size_t which) {
        const auto chosen = at(which);
        const int number = chosen->second;
        waiting_.erase(chosen);
        return number;
    }

    // Which ones fire, by deadline; those of one tick in the order in which they came.
    std::vector<int> advance(tick now) {
        now_ = std::max(now_, now);
        // What was inserted for the present fires when the present is told, not for an older time.
        const auto end = now < now_ ? waiting_.begin() : waiting_.upper_bound(now_);
        std::vector<int> fired;
        for (auto due = waiting_.begin(); due != end; ++due) fired.push_back(due->second);
        waiting_.erase(waiting_.begin(), end);
        return fired;
    }
    // All of them, in the order of their numbers.
    std::vector<int> drain() {
        std::vector<int> all;
        for (const auto& [deadline, number] : std::exchange(waiting_, {})) all.push_back(number);
        std::sort(all.begin(), all.end());
        return all;
    }

    // The earliest deadline, with the digits cleared behind the first one in which it differs from
    // the present. (The last digit always stays.)
    [[nodiscard]] std::optional<tick> next_deadline() const {
        if (waiting_.empty()) return std::nullopt;
        const tick first = waiting_.begin()->first;
        constexpr int bits_of_a_digit = 6;
        const auto differing_bits = int(std::bit_width((first ^ now_) | 1));
        const int behind = (differing_bits - 1) / bits_of_a_digit * bits_of_a_digit;
        return first >> behind << behind;
    }

private:
    [[nodiscard]] std::multimap<tick, int>::const_iterator at(std::size_t which) const {
        return std::next(waiting_.begin(), std::ptrdiff_t(which % waiting_.size()));
    }

    std::multimap<tick, int> waiting_;  // By deadline; it keeps the order in which they came.
    tick now_ = 0;
};

}  // namespace reference
