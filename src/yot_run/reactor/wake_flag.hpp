// yot_run/reactor/wake_flag.hpp: many requests to wake a waiting thread become one signal.
//
//   waker:  writes what the waiter shall see; if raise(), signals
//   waiter: waits for the signal; drains it; if not lower(), signals itself; then looks at what was
//           written
//
// Invariants: between a raise() that said "signal" and the next lower() there is exactly one signal,
// so a raise() that found the flag up can rely on it. The waiter drains before it lowers: the other
// way round it could swallow the signal of a raise() that came in between, and then the flag would
// stay up, and every later wake would be silent. For the same reason a lower() that finds the flag
// down asks for the signal back: the raise() it came from has yet to become visible. (Kernels do not
// let that happen, but no ordering rests on them.)
// Order: all writes are read-modify-writes of one word, so each raise is either before a lower() in
// its modification order, which then synchronizes-with it (F2 with F1, through the raises between
// them), or after it, and then finds the flag down and signals. No store/load race is left, so no
// sequential consistency is needed.
// Checked by: wake_flag_test.cpp, model/wake_flag.cpp (F1-F2).
#pragma once

#include <yot_run/sync/sync.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class wake_flag {
public:
    wake_flag() noexcept : up_(false) {}

    // True: the caller must signal. False: a signal is on its way that the waiter answers later than
    // this call, and it will see what the caller wrote before. Any thread.
    [[nodiscard]] bool raise() noexcept {
        // F1 releases what the caller wrote to F2.
        return !up_.exchange(true, sync::release);
    }
    // The signal has been drained (or, at the waker, could not be sent). True: the caller sees what
    // those wrote who need not signal any more. False: the waiter must signal itself, and come again.
    [[nodiscard]] bool lower() noexcept {
        // F2 acquires from every F1 before it. An exchange: a store would read nothing.
        return up_.exchange(false, sync::acquire);
    }

private:
    sync::atomic<bool> up_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
