// fuzz/net/channel.hpp: one direction of a connection, as an account: what was sent into it must come out,
// in order and once.
//
// Each byte follows from its number, so whoever sends and whoever receives need no common memory.
#pragma once

#include <fuzz/finding.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fuzz {

struct channel {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    bool has_ended = false;  // The sender sends no more.

    [[nodiscard]] static std::byte byte_of(std::uint64_t number) {
        return std::byte((number * 167 + (number >> 8)) & 0xff);
    }
    // What comes next, to be sent.
    [[nodiscard]] std::vector<std::byte> next(std::size_t count) const {
        std::vector<std::byte> bytes(count);
        for (std::size_t i = 0; i < count; ++i) bytes[i] = byte_of(sent + i);
        return bytes;
    }
    void has_received(std::span<const std::byte> bytes) {
        for (const std::byte each : bytes)
            require(each == byte_of(received++), "a byte is lost, repeated, or in the wrong place");
        require(received <= sent, "more is received than was sent");
    }
    [[nodiscard]] bool is_empty() const { return received == sent; }
};

}  // namespace fuzz
