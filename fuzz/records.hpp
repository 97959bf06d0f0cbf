// fuzz/records.hpp: the input of a fuzzer as a sequence of operations, four bytes each.
//
// All targets that carry out operations read them in this form, so that one mutator can insert,
// remove, repeat and exchange whole operations (record_mutator.cpp). What is left at the end of an
// input, fewer than four bytes, is ignored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace fuzz {

struct record {
    static constexpr std::size_t size = 4;

    std::uint8_t kind = 0;  // Each target says which operation it stands for, modulo their number.
    std::uint8_t a = 0;
    std::uint8_t b = 0;
    std::uint8_t c = 0;

    [[nodiscard]] std::size_t b_and_c() const noexcept { return std::size_t{b} << 8 | c; }
};

class record_reader {
public:
    explicit record_reader(std::span<const std::uint8_t> input) noexcept : rest_(input) {}

    // Nothing at the end.
    [[nodiscard]] std::optional<record> next() noexcept {
        if (rest_.size() < record::size) return std::nullopt;
        const record read{rest_[0], rest_[1], rest_[2], rest_[3]};
        rest_ = rest_.subspan(record::size);
        return read;
    }

private:
    std::span<const std::uint8_t> rest_;
};

}  // namespace fuzz
