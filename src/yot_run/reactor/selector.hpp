// yot_run/reactor/selector.hpp: how the reactor waits for many descriptors at once.
//
// A selector is a class with the members below; the system decides at compile time which one is
// `selector`, so nothing is virtual. Tokens are the caller's; ~0 is the selector's own.
//
//   static io_result<handles> open();      // What the constructor takes: the system may refuse it.
//   explicit S(handles);
//   io_result<void> add(int descriptor, std::uint64_t token);
//       // Reports each change of readiness, in both directions, once (edge-triggered), beginning
//       // with what is ready now. What has not changed may come along with it, and may come again
//       // when the peer takes what was sent. If it fails, nothing is added. Any thread, also during
//       // a wait. REQUIRES: the descriptor is not added. (epoll then refuses it with EEXIST; kqueue
//       // cannot tell, and the new token replaces the old one.)
//   io_result<void> remove(int descriptor);
//       // Any thread, also during a wait, which may then still report the descriptor once. ENOENT:
//       // not added; EBADF: closed. A descriptor that is closed, with no other number for its
//       // socket, is removed by that.
//   io_result<selector_wait> wait(std::span<selector_event> into, std::optional<sys::duration>);
//       // Waits for events, a wake or the timeout (nullopt: no limit; never early). May return
//       // early, with nothing. Reports what there is room for, and the rest next time; a descriptor
//       // may come in two events, one for each direction. One thread at a time. REQUIRES: there is
//       // room for one.
//   void wake() noexcept;
//       // Ends the present wait, or the next one if there is none. Wakes that no wait has answered
//       // yet count as one. What the caller wrote before is visible after the wait. Any thread.
//
// What each system can tell: `readable` when a connection or bytes have come, `writable` when there
// is room, both when an attempt would not wait for another reason; `read_closed` when the peer has
// closed its direction; both closed and `error` after a reset. When this end closes its own
// direction, kqueue says so at once and epoll only when the peer's is closed, too. An unconnected
// socket is closed for epoll and nothing for kqueue, so add it after connect().
// Checked by, on each of them: selector_events_contract_test.cpp, selector_calls_contract_test.cpp.
#pragma once

// A build against another kernel may ask for the selector of the BSDs (YOT_RUN_SELECTOR_KQUEUE).
#if defined(__linux__) && !defined(YOT_RUN_SELECTOR_KQUEUE)

#include <yot_run/reactor/epoll_selector.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {

using selector = epoll_selector;

}  // namespace yot_run::inline YOT_RUN_WORLD::internal

#else

#include <yot_run/reactor/kqueue_selector.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {

using selector = kqueue_selector;

}  // namespace yot_run::inline YOT_RUN_WORLD::internal

#endif
