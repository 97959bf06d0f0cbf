// model/worlds/view_machine.hpp: the C++20 memory model, without load buffering, as a machine.
//
// An atomic object (a location) is a list of messages: every value ever stored, in modification
// order. A store adds a message; a load picks one. What may be picked is decided by *views*: a view
// gives for each location the oldest message that may still be read there.
//
//   each thread has a view      the messages it knows of, its own and those it acquired
//   each message has a view     what its writer released; empty for a relaxed store
//   one view is shared by all   the messages that sequentially consistent operations saw or made
//
//   load         picks a message not older than the thread's view, which rises to it (coherence).
//                acquire: the message's view joins the thread's.
//   store        goes anywhere behind the thread's view, but not between a read-modify-write and
//                the message that it read. release: carries the thread's view.
//   RMW          picks a message that no other read-modify-write has read, and goes right behind
//                it. Continues its release sequence: the view of what it read joins its own.
//                Nothing else continues one; a later store of the same thread does not (C++20,
//                P0982).
//   seq_cst      the shared view bounds loads and stores too, and rises to what they touch. So the
//                single total order of such operations is the order in which they run.
//
// A happens-before race on plain data is found by vector clocks, which travel with the views.
//
// What C++20 allows and this machine cannot produce: load buffering (a load that reads a store
// which has not been executed yet; load_buffering.hpp flags it), and those total orders of
// sequentially consistent operations that contradict the order of execution: happens-before through
// weaker accesses to the same location (P0668), or a relaxed message between them. Kang, Hur,
// Lahav, Vafeiadis and Dreyer, "A promising semantics for relaxed-memory concurrency" (POPL 2017),
// from which this is taken, adds promises for the first of them.
// Checked by: litmus/litmus.cpp.
#pragma once

#include <model/worlds/engine.hpp>
#include <model/worlds/load_buffering.hpp>

#include <algorithm>

namespace model {

class view {
public:
    [[nodiscard]] timestamp of(unsigned location) const {
        return location < oldest_.size() ? oldest_[location] : 0;
    }
    void raise(unsigned location, timestamp to) {
        if (location >= oldest_.size()) oldest_.resize(location + 1, 0);
        oldest_[location] = std::max(oldest_[location], to);
    }
    void join(const view& other) {
        if (oldest_.size() < other.oldest_.size()) oldest_.resize(other.oldest_.size(), 0);
        for (unsigned i = 0; i < other.oldest_.size(); ++i)
            oldest_[i] = std::max(oldest_[i], other.oldest_[i]);
    }

private:
    rl::vector<timestamp>::type oldest_;  // By location; 0 where everything may still be read.
};

// What travels from a release to an acquire.
struct knowledge {
    view seen;
    vector_clock clock;

    void join(const knowledge& other) {
        seen.join(other.seen);
        clock.join(other.clock);
    }
};

class view_machine {
public:
    [[nodiscard]] static view_machine& instance() {
        static view_machine the_machine;
        return the_machine;
    }

    // Between two executions.
    void reset() {
        for (view& each : threads_) each = {};
        sequentially_consistent = {};
        last_.clear();
        free_.clear();
    }
    // The threads know what the first one did before they started, ...
    void start_threads() {
        const view known = current();
        for (view& each : threads_) each = known;
    }
    // ... and when they have ended, the one that goes on knows what they did.
    void end_threads() {
        for (const view& each : threads_) current().join(each);
    }

    // A new location, and the time of its first message.
    [[nodiscard]] unsigned add_location(timestamp& first) {
        unsigned location = unsigned(last_.size());
        if (free_.empty()) {
            last_.push_back(0);
        } else {
            location = free_.back();
            free_.pop_back();
        }
        // Views may remember the location that had this number before: begin behind its messages.
        first = ++last_[location];
        return location;
    }
    void written(unsigned location, timestamp time) {
        last_[location] = std::max(last_[location], time);
    }
    void remove_location(unsigned location) { free_.push_back(location); }

    [[nodiscard]] view& current() { return threads_[current_thread()]; }

    view sequentially_consistent;

private:
    view threads_[max_threads];
    rl::vector<timestamp>::type last_;  // The newest message ever, by location.
    rl::vector<unsigned>::type free_;   // Locations that are not in use.
};

// The number chosen among `count` possibilities, by whatever search is going on. A random one takes
// 0 half of the time, 1 half of the rest, and so on.
[[nodiscard]] inline unsigned choose(unsigned count, rl::sched_type why) {
    rl::context& context = rl::ctx();
    if (count < 2) return 0;
    if (!context.is_random_sched()) return context.rand(count, why);
    unsigned choice = 0;
    while (choice + 1 < count && context.rand(2, why) != 0) ++choice;
    return choice;
}

}  // namespace model
