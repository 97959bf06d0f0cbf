// fuzz/worlds/simulated.hpp: the `sys` seam on the simulated kernel, with an observer (observer.hpp).
#pragma once

#include <yot_run/simulation/kernel/calls.hpp>
#include <yot_run/sync/sync.hpp>

#include <fuzz/worlds/epoll_events.hpp>
#include <fuzz/worlds/observer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace yot_run::sys_fuzzed_simulated {

using namespace sys_simulated;

[[nodiscard]] inline io_result<void> epoll_add(int epoll, int number, std::uint32_t events,
                                               std::uint64_t token) {
    auto result = sys_simulated::epoll_add(epoll, number, events, token);
    if (result && fuzz::observer::current != nullptr) fuzz::observer::current->added(number, token);
    return result;
}
[[nodiscard]] inline io_result<void> epoll_delete(int epoll, int number) {
    auto result = sys_simulated::epoll_delete(epoll, number);
    if (result && fuzz::observer::current != nullptr) fuzz::observer::current->removed(number);
    return result;
}
[[nodiscard]] inline io_result<std::size_t> epoll_wait(
    int epoll, std::span<epoll_event> events, std::optional<std::chrono::nanoseconds> timeout) {
    const auto wait = [&](std::span<epoll_event> room) {
        return sys_simulated::epoll_wait(epoll, room, timeout);
    };
    return fuzz::observed_wait(events, wait, fuzz::meaning_of, fuzz::event_of);
}

}  // namespace yot_run::sys_fuzzed_simulated

namespace yot_run::inline YOT_RUN_WORLD {

namespace sys = sys_fuzzed_simulated;

}  // namespace yot_run::inline YOT_RUN_WORLD
