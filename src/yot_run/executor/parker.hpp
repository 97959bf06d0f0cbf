// yot_run/executor/parker.hpp: one thread sleeps until somebody wakes it.
//
//              park()                 unpark()
//   empty      parked, then waits     notified
//   parked         .                  notified, and signals
//   notified   empty, returns         notified
//
// Invariant: an unpark() that comes before or during a park() ends it; it is remembered at most once.
// Order: every write is a read-modify-write; P3 releases to P1 and P4, whichever consumes it.
// The signal is sent after taking the mutex that the sleeper holds from its last look (P2) until it
// waits, so it cannot fall between the two; and after letting go of it, or the sleeper would wake up
// only to wait for it.
// Checked by: parker_test.cpp, model/parker.cpp (P1-P4).
#pragma once

#include <yot_run/executor/parking.hpp>

#include <cstdint>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class parker final : public parking {
public:
    void park() noexcept override {
        if (consume()) return;  // P1
        sync::lock guard(mutex_);
        state expected = state::empty;
        // P2: if it fails the state is `notified`, and the acquire is in consume() (P4). Relaxed on
        // success: nothing is handed over by going to sleep.
        if (state_.compare_exchange_strong(expected, state::parked, sync::relaxed, sync::relaxed)) {
            do condition_.wait(guard);
            while (state_.load(sync::relaxed) != state::notified);  // consume() does the acquire.
        }
        static_cast<void>(consume());  // P4: nobody but us takes `notified` away.
    }

    void unpark() noexcept override {
        // P3 releases what the caller did to whoever consumes it.
        if (state_.exchange(state::notified, sync::release) != state::parked) return;
        { const sync::lock guard(mutex_); }
        condition_.notify_one();
    }

private:
    enum class state : std::uint32_t { empty, parked, notified };

    // P1, P4: acquire from P3.
    bool consume() noexcept {
        state expected = state::notified;
        return state_.compare_exchange_strong(expected, state::empty, sync::acquire, sync::relaxed);
    }

    sync::atomic<state> state_{state::empty};
    sync::mutex mutex_;
    sync::condition_variable condition_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
