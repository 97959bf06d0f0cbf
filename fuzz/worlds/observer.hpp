// fuzz/worlds/observer.hpp: what passes between the reactor and the kernel, for a target that wants to
// see it, or to change it.
//
// A world of fuzz/worlds/ tells the observer, if there is one, what its kernel is asked to watch and what
// it reports.
// One thread sets it and makes the calls; without one, any threads may.
#pragma once

#include <yot_run/sys/result.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fuzz {

// What a kernel reports, whatever it calls it.
enum event_bits : std::uint32_t {
    readable = 1,
    writable = 2,
    read_closed = 4,
    write_closed = 8,
    in_error = 16,  // Something that only an attempt can tell, in either direction.
    all_bits = 31,
};
struct reported_event {
    std::uint64_t token;
    std::uint32_t what;
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

// What a world's wait for events does, given its kernel's, and what its events mean.
template <class Event, class Wait, class Meaning, class Told>
yot_run::io_result<std::size_t> observed_wait(std::span<Event> events, Wait wait, Meaning meaning,
                                              Told told) {
    const auto count = wait(events);
    if (!count || observer::current == nullptr) return count;
    std::vector<reported_event> seen;
    for (const Event& each : events.first(*count)) seen.push_back(meaning(each));
    observer::current->reported(seen, events.size());
    for (std::size_t i = 0; i < seen.size(); ++i) events[i] = told(seen[i]);
    return seen.size();
}

}  // namespace fuzz
