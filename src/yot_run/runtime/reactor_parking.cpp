#include <yot_run/runtime/reactor_parking.hpp>

#include <optional>

namespace yot_run::inline YOT_RUN_WORLD::internal {

void reactor_parking::park() noexcept {
    if (consume()) return;  // Q1
    if (seat_->try_take()) drive();
    else sleep();
}

// Q2. False: a notification came first, which consume() takes. Relaxed on success: nothing is handed
// over by going to sleep.
bool reactor_parking::begin(state sleep) noexcept {
    state expected = state::empty;
    return state_.compare_exchange_strong(expected, sleep, sync::relaxed, sync::relaxed);
}

// Q1, Q4: acquire from Q3.
bool reactor_parking::consume() noexcept {
    state expected = state::notified;
    return state_.compare_exchange_strong(expected, state::empty, sync::acquire, sync::relaxed);
}

void reactor_parking::drive() noexcept {
    // A turn that fails is counted by the reactor; the worker looks for work and comes back.
    if (begin(state::driving)) static_cast<void>(seat_->driven().turn(std::nullopt));
    state_.exchange(state::empty, sync::acquire);  // Q4, whether it was `driving` or `notified`.
    seat_->leave();
}

void reactor_parking::sleep() noexcept {
    sync::lock guard(mutex_);
    if (begin(state::asleep)) {
        do condition_.wait(guard);
        while (state_.load(sync::relaxed) != state::notified);  // consume() does the acquire.
    }
    static_cast<void>(consume());  // Q4: nobody but us takes `notified` away.
}

void reactor_parking::unpark() noexcept {
    // Q3 releases what the caller did to whichever of Q1 and Q4 consumes it.
    switch (state_.exchange(state::notified, sync::release)) {
        case state::driving: seat_->driven().interrupt(); break;
        case state::asleep:
            { const sync::lock guard(mutex_); }  // As in parker.hpp.
            condition_.notify_one();
            break;
        default: break;
    }
}

void reactor_parking::turn() noexcept {
    if (!seat_->try_take()) return;
    static_cast<void>(seat_->driven().turn(sys::duration::zero()));
    seat_->leave();
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
