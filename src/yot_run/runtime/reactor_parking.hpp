// yot_run/runtime/reactor_parking.hpp: workers that drive the reactor while they have nothing to do.
//
// The first worker that falls asleep becomes the driver and sleeps in a turn of the reactor; the
// others sleep on a condition variable. What the turn wakes goes to the driver's own queue, so an
// event crosses no thread. Busy workers give the reactor a turn every so often, unless another is
// driving. A driver that was woken leaves its seat empty until it, or another worker, looks for work
// again: the others are not woken to take it, so a poll that takes long makes events wait.
//
//              park(), driver free   park(), else    unpark()
//   empty      driving, turns        asleep, waits   notified
//   driving         .                    .           notified, and interrupts the turn
//   asleep          .                    .           notified, and signals
//   notified   empty, returns        empty, returns  notified
//
// Order: as parker.hpp; Q3 releases to Q1 and Q4, whichever consumes it. An interrupt that comes after
// the turn only ends the next one early. The driver's seat passes from hand to hand by Q5, Q6.
// Checked by: reactor_parking_test.cpp, runtime_test.cpp (with this placement),
// model/reactor_parking.cpp (Q1-Q6), model/runtime.cpp.
#pragma once

#include <yot_run/executor/parking.hpp>
#include <yot_run/reactor/reactor.hpp>
#include <yot_run/sync/reference.hpp>

#include <cstdint>
#include <memory>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// At most one worker drives a reactor at a time.
class driver_seat final : public sync::shared_object {
public:
    explicit driver_seat(sync::reference<reactor> driven) noexcept : reactor_(std::move(driven)) {}

    // Q5 acquires what the last driver did to the reactor from Q6.
    [[nodiscard]] bool try_take() noexcept { return !taken_.exchange(true, sync::acquire); }
    void leave() noexcept { taken_.store(false, sync::release); }  // Q6
    [[nodiscard]] bool looks_free() const noexcept {
        return !taken_.load(sync::relaxed);  // A guess, which nothing depends on.
    }
    [[nodiscard]] reactor& driven() const noexcept { return *reactor_; }

private:
    sync::reference<reactor> reactor_;
    sync::atomic<bool> taken_{false};
};

class reactor_parking final : public parking {
public:
    explicit reactor_parking(sync::reference<driver_seat> seat) noexcept : seat_(std::move(seat)) {}

    void park() noexcept override;
    void unpark() noexcept override;
    void turn() noexcept override;
    // A driver is woken by a signal through the kernel's queue of events, a sleeper directly.
    [[nodiscard]] bool is_dear_to_wake() const noexcept override { return seat_->looks_free(); }

private:
    enum class state : std::uint32_t { empty, driving, asleep, notified };

    bool begin(state sleep) noexcept;
    bool consume() noexcept;
    void drive() noexcept;
    void sleep() noexcept;

    sync::reference<driver_seat> seat_;
    sync::atomic<state> state_{state::empty};
    sync::mutex mutex_;
    sync::condition_variable condition_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
