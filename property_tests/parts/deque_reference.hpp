// property_tests/parts/deque_reference.hpp: what executor/deque.hpp promises to one thread, as a
// std::deque does it. Items are numbers. Used by: the property and the fuzzer deque.
#pragma once

#include <bit>
#include <cstddef>
#include <deque>
#include <optional>

namespace reference {

class deque {
public:
    explicit deque(std::size_t initial_capacity) : capacity_(std::bit_ceil(initial_capacity)) {}

    [[nodiscard]] std::size_t size() const { return items_.size(); }
    [[nodiscard]] bool empty() const { return items_.empty(); }

    // The owner's end is the back. True: what was full is now twice as large.
    bool push(int item) {
        const bool full = items_.size() == capacity_;
        if (full) capacity_ *= 2;
        items_.push_back(item);
        return full;
    }
    std::optional<int> pop() {
        if (items_.empty()) return std::nullopt;
        const int youngest = items_.back();
        items_.pop_back();
        return youngest;
    }
    // The thieves' end is the front.
    std::optional<int> steal() {
        if (items_.empty()) return std::nullopt;
        const int oldest = items_.front();
        items_.pop_front();
        return oldest;
    }

private:
    std::deque<int> items_;
    std::size_t capacity_;
};

}  // namespace reference
