// fuzz/worlds/kqueue.hpp: the `sys` seam on the simulated kernel and its kqueue (testing/kqueue/), with an
// observer (observer.hpp).
#pragma once

#include <testing/kqueue/calls.hpp>
#include <yot_run/sync/sync.hpp>

#include <fuzz/worlds/observer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace yot_run::sys_fuzzed_kqueue {

using namespace sys_kqueue;

// The event of the selector's own wakes, which has no descriptor.
inline constexpr std::uint64_t wake_token = ~std::uint64_t{0};

// A kqueue reports each direction by itself.
[[nodiscard]] inline fuzz::reported_event meaning_of(const kqueue_event& event) {
    if (event.filter == EVFILT_USER) return {wake_token, 0};
    const bool reads = event.filter == EVFILT_READ;
    std::uint32_t what = reads ? fuzz::readable : fuzz::writable;
    if ((event.flags & EV_EOF) != 0) {
        what |= reads ? fuzz::read_closed : fuzz::write_closed;
        if (event.fflags != 0) what |= fuzz::in_error;
    }
    return {reinterpret_cast<std::uintptr_t>(event.udata), what};
}

[[nodiscard]] inline kqueue_event event_of(const fuzz::reported_event& told) {
    kqueue_event event{};
    if (told.token == wake_token) {
        event.filter = EVFILT_USER;
        return event;
    }
    const bool reads = (told.what & (fuzz::readable | fuzz::read_closed)) != 0;
    event.filter = reads ? EVFILT_READ : EVFILT_WRITE;
    event.udata = reinterpret_cast<void*>(static_cast<std::uintptr_t>(told.token));
    if ((told.what & (fuzz::read_closed | fuzz::write_closed)) != 0) event.flags = EV_EOF;
    if ((told.what & fuzz::in_error) != 0) event.fflags = 1;
    return event;
}

[[nodiscard]] inline io_result<void> kqueue_change(int kqueue, std::span<kqueue_event> changes) {
    const kqueue_event first = changes.front();
    auto result = sys_kqueue::kqueue_change(kqueue, changes);
    if (!result || fuzz::observer::current == nullptr || first.filter == EVFILT_USER) return result;
    const int number = static_cast<int>(first.ident);
    if ((first.flags & EV_ADD) != 0) {
        fuzz::observer::current->added(number, reinterpret_cast<std::uintptr_t>(first.udata));
    } else {
        fuzz::observer::current->removed(number);
    }
    return result;
}
[[nodiscard]] inline io_result<std::size_t> kqueue_wait(
    int kqueue, std::span<kqueue_event> events, std::optional<std::chrono::nanoseconds> timeout) {
    const auto wait = [&](std::span<kqueue_event> room) {
        return sys_kqueue::kqueue_wait(kqueue, room, timeout);
    };
    return fuzz::observed_wait(events, wait, meaning_of, event_of);
}

}  // namespace yot_run::sys_fuzzed_kqueue

namespace yot_run::inline YOT_RUN_WORLD {

namespace sys = sys_fuzzed_kqueue;

}  // namespace yot_run::inline YOT_RUN_WORLD
