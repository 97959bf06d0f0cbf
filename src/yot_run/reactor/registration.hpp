// yot_run/reactor/registration.hpp: a descriptor that the reactor watches, for one owner.
//
// How an operation uses it, for one direction:
//
//   for (;;) {
//       auto ready = registration.poll_ready(direction::read, cx);
//       if (ready.is_pending()) return poll_pending;       // The waker is stored.
//       if (ready.value().is_shut_down()) return std::unexpected(operation_canceled);
//       try the system call; on anything but EAGAIN return its outcome
//       registration.clear_ready(direction::read, ready.value());
//   }
//
// Readiness is a guess that the system call confirms. It is remembered until an operation clears it,
// and the kernel reports only changes (edges), so clear it only after a call that found nothing more
// to do: EAGAIN, or fewer bytes than asked for. A closed direction stays ready, since its calls never
// wait again. That holds for sockets; and for those from the moment they connect: register a
// connecting socket after connect(), because an unconnected one reports itself as closed.
//
// Invariants: each direction has its own waker, so a reader and a writer never overwrite each other.
// An event for a registration that is gone finds nobody. An event that arrives between the system
// call and the clear, or between the check and the storing of the waker, is not lost.
// Order: readiness_word.hpp and task/waker_slot.hpp.
// Checked by: registration_test.cpp, registration_race_test.cpp, registration_fault_test.cpp,
// model/registration.cpp, fuzz/reactor/session.hpp.
#pragma once

#include <yot_run/reactor/io_slot.hpp>
#include <yot_run/reactor/readiness_word.hpp>
#include <yot_run/sync/reference.hpp>
#include <yot_run/sys/result.hpp>
#include <yot_run/task/context.hpp>
#include <yot_run/task/poll.hpp>

#include <cstdint>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// What was known of one direction at one moment; clear_ready() wants it back.
class readiness {
public:
    // The reactor has shut down: nothing will ever be reported again.
    [[nodiscard]] bool is_shut_down() const noexcept { return seen_.is_shut_down(); }
    // This direction will never wait again: the peer closed it, or both sides did.
    [[nodiscard]] bool is_closed() const noexcept { return seen_.is_closed(way_); }

private:
    friend class registration;
    readiness(readiness_word seen, direction way) noexcept : seen_(seen), way_(way) {}

    readiness_word seen_;
    direction way_;
};

// Move-only. Keeps its reactor alive, and is harmless after the reactor's shutdown. Must be gone
// before the descriptor is closed. Different directions may be polled and cleared by two threads at
// the same time, one thread each; everything else needs all of the registration.
class registration {
public:
    // Starts to watch `descriptor`, which must be nonblocking. Both directions count as ready until
    // an operation finds otherwise. Any thread. Errors: operation_canceled after the reactor's
    // shutdown; otherwise those of epoll_ctl(2), EPOLL_CTL_ADD. Throws std::bad_alloc.
    [[nodiscard]] static io_result<registration> add(reactor& owner, int descriptor);

    registration(registration&& other) noexcept;
    registration& operator=(registration&& other) noexcept;
    // Stops watching. Wakers that were stored are dropped, not called.
    ~registration();

    // Ready: this direction may be tried. Pending: the context's waker has been stored and is called
    // once there is news. A waker stored before for this direction is forgotten. Charges no budget.
    [[nodiscard]] yot_run::poll<readiness> poll_ready(direction way, context& cx) noexcept;

    // An operation in this direction has just found that it would have to wait. `seen` must be what
    // poll_ready gave before the operation was tried.
    void clear_ready(direction way, readiness seen) noexcept;

    [[nodiscard]] reactor& owner() const noexcept { return *owner_; }

private:
    registration(sync::reference<reactor> owner, int descriptor, std::uint32_t index,
                 io_slot* slot) noexcept;
    void remove() noexcept;

    sync::reference<reactor> owner_;  // Empty: moved from.
    io_slot* slot_ = nullptr;
    std::uint32_t index_ = 0;
    int descriptor_ = -1;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
