// yot_run/reactor/selector.hpp: how the reactor waits for many descriptors at once.
//
// A selector is a class with the members below; the system decides at compile time which one is
// `selector`, so nothing is virtual. Tokens are the caller's; ~0 is the selector's own.
//
//   static io_result<handles> open();      // What the constructor takes: the system may refuse it.
//   explicit S(handles);
//   io_result<void> add(int descriptor, std::uint64_t token);
//       // Reports each change of readiness, in both directions, once (edge-triggered), beginning
//       // with what is ready now. Any thread, also during a wait.
//   io_result<void> remove(int descriptor);
//       // Any thread, also during a wait, which may then still report the descriptor once.
//   io_result<selector_wait> wait(std::span<selector_event> into, std::optional<sys::duration>);
//       // Waits for events, a wake or the timeout (nullopt: no limit; never early). May return
//       // early, with nothing. One thread at a time.
//   void wake() noexcept;
//       // Ends the present wait, or the next one if there is none. Wakes that no wait has answered
//       // yet count as one. What the caller wrote before is visible after the wait. Any thread.
#pragma once

#include <yot_run/reactor/epoll_selector.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {

using selector = epoll_selector;

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
