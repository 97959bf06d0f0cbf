// fuzz/worlds/observer.hpp: what passes between the reactor and the kernel, for a target that wants to
// see it, or to change it.
//
// A world of fuzz/worlds/ puts these three calls of its kernel through the observer, if there is one.
// One thread sets it and makes the calls; without one, any threads may.
#pragma once

#include <yot_run/sys/result.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fuzz {

// As epoll_wait(2) says it.
struct reported_event {
    std::uint64_t token;
    std::uint32_t events;
};

class observer {
public:
    observer() = default;
    observer(const observer&) = delete;
    observer& operator=(const observer&) = delete;
    virtual ~observer() = default;

    virtual void added(int number, std::uint64_t token) = 0;
    virtual void removed(int number) = 0;
    // What the kernel has reported, and the reactor will be told: at most `room` events.
    virtual void reported(std::vector<reported_event>& events, std::size_t room) = 0;

    static inline observer* current = nullptr;
};

// What a world's epoll_wait does, given its kernel's.
template <class Event, class Wait>
yot_run::io_result<std::size_t> observed_wait(std::span<Event> events, Wait wait) {
    const yot_run::io_result<std::size_t> count = wait(events);
    if (!count || observer::current == nullptr) return count;
    std::vector<reported_event> seen;
    for (const Event& each : events.first(*count)) seen.push_back({each.data.u64, each.events});
    observer::current->reported(seen, events.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
        events[i].data.u64 = seen[i].token;
        events[i].events = seen[i].events;
    }
    return seen.size();
}

}  // namespace fuzz
