// model/worlds/load_buffering.hpp: a flag for load buffering, which no checker here can produce.
//
// Both checkers execute one operation after the other, so a load never returns a value that is stored
// later. C++20 lets it, unless the load happens before the store. The flag names the loads and stores
// for which that matters: a *pair* is a load L and a store S to the same object, of different threads,
// where
//   S was executed after L and depends on it: there is a way from L to S along program order and from
//   stores to the loads that read them,
//   L does not happen before S, and nothing that L happens before has read or written something
//   older than S: coherence would forbid L to read S,
//   and L would not acquire what S releases: then all that follows L would happen after S.
// If L could read S, an effect would be its own cause along that way; and that is what load buffering
// is. C++20 rules it out only where the way is made of synchronization.
//
// It is a heuristic. Hardware and compilers keep some ways of which the standard does not speak
// (L decides whether S is executed, say), and the way is not looked at. So the pairs of the code as it
// stands are reviewed by hand (model/load_buffering.toml), and a changed order that adds one is found.
// A way that itself contains load buffering is not seen.
// Checked by: model/load_buffering --self-test, litmus/litmus.cpp.
#pragma once

#include <model/load_buffering_pairs.hpp>
#include <model/worlds/vector_clock.hpp>

#include <algorithm>
#include <limits>

namespace model {

// The place of a message in its location's modification order. A store between two messages gets
// the number half way, so that no message is ever renumbered.
using timestamp = double;

// What every thread's next operation depends on; the clocks count its operations.
class dependencies {
public:
    [[nodiscard]] static dependencies& instance() {
        static dependencies the_dependencies;
        return the_dependencies;
    }
    void reset() {
        for (vector_clock& each : threads_) each = {};
    }
    // What happens before an operation is something that it depends on.
    [[nodiscard]] vector_clock& current() {
        vector_clock& own = threads_[current_thread()];
        own.join(vector_clock::of_current_thread());
        return own;
    }

private:
    vector_clock threads_[max_threads];
};

// The loads of one object.
class noted_loads {
public:
    // The current thread has read a message, or written one: nothing that happens before may have
    // read a later one.
    void accessed(timestamp message) {
        if (load_buffering_watch() == nullptr) return;
        const vector_clock before = vector_clock::of_current_thread();
        for (load& each : loads_)
            if (before.of(each.thread) >= each.time) each.latest = std::min(each.latest, message);
    }
    // It was a load, and what it read depends on `behind`.
    void loaded(const vector_clock& behind, std::memory_order order, const where& at) {
        if (load_buffering_watch() == nullptr) return;
        depends_on(behind);
        const unsigned self = current_thread();
        loads_.push_back({self, vector_clock::of_current_thread().of(self), acquires(order), at});
    }
    // It was a read-modify-write.
    static void depends_on(const vector_clock& behind) {
        if (load_buffering_watch() != nullptr) dependencies::instance().current().join(behind);
    }
    // The current thread stores. Gives what the message depends on.
    [[nodiscard]] vector_clock stored(timestamp message, std::memory_order order, const where& at) {
        if (load_buffering_watch() == nullptr) return {};
        const vector_clock& behind = dependencies::instance().current();
        const vector_clock before = vector_clock::of_current_thread();
        for (const load& each : loads_) {
            const bool depends = behind.of(each.thread) >= each.time;
            const bool happens_before = before.of(each.thread) >= each.time;
            const bool would_synchronize = each.acquires && releases(order);
            if (depends && !happens_before && message <= each.latest && !would_synchronize)
                load_buffering_watch()->add(each.at, at);
        }
        accessed(message);
        return behind;
    }

private:
    struct load {
        unsigned thread;
        rl::timestamp_t time;
        bool acquires;
        where at;
        // No later message can have been read: something that the load happens before saw this one.
        timestamp latest = std::numeric_limits<timestamp>::max();
    };
    rl::vector<load>::type loads_;
};

}  // namespace model
