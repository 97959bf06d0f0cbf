// fuzz/reactor/tampering.hpp: what a kernel may do with its events, as far as a reactor can tell: other
// orders, events that come late or twice, and events for registrations that have ended meanwhile.
//
// The wake of the selector is left alone. No event is lost: what is held back comes with the next wait.
#pragma once

#include <fuzz/records.hpp>
#include <fuzz/worlds/observer.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fuzz {

class tampering {
public:
    // Something is done to the next report; at most four things.
    void plan(const record& chosen) {
        if (planned_.size() < 4) planned_.push_back(chosen);
    }
    // From now on an event with this token is a stale one.
    void has_ended(std::uint64_t token) { ended_.push_back(token); }
    [[nodiscard]] bool holds_events() const { return !held_.empty(); }

    void change(std::vector<reported_event>& events, std::size_t room);

private:
    void apply(const record& chosen, std::vector<reported_event>& events);

    std::vector<record> planned_;
    std::vector<std::uint64_t> ended_;
    std::vector<reported_event> held_;
    std::vector<reported_event> last_;
};

}  // namespace fuzz
