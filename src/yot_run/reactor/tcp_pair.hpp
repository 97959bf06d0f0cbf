// yot_run/reactor/tcp_pair.hpp: for tests: TCP sockets over the loopback, made by the calls of the
// `sys` seam alone, so on any kernel.
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/sys.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// 127.0.0.1, and a port that the kernel chooses.
inline sys::raw_address loopback_address() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sys::raw_address result;
    std::memcpy(&result.storage, &address, sizeof(address));
    result.length = sizeof(address);
    return result;
}

// A socket that is bound, but not listening.
inline sys::descriptor bound_socket() {
    sys::descriptor made = sys::socket(AF_INET).value();
    sys::bind(made.get(), loopback_address()).value();
    return made;
}

inline sys::descriptor listening_socket() {
    sys::descriptor made = bound_socket();
    sys::listen(made.get(), 8).value();
    return made;
}

// A socket that has begun to connect to another one.
inline sys::descriptor connecting_to(const sys::descriptor& listener) {
    sys::descriptor made = sys::socket(AF_INET).value();
    const auto begun = sys::connect(made.get(), sys::getsockname(listener.get()).value());
    if (!begun && begun.error() != std::errc::operation_in_progress) begun.value();
    return made;
}

// Sockets that take all numbers below this one, so that it is the next.
inline std::vector<sys::descriptor> fill_below(int number) {
    std::vector<sys::descriptor> made;
    for (;;) {
        sys::descriptor next = sys::socket(AF_INET).value();
        if (next.get() >= number) return made;
        made.push_back(std::move(next));
    }
}

struct tcp_pair {
    sys::descriptor left;   // That has connected,
    sys::descriptor right;  // and that was accepted.

    [[nodiscard]] static tcp_pair make() {
        const sys::descriptor listener = listening_socket();
        sys::descriptor left = connecting_to(listener);
        // The handshake may take the kernel a moment.
        auto taken = sys::accept(listener.get());
        while (!taken && taken.error() == std::errc::resource_unavailable_try_again)
            taken = sys::accept(listener.get());
        return {std::move(left), std::move(taken.value().socket)};
    }
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
