// yot_run/reactor/reactor.hpp: turns what the kernel reports, and the passing of time, into wakes.
//
// It knows sockets by their registrations (registration.hpp) and sleeping futures by their timers
// (timer.hpp), and of tasks nothing but their wakers. It has no thread of its own: somebody takes
// turns (reactor_thread.hpp), one at a time.
//
// One turn:  begin_wait  how long until the next timer
//            wait        the selector: events, an interrupt, or the timeout
//            deliver     each event: note it in its slot, take the wakers out
//            end_wait    the timers that are due: take their wakers out
//            wake        all of them, while no lock is held
//
// A waker may call back into the reactor: add and drop registrations, arm and cancel timers.
// Lifetime: shared. A registration and an armed timer each hold a reference, so that they may go in
// any order; the descriptors of the reactor are closed with the last one.
// Order: registration.hpp, wake_flag.hpp and timer_queue.hpp; the counters order nothing.
// Checked by: reactor_test.cpp, reactor_fault_test.cpp, model/registration.cpp,
// model/reactor_thread.cpp, fuzz/reactor/session.hpp.
#pragma once

#include <yot_run/reactor/io_slot.hpp>
#include <yot_run/reactor/selector.hpp>
#include <yot_run/reactor/slab.hpp>
#include <yot_run/reactor/timer_queue.hpp>
#include <yot_run/reactor/wake_batch.hpp>
#include <yot_run/sync/reference.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/result.hpp>
#include <yot_run/sys/sys.hpp>
#include <yot_run/task/environment.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// What one turn did.
struct turn_report {
    std::size_t events = 0;    // Reported by the kernel, stale ones included.
    std::size_t timers = 0;    // Fired.
    std::size_t wakes = 0;     // Wakers called.
    bool interrupted = false;  // Ended by interrupt(), or by a timer that was armed meanwhile.
};

// What has happened since the reactor was made, and what there is now. The figures are read one by
// one while others change them, so they need not fit together.
struct reactor_counters {
    std::uint64_t registered_sockets = 0;  // Now.
    std::uint64_t active_timers = 0;       // Now.
    std::uint64_t turns = 0;
    std::uint64_t failed_turns = 0;  // Turns in which the selector could not wait.
    std::uint64_t events = 0;
    std::uint64_t timers_fired = 0;
    std::uint64_t wakes = 0;
};

class reactor final : public sync::shared_object {
public:
    // Errors: those of epoll_create1(2), eventfd(2) and epoll_ctl(2). Throws std::bad_alloc.
    [[nodiscard]] static io_result<sync::reference<reactor>> create();

    // Waits at most `max_wait` (nullopt: no limit) for something to happen, and calls the wakers of
    // whoever waits for it. May return early without. One thread at a time, which holds no lock.
    // Errors: those of epoll_wait(2); the timers have had their turn nevertheless.
    [[nodiscard]] io_result<turn_report> turn(std::optional<sys::duration> max_wait);

    // Makes the present turn return early, or else the next one. What the caller wrote before is
    // visible after that turn. Any thread.
    void interrupt() noexcept { selector_.wake(); }

    // Tells everybody that nothing will be reported any more: all registrations become ready, in
    // both directions and for ever, and say that they are shut down; so do timers, which do not
    // fire; and all their wakers are called. New ones are refused. Any thread that holds no lock.
    void shut_down();

    // Any thread.
    [[nodiscard]] reactor_counters counters() const noexcept;

    // For timers: as in <yot_run/reactor/timer_queue.hpp>.
    [[nodiscard]] timer_status arm(timer_entry& entry, sys::time_point deadline,
                                   waker waker) noexcept;
    [[nodiscard]] timer_status check(timer_entry& entry, const waker& waker) noexcept {
        return timers_.check(entry, waker);
    }
    void cancel(timer_entry& entry) noexcept { timers_.cancel(entry); }

private:
    friend class registration;
    friend class sync::reference<reactor>;

    explicit reactor(selector::handles opened) noexcept
        : selector_(std::move(opened)), timers_(sys::now()) {}
    ~reactor() = default;

    // For registrations. A slot that was added is the caller's until it is removed.
    struct added {
        std::uint32_t index;
        io_slot* slot;
    };
    [[nodiscard]] io_result<added> add(int descriptor);
    void remove(int descriptor, std::uint32_t index, io_slot& slot) noexcept;

    void deliver(const selector_event& event) noexcept;
    // Adds a waker to the batch of this turn, and calls those in it when it is full.
    void queue(waker&& waker) noexcept;

    // Only the thread that takes a turn writes these, so they need no read-modify-write.
    struct turn_counters {
        sync::atomic<std::uint64_t> turns{0};
        sync::atomic<std::uint64_t> failed_turns{0};
        sync::atomic<std::uint64_t> events{0};
        sync::atomic<std::uint64_t> timers_fired{0};
        sync::atomic<std::uint64_t> wakes{0};
    };

    selector selector_;
    slab<io_slot> slots_;
    timer_queue timers_;
    sync::atomic<std::uint64_t> registered_{0};
    turn_counters counters_;
    // For the thread that takes a turn.
    std::array<selector_event, 256> events_;
    wake_batch batch_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
