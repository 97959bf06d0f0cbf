// yot_run/sys/posix_kqueue.hpp: how this world waits for many descriptors at once where there is no
// epoll: kqueue(2) of the BSDs. Included through <yot_run/sys/sys.hpp>.
//
// All functions may be called on any thread. Errors as in <yot_run/sys/posix.hpp>; the page is
// kqueue(2) of FreeBSD.
// Checked by: posix_kqueue_test.cpp, beside the implementation of kqueue that it runs on
// (src/testing/kqueue). It has not run on a BSD.
#pragma once

#include <yot_run/sys/posix_descriptor.hpp>
#include <yot_run/sys/result.hpp>

#include <sys/types.h>

#include <sys/event.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

// Both came later than kqueue itself.
#if !defined(EV_RECEIPT) || !defined(EVFILT_USER)
#error "yot_run: the kqueue of this system is too old: it has no EV_RECEIPT or no EVFILT_USER"
#endif

namespace yot_run::sys_posix {

using kqueue_event = struct ::kevent;

// Not inherited by what fork(2) makes; an exec(2) without a fork keeps it open.
[[nodiscard]] io_result<descriptor> kqueue_create();
// Makes all changes, in their order, whether or not those before could be made; takes no events.
// The outcome of each is left in its place: EV_ERROR in `flags`, and in `data` its errno, 0 if it
// was made. The error is that of the first change that could not be made, or else of the call, and
// then the changes are as they were: EBADF, not a kqueue; ENOMEM. REQUIRES: `changes` is not empty.
[[nodiscard]] io_result<void> kqueue_change(int kqueue, std::span<kqueue_event> changes);
// Waits until something happens or the timeout is over (nullopt: no limit; handed on to the
// nanosecond; at most three years, after which it reports nothing) and returns how many of `events`
// it has filled, 0 after the timeout or a signal. REQUIRES: `events` is not empty.
[[nodiscard]] io_result<std::size_t> kqueue_wait(int kqueue, std::span<kqueue_event> events,
                                                 std::optional<std::chrono::nanoseconds> timeout);

}  // namespace yot_run::sys_posix
