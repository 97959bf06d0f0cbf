// stress/harness/generator.hpp: random numbers that follow from the seed of a run.
//
// SplitMix64 (Steele, Lea, Flood, 2014): any two numbers of a stream are as good as independent,
// and so are two streams, because a stream's state is itself an output.
#pragma once

#include <cstdint>

namespace stress {

[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t value) noexcept {
    value += 0x9E3779B97F4A7C15U;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31);
}

class generator {
public:
    constexpr explicit generator(std::uint64_t seed) noexcept : state_(seed) {}

    [[nodiscard]] constexpr std::uint64_t next() noexcept {
        state_ += 0x9E3779B97F4A7C15U;
        return mixed(state_);
    }
    // REQUIRES: bound > 0. From 0 to bound - 1; the bias is below bound / 2^64.
    [[nodiscard]] constexpr std::uint64_t below(std::uint64_t bound) noexcept {
        return next() % bound;
    }
    // True once in `times`.
    [[nodiscard]] constexpr bool once_in(std::uint64_t times) noexcept { return below(times) == 0; }

private:
    std::uint64_t state_;
};

}  // namespace stress
