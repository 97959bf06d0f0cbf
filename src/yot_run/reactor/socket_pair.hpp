// yot_run/reactor/socket_pair.hpp: for tests: two sockets that are connected to each other.
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/sys.hpp>

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <span>
#include <stdexcept>

namespace yot_run::inline YOT_RUN_WORLD::internal {

struct socket_pair {
    sys::descriptor left;
    sys::descriptor right;

    // Nonblocking. Of the local family: what is written on one side is readable on the other at once.
    [[nodiscard]] static socket_pair make() {
        constexpr int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, type, 0, ends.data()) != 0)
            throw std::runtime_error("no socket pair");
        return {sys::descriptor(ends[0]), sys::descriptor(ends[1])};
    }
};

// Writes one byte.
inline void write_byte(const sys::descriptor& to) {
    const std::array<std::byte, 1> byte{};
    static_cast<void>(sys::send(to.get(), byte).value());
}

// Writes until no more fits.
inline void fill(const sys::descriptor& to) {
    const std::array<std::byte, 4096> bytes{};
    while (sys::send(to.get(), bytes)) {
    }
}

// Reads what is there, at most 64 KiB, and returns how much it was.
inline std::size_t read_all(const sys::descriptor& from) {
    static std::array<std::byte, 65536> sink;
    return sys::recv(from.get(), sink).value_or(0);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
