// yot_run/task/waker_slot.hpp: one waker, stored by the task that waits and taken by whoever has
// news for it, without a lock.
//
// Two bits say who may touch the waker that is stored:
//
//                begin register   end register         begin take        end take
//   waiting      registering, P       .                waking, P            .
//   registering       .           waiting              both                 .
//   waking       waking, R            .                waking            waiting
//   both              .           waiting, woken       both                 .
//   P: the caller may touch the waker until its `end`.   R: refused.   '.': cannot happen.
//
// Invariants: at most one thread touches the waker. A take that finds another thread at work leaves
// its news with that thread: a registering task then wakes itself (woken), and a taker has the
// waker in hand that it is about to call. A registration that finds a taker at work (R) wakes
// itself. So after news N and take(), either the waker of the last registration is called after N,
// or the next registration sees N.
// How it is used: give news: write it, take(), call the waker. Wait: register_waker(), then look
// for news once more; only when there is none, answer `poll_pending`.
// Order: every write is a read-modify-write, so the state has one order in which each one continues
// the release sequences before it: W1 synchronizes-with every W3 before it, and a waiting task that
// looks for news after W1 sees what those takers wrote. A W3 after W1 finds the registration, which
// was called off or completed. That both sides write the state is the whole point: with a mere load
// on either side this would be a store/load race, and need sequential consistency.
// No operation waits or repeats.
// Checked by: waker_slot_test.cpp, model/waker_slot.cpp (W1-W4).
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/task/waker.hpp>

#include <cstdint>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class waker_slot {
public:
    waker_slot() noexcept : state_(waiting) {}
    waker_slot(const waker_slot&) = delete;
    waker_slot& operator=(const waker_slot&) = delete;

    // Makes `waker` the one that the next take() gives, in place of any earlier one. Calls it at
    // once when news came meanwhile. REQUIRES: one thread at a time registers.
    void register_waker(const waker& waker) noexcept {
        yot_run::waker unused;  // Dropped at the end, after the last use of the state.
        std::uint32_t seen = waiting;
        // W1 acquires the stored waker from W2 and W4, and every taker's news from its W3.
        // Failing is relaxed: it may even be out of date, and all it leads to is another poll.
        if (!state_.compare_exchange_strong(seen, registering, sync::acquire, sync::relaxed)) {
            waker.wake_by_ref();
            return;
        }
        // A clone is made only when it must be. Takers that come meanwhile do not wait for it.
        if (!stored_.get().will_wake(waker)) unused = std::exchange(stored_.mut(), waker.clone());
        seen = registering;
        // W2 releases the stored waker to W3 and the next W1. Failing is relaxed: it says `both`,
        // and the waker is still this thread's.
        if (state_.compare_exchange_strong(seen, waiting, sync::release, sync::relaxed)) return;
        yot_run::waker woken = std::exchange(stored_.mut(), {});
        // W2 again. The news of the takers needs no acquire: the poll that is asked for here starts
        // with W1 again, which this exchange passes it on to.
        state_.exchange(waiting, sync::release);
        std::move(woken).wake();
    }

    // Takes the waker out, if there is one that nobody else is about to call. What the caller wrote
    // before is seen by the registered task, when its waker is called, or by its next registration.
    // Any thread, at any time.
    [[nodiscard]] waker take() noexcept {
        // W3 acquires the stored waker from W2 and W4, and releases the caller's news to W1.
        if (state_.fetch_or(waking, sync::acq_rel) != waiting) return {};
        waker taken = std::exchange(stored_.mut(), {});
        // W4 releases the slot, now empty, to W1 and W3. An exchange, since a plain store would cut
        // the release sequences of the takers that came in between, and their news with them.
        state_.exchange(waiting, sync::release);
        return taken;
    }

    // Any thread, at any time.
    void wake() noexcept {
        if (waker taken = take()) std::move(taken).wake();
    }

private:
    static constexpr std::uint32_t waiting = 0;
    static constexpr std::uint32_t registering = 1;
    static constexpr std::uint32_t waking = 2;

    sync::atomic<std::uint32_t> state_;
    sync::cell<waker> stored_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
