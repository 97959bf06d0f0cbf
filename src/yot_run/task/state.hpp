// yot_run/task/state.hpp: who may touch a task now, decided by one atomic word.
//
//              wake()       abort()      claim()     begin()   suspend()     finish()
//   idle       active, Q    active, Q    active, C      .         .             .
//   active     notified     notified     refused     active    idle          complete
//   notified   notified     notified     refused     active    active, Q     complete
//   complete   complete     complete     refused        .         .             .
//   Q: the caller must enqueue the task.   C: the caller holds the run token.   '.': a bug of the
//   caller. abort() also sets `cancelled`, unless complete. suspend() of a cancelled task leaves the
//   phase and tells the caller to destroy the future and then finish().
//
// Beside the phase the word holds:
//   join_interest  a handle exists, which will take the output; set at birth, cleared by a handle
//                  that goes before the end.
//   join_waker     the cell of the join waker belongs to the task; finish() leaves it to the worker
//                  that finishes, which wakes what is in it. While clear, the cell is the handle's.
//                  Whoever has the cell last empties it: a waker that were kept with the block could
//                  keep the blocks of two tasks that once waited for each other for ever.
//   listed         the task is in its home's list of live tasks. Most tasks end in their first poll
//                  and never get there (core.hpp); a task is put there before it first suspends.
//
// Invariants: an active or notified task has exactly one run token: in a queue, in the hands of the
// thread that pushes or pops it, or of the one that polls; idle and complete have none. So polls
// never overlap. The word does not tell a task that is queued from one that is polled: a wake that
// finds it active is kept as `notified`, and the poll that begins next takes note of it. Complete is
// entered once and never left. After finish() exactly one side owns the output, and the word that
// finish() and drop_interest() see says which.
// Order: every write is a read-modify-write, so each one continues the release sequences before it:
// T3 synchronizes-with every T1, T2 and T4 before the value it reads, T1 and T2 with every T4, T5
// with every T6, and a handle that sees `complete` with the T5 that made it so. A T1 or T2
// after the value that T3 reads leaves `notified` or `cancelled` behind, which the next suspend() or
// begin() finds.
// Checked by: state_test.cpp (every cell), model/task_state.cpp (T1-T4, T10),
// model/task_core.cpp (T5-T9), fuzz/targets/task_state.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <cstdint>

namespace yot_run::inline YOT_RUN_WORLD::internal {

enum class phase : std::uint32_t { idle, active, notified, complete };

// The word as a value. Transitions are pure: what the table above says, and nothing else.
struct task_word {
    static constexpr std::uint32_t phase_mask = 3;
    static constexpr std::uint32_t cancelled_bit = 4;
    static constexpr std::uint32_t join_interest_bit = 8;
    static constexpr std::uint32_t join_waker_bit = 16;
    static constexpr std::uint32_t listed_bit = 32;

    std::uint32_t bits = 0;

    [[nodiscard]] constexpr phase current() const noexcept { return phase(bits & phase_mask); }
    [[nodiscard]] constexpr bool cancelled() const noexcept { return (bits & cancelled_bit) != 0; }
    [[nodiscard]] constexpr bool join_interest() const noexcept {
        return (bits & join_interest_bit) != 0;
    }
    [[nodiscard]] constexpr bool join_waker() const noexcept {
        return (bits & join_waker_bit) != 0;
    }
    [[nodiscard]] constexpr bool listed() const noexcept { return (bits & listed_bit) != 0; }
    [[nodiscard]] constexpr bool complete() const noexcept { return current() == phase::complete; }

    [[nodiscard]] constexpr task_word with(phase next) const noexcept {
        return {(bits & ~phase_mask) | std::uint32_t(next)};
    }
    [[nodiscard]] constexpr task_word after_wake() const noexcept {
        switch (current()) {
            case phase::idle: return with(phase::active);
            case phase::active: return with(phase::notified);
            default: return *this;
        }
    }
    [[nodiscard]] constexpr task_word after_abort() const noexcept {
        return complete() ? *this : task_word{after_wake().bits | cancelled_bit};
    }
    [[nodiscard]] constexpr task_word after_begin() const noexcept { return with(phase::active); }
    [[nodiscard]] constexpr task_word after_suspend() const noexcept {
        const task_word listed{bits | listed_bit};
        if (cancelled()) return listed;
        return listed.with(current() == phase::notified ? phase::active : phase::idle);
    }
    [[nodiscard]] constexpr task_word after_finish() const noexcept {
        return with(phase::complete);
    }
    [[nodiscard]] constexpr task_word with_join_waker(bool set) const noexcept {
        return {set ? bits | join_waker_bit : bits & ~join_waker_bit};
    }
    // The cell comes back with the interest.
    [[nodiscard]] constexpr task_word without_interest() const noexcept {
        return complete() ? *this : task_word{bits & ~(join_interest_bit | join_waker_bit)};
    }
    // After without_interest(): is the cell the handle's to empty, or the finishing worker's?
    [[nodiscard]] constexpr bool cell_is_the_handles() const noexcept {
        return !complete() || !join_waker();
    }
    constexpr bool operator==(const task_word&) const = default;
};

enum class enqueue : bool { no, yes };                   // Must the caller enqueue the task?
enum class after_begin { poll, poll_unlisted, cancel };  // What the run token is for.
enum class after_suspend { idle, reschedule, cancel };   // `cancel` leaves the caller the token.

class task_state {
public:
    // A task is born active (its run token is its maker's) and with a join handle.
    task_state() noexcept
        : word_(std::uint32_t(phase::active) | task_word::join_interest_bit) {}

    // Any thread that holds a reference, at any time. Always a read-modify-write: the poll that is
    // owed to an earlier wake must see what this waker wrote, too.
    [[nodiscard]] enqueue wake() noexcept {
        std::uint32_t seen = word_.load(sync::relaxed);  // A guess, which the exchange confirms.
        for (;;) {
            const task_word now{seen};
            // T1 releases what the waker wrote to T3 (and to T4, which goes on to a T3). It
            // acquires from the T4 that gave the run token away: who enqueues the task writes its
            // link, which the last holder of the token has read and written.
            if (word_.compare_exchange_weak(seen, now.after_wake().bits, sync::acq_rel,
                                            sync::relaxed))
                return now.current() == phase::idle ? enqueue::yes : enqueue::no;
        }
    }

    // As wake(); the next thing done with the run token is to destroy the future, unless the poll
    // that is running gives the value first.
    [[nodiscard]] enqueue abort() noexcept {
        std::uint32_t seen = word_.load(sync::relaxed);  // A guess, which the exchange confirms.
        for (;;) {
            const task_word now{seen};
            // T2 releases what came before the abort to T3, and acquires as T1 does.
            if (word_.compare_exchange_weak(seen, now.after_abort().bits, sync::acq_rel,
                                            sync::relaxed))
                return now.current() == phase::idle ? enqueue::yes : enqueue::no;
        }
    }

    // Before the task is published: it was put into the list at once.
    void born_listed() noexcept {
        // Relaxed: it is published later, by other means.
        word_.fetch_or(task_word::listed_bit, sync::relaxed);
    }

    // Takes the run token of an idle task, to look at its future or to poll it. True: the caller
    // holds it, and gives it back as after a poll, with suspend(). Any thread that holds a reference.
    [[nodiscard]] bool claim() noexcept {
        std::uint32_t seen = word_.load(sync::relaxed);  // A guess, which the exchange confirms.
        while (task_word{seen}.current() == phase::idle) {
            // T10 acquires the future from the T4 that gave the token away.
            if (word_.compare_exchange_weak(seen, task_word{seen}.with(phase::active).bits,
                                            sync::acquire, sync::relaxed))
                return true;
        }
        return false;
    }

    // REQUIRES: the caller took the run token from a queue. Writes only when it must: wakes that come
    // later than the value it reads leave `notified` to suspend().
    [[nodiscard]] after_begin begin() noexcept {
        // T3 acquires from every T1, T2 since the last poll, and from the last poll's T4.
        std::uint32_t seen = word_.load(sync::acquire);
        // T3 again: the poll that begins is the one that those wakes are owed, so none is after it.
        while (task_word{seen}.current() == phase::notified &&
               !word_.compare_exchange_weak(seen, task_word{seen}.after_begin().bits, sync::acquire,
                                            sync::relaxed)) {
        }
        if (task_word{seen}.cancelled()) return after_begin::cancel;
        return task_word{seen}.listed() ? after_begin::poll : after_begin::poll_unlisted;
    }

    // REQUIRES: the caller holds the run token, the future was pending, and the task is in its list.
    // After `idle` it may already run elsewhere; after `reschedule` the caller enqueues the token.
    [[nodiscard]] after_suspend suspend() noexcept {
        std::uint32_t seen = word_.load(sync::relaxed);  // A guess, which the exchange confirms.
        for (;;) {
            const task_word now{seen};
            // T4 releases the poll to the next T3. A cancelled task's T4 changes nothing, but then
            // the caller goes on to destroy what it polled, and needs what T2 released.
            if (word_.compare_exchange_weak(seen, now.after_suspend().bits, sync::acq_rel,
                                            sync::relaxed)) {
                if (now.cancelled()) return after_suspend::cancel;
                return now.current() == phase::notified ? after_suspend::reschedule
                                                        : after_suspend::idle;
            }
        }
    }

    // REQUIRES: the caller holds the run token; the outcome is written and the future destroyed.
    // Returns the word before: whose the output and the join waker are, and whether it is in a list.
    [[nodiscard]] task_word finish() noexcept {
        std::uint32_t seen = word_.load(sync::relaxed);  // A guess, which the exchange confirms.
        // T5 releases the outcome to T7, T8 and T9, and acquires the join waker from T6.
        while (!word_.compare_exchange_weak(seen, task_word{seen}.after_finish().bits,
                                            sync::acq_rel, sync::relaxed)) {
        }
        return {seen};
    }

    // The join handle's side. REQUIRES: one thread at a time, before drop_interest().

    [[nodiscard]] task_word observe() const noexcept {
        // T7 acquires the outcome from T5.
        return {word_.load(sync::acquire)};
    }

    // Gives the cell of the join waker, just written, to the task. False: the task is complete, and
    // cell and output are the handle's.
    [[nodiscard]] bool give_join_waker() noexcept { return move_join_waker(true); }

    // Takes the cell back to write another waker. False: the task is complete; the cell is the
    // finishing worker's and the output the handle's.
    [[nodiscard]] bool take_join_waker() noexcept { return move_join_waker(false); }

    // The handle goes away. Returns the word before: if complete, the output is the handle's to
    // destroy; cell_is_the_handles() says who empties the cell of the join waker. Of a task that is
    // complete nobody reads the interest any more, so nothing is written.
    [[nodiscard]] task_word drop_interest() noexcept {
        // T9 acquires the outcome from T5. Before the end there is nothing to hand over: the cell that
        // comes back has been nobody else's.
        std::uint32_t seen = word_.load(sync::acquire);
        while (!task_word{seen}.complete() &&
               !word_.compare_exchange_weak(seen, task_word{seen}.without_interest().bits,
                                            sync::acquire, sync::acquire)) {
        }
        return {seen};
    }

private:
    [[nodiscard]] bool move_join_waker(bool to_task) noexcept {
        std::uint32_t seen = word_.load(sync::relaxed);  // A guess, which the exchange confirms.
        for (;;) {
            const task_word now{seen};
            const task_word next = now.complete() ? now : now.with_join_waker(to_task);
            // T6 releases the waker in the cell to T5; T8, the same operation finding the task
            // complete, acquires the outcome from T5.
            if (word_.compare_exchange_weak(seen, next.bits, sync::acq_rel, sync::relaxed))
                return !now.complete();
        }
    }

    sync::atomic<std::uint32_t> word_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
