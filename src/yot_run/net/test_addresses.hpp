// yot_run/net/test_addresses.hpp: random addresses and texts for tests, and how the C library reads
// and writes them.
#pragma once

#include <yot_run/net/socket_address.hpp>

#include <cppunit/TestAssert.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::net {

// YOT_RUN_SEED=<n> replays a run.
inline std::uint64_t chosen_seed() {
    const char* const given = std::getenv("YOT_RUN_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : sys::random_u64();
}

inline std::optional<ipv6_bytes> c_library_ipv6(const std::string& text) {
    ipv6_bytes bytes;
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
    return bytes;
}

inline std::optional<ipv4_bytes> c_library_ipv4(const std::string& text) {
    ipv4_bytes bytes;
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) != 1) return std::nullopt;
    return bytes;
}

inline std::string c_library_text(const ipv6_bytes& bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    CPPUNIT_ASSERT(::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size()) != nullptr);
    return text.data();
}

// inet_ntop writes the obsolete IPv4-compatible addresses (::1.2.3.4) mixed; RFC 5952 does not.
inline bool is_ipv4_compatible(const ipv6_bytes& bytes) {
    return std::ranges::all_of(std::span(bytes).first<12>(),
                               [](std::uint8_t byte) { return byte == 0; }) &&
           (bytes[12] != 0 || bytes[13] != 0);
}

class generator {
public:
    explicit generator(std::uint64_t seed) : engine_(seed) {}

    std::size_t below(std::size_t limit) { return engine_() % limit; }

    // Zeros are frequent, so that runs of them are.
    ipv6_bytes ipv6() {
        ipv6_bytes bytes{};
        for (std::size_t group = 0; group < 8; ++group) {
            if (below(2) == 0) continue;
            if (below(4) == 0) bytes[2 * group] = static_cast<std::uint8_t>(engine_());
            bytes[2 * group + 1] = static_cast<std::uint8_t>(engine_());
        }
        if (below(8) == 0) bytes[10] = bytes[11] = 0xff;
        return bytes;
    }

    // Something that is an address, or nearly one.
    std::string text(const std::vector<std::string>& pieces) {
        std::string text;
        for (std::size_t count = below(18); count > 0; --count) {
            text += pieces[below(pieces.size())];
        }
        return text;
    }

    // Removes, doubles or replaces a character.
    void damage(std::string& text) {
        constexpr std::string_view characters = "0123456789abcdefABCDEFg:.%[] -+x";
        if (text.empty()) return;
        const std::size_t where = below(text.size());
        switch (below(3)) {
            case 0:
                text.erase(where, 1);
                break;
            case 1:
                text.insert(where, 1, text[where]);
                break;
            default:
                text[where] = characters[below(characters.size())];
        }
    }

private:
    std::mt19937_64 engine_;
};

// Runs `check(generator&)` many times, and says how to repeat that.
template <class Check>
void for_many_seeds(Check check) {
    const std::uint64_t seed = chosen_seed();
    std::cout << "(YOT_RUN_SEED=" << seed << " repeats this) " << std::flush;
    generator random(seed);
    for (int i = 0; i < 50'000; ++i) check(random);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net
