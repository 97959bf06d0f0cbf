// stress/scenarios/content.hpp: bytes that tell where they belong.
//
// A stream begins with the eight bytes of its number; each byte after them follows from number and
// place. So a byte that is lost, repeated or another stream's is noticed where it comes.
#pragma once

#include <stress/harness/generator.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace stress {

class content {
public:
    static constexpr std::size_t head_bytes = sizeof(std::uint64_t);

    explicit content(std::uint64_t number = 0) noexcept : number_(number) {}

    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    [[nodiscard]] std::byte at(std::uint64_t place) const noexcept {
        if (place < head_bytes) return std::byte(number_ >> (8 * place));
        return std::byte(mixed(number_ ^ (place / 8)) >> (8 * (place % 8)));
    }
    void fill(std::span<std::byte> into, std::uint64_t place) const noexcept {
        for (std::byte& each : into) each = at(place++);
    }
    [[nodiscard]] bool is(std::span<const std::byte> found, std::uint64_t place) const noexcept {
        for (const std::byte each : found)
            if (each != at(place++)) return false;
        return true;
    }

private:
    std::uint64_t number_;
};

// The content of a stream whose number is read from the stream itself.
class unknown_content {
public:
    // False: a byte is not what it must be.
    [[nodiscard]] bool accept(std::span<const std::byte> bytes) noexcept {
        while (!bytes.empty() && place_ < content::head_bytes) {
            number_ |= std::uint64_t(bytes.front()) << (8 * place_++);
            bytes = bytes.subspan(1);
        }
        const bool right = content(number_).is(bytes, place_);
        place_ += bytes.size();
        return right;
    }
    [[nodiscard]] bool knows_number() const noexcept { return place_ >= content::head_bytes; }
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return place_; }

private:
    std::uint64_t number_ = 0;
    std::uint64_t place_ = 0;
};

}  // namespace stress
