// testing/kqueue/kqueue_file.hpp: a kqueue of the simulated kernel, so that what is written for the
// BSDs runs where there is none: kqueue(2) of FreeBSD, on the descriptors and the TCP of
// <yot_run/simulation/kernel/machine.hpp>, which are those of Linux.
//
// What makes an event, on a BSD and here: a knote, which is an (ident, filter) that was added, is
// activated when its object signals and its filter, asked then, finds something to report; it is
// asked at EV_ADD, too. It stays in the queue of active ones, once, until it is taken. Then the
// filter is asked again, and a knote with nothing to report any more is dropped from the queue in
// silence. With EV_CLEAR it leaves the queue when it is reported; without, it goes back to the end.
//
//   filter         has something to report              data          EV_EOF, with fflags
//   EVFILT_READ    bytes; EV_EOF; an error              bytes         nothing more will come
//     listening    connections wait                     connections   .
//   EVFILT_WRITE   connected, and room; EV_EOF; error   room          nothing more can be sent
//   EVFILT_USER    triggered, until it is cleared       the user's    .
//
// fflags with EV_EOF: the error of the socket, unless it was taken meanwhile (SO_ERROR).
//
// Invariants: a knote is in the queue if and only if `is_active`. There is one knote for each
// (ident, filter). Closing a number ends the knotes with that ident, also if the file has other
// numbers: that is where a kqueue differs from an epoll instance.
//
// Where the simulated TCP says that anything may have happened, both directions of a socket signal,
// while a BSD would at times signal one; and a BSD signals room whenever bytes are acknowledged,
// not only after there was none. Neither is a change of readiness.
//
// Not simulated, and refused by std::logic_error: other filters, EV_ENABLE, EV_DISABLE, EV_ONESHOT,
// EV_DISPATCH, NOTE_LOWAT and the like, descriptors that are no sockets, a kqueue inside another, a
// receipt for which there is no room. Spurious events (machine_options) are none of a kqueue's.
// Checked by: kqueue_test.cpp.
#pragma once

#include <yot_run/simulation/kernel/file.hpp>

#include <sys/event.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <span>

namespace yot_run::sys_simulated::kernel {

class kqueue_file;

class knote final : public observer {
public:
    // `target` is null for EVFILT_USER.
    knote(kqueue_file& of, file* target, const struct ::kevent& added);

    void on_wake(std::uint32_t may_be_true) override;
    void on_close(int number) override;
    void on_end() override;

private:
    friend class kqueue_file;

    // Asks the filter; true: there is something to report, and `event_` says what.
    [[nodiscard]] bool ask();
    [[nodiscard]] bool ask_socket();
    // What EVFILT_USER makes of a change.
    void touch(const struct ::kevent& changed);
    // EV_CLEAR.
    void reset();

    kqueue_file* queue_;
    file* target_;
    struct ::kevent event_;
    bool is_triggered_ = false;
    bool is_active_ = false;
};

class kqueue_file final : public file {
public:
    ~kqueue_file() override;

    // Inside another kqueue: not simulated. Throws std::logic_error.
    [[nodiscard]] std::uint32_t poll() override;
    // Of one element of a change list. `target` is the file whose number `ident` is, or null.
    // Returns the errno, or 0: EBADF, no such number; ENOENT, was not added.
    [[nodiscard]] int change(const struct ::kevent& wanted, file* target);
    [[nodiscard]] std::size_t take(std::span<struct ::kevent> into);

private:
    friend class knote;

    [[nodiscard]] knote* find(const struct ::kevent& named);
    void activate(knote& which);
    // The target forgets by itself, or has been left.
    void forget(const knote& which);

    std::list<knote> knotes_;
    std::deque<knote*> active_;
};

}  // namespace yot_run::sys_simulated::kernel
