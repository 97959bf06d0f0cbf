// yot_run/simulation/kernel/loopback.hpp: what the tests of the simulated kernel begin with.
// Everything is of the current machine, and expected to succeed.
#pragma once

#include <yot_run/simulation/kernel/calls.hpp>

#include <netinet/in.h>
#include <sys/epoll.h>

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace yot_run::sys_simulated {

inline std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

// 127.0.0.1.
inline raw_address loopback(std::uint16_t port = 0) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    raw_address result;
    std::memcpy(&result.storage, &address, sizeof(address));
    result.length = sizeof(address);
    return result;
}

inline std::uint16_t port_in(const raw_address& address) {
    sockaddr_in seen{};
    std::memcpy(&seen, &address.storage, sizeof(seen));
    return ntohs(seen.sin_port);
}

inline descriptor listener(int backlog = 8) {
    descriptor made = socket(AF_INET).value();
    sys_simulated::bind(made.get(), loopback()).value();
    listen(made.get(), backlog).value();
    return made;
}

// A socket that has begun to connect, and on the loopback is connected, if the listener has room.
inline descriptor connecting_to(const descriptor& listener) {
    descriptor made = socket(AF_INET).value();
    const auto begun = sys_simulated::connect(made.get(), getsockname(listener.get()).value());
    if (begun.error() != std::errc::operation_in_progress) begun.value();
    return made;
}

struct connection {
    descriptor client;
    descriptor server;
};

inline connection connected_to(const descriptor& listener) {
    descriptor client = connecting_to(listener);
    return {std::move(client), accept(listener.get()).value().socket};
}

inline connection connected() { return connected_to(listener()); }

// What one recv gives, as text.
inline std::string received(const descriptor& from, std::size_t most = 1 << 20) {
    std::vector<std::byte> into(most);
    const std::size_t count = recv(from.get(), into).value();
    return {reinterpret_cast<const char*>(into.data()), count};
}

// Sends until no byte more goes in, and says how many did.
inline std::size_t fill(const descriptor& into) {
    const std::string piece(1000, 'x');
    std::size_t all = 0;
    for (auto sent = send(into.get(), bytes(piece)); sent; sent = send(into.get(), bytes(piece)))
        all += *sent;
    return all;
}

inline void watch(const descriptor& epoll, const descriptor& target, std::uint32_t events,
                  std::uint64_t token = 0) {
    epoll_add(epoll.get(), target.get(), events, token).value();
}

using reported = std::vector<std::pair<std::uint64_t, std::uint32_t>>;

// What an epoll_wait reports that does not wait, or waits no longer than that.
inline reported events_of(const descriptor& epoll,
                          std::chrono::nanoseconds timeout = std::chrono::nanoseconds::zero(),
                          std::size_t most = 16) {
    std::vector<epoll_event> events(most);
    events.resize(epoll_wait(epoll.get(), events, timeout).value());
    reported result;
    for (const epoll_event& each : events) {
        const std::uint64_t token = each.data.u64;  // Copied: an epoll_event is packed.
        const std::uint32_t seen = each.events;
        result.emplace_back(token, seen);
    }
    return result;
}

}  // namespace yot_run::sys_simulated
