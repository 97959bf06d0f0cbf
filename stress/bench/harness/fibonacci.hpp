// stress/bench/harness/fibonacci.hpp: what the recursive Fibonacci function gives, and costs.
#pragma once

#include <cstdint>

namespace bench {

[[nodiscard]] constexpr std::uint64_t fibonacci_of(std::uint64_t n) {
    std::uint64_t current = 0;
    std::uint64_t next = 1;
    for (; n > 0; --n) {
        const std::uint64_t sum = current + next;
        current = next;
        next = sum;
    }
    return current;
}

// How many calls it makes, the first one included: each but the leaves makes two.
[[nodiscard]] constexpr double fibonacci_calls(std::uint64_t n) {
    return 2 * double(fibonacci_of(n + 1)) - 1;
}

}  // namespace bench
