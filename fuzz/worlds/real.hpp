// fuzz/worlds/real.hpp: the `sys` seam on the kernel that the program runs on, with an observer (observer.hpp).
#pragma once

#include <yot_run/sys/posix.hpp>
#include <yot_run/sync/sync.hpp>

#include <fuzz/worlds/epoll_events.hpp>
#include <fuzz/worlds/observer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace yot_run::sys_fuzzed_real {

using namespace sys_posix;

[[nodiscard]] inline io_result<void> epoll_add(int epoll, int number, std::uint32_t events,
                                               std::uint64_t token) {
    auto result = sys_posix::epoll_add(epoll, number, events, token);
    if (result && fuzz::observer::current != nullptr) fuzz::observer::current->added(number, token);
    return result;
}
[[nodiscard]] inline io_result<void> epoll_delete(int epoll, int number) {
    auto result = sys_posix::epoll_delete(epoll, number);
    if (result && fuzz::observer::current != nullptr) fuzz::observer::current->removed(number);
    return result;
}
[[nodiscard]] inline io_result<std::size_t> epoll_wait(
    int epoll, std::span<epoll_event> events, std::optional<std::chrono::nanoseconds> timeout) {
    const auto wait = [&](std::span<epoll_event> room) {
        return sys_posix::epoll_wait(epoll, room, timeout);
    };
    return fuzz::observed_wait(events, wait, fuzz::meaning_of, fuzz::event_of);
}

}  // namespace yot_run::sys_fuzzed_real

namespace yot_run::inline YOT_RUN_WORLD {

namespace sys = sys_fuzzed_real;

}  // namespace yot_run::inline YOT_RUN_WORLD
