// model/worlds/kernel.hpp: the `sys` seam on a kernel small enough to search: streams, one kind of
// epoll, eventfds, and a clock that stands still.
//
// It orders nothing between the threads that call it: what real kernels happen to order must not be
// what the runtime rests on. Each call is one step, before which other threads may run. epoll_wait
// blocks until there is an event, if it is given no timeout; any other ends at once. Streams are
// edge-triggered, eventfds level-triggered, as the shipping selector asks for; an event is reported
// once, with what was true when it was made, even if it is not any more. So a descriptor that was
// removed in between is reported still, once, as epoll_wait(2) may have done already.
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/descriptor.hpp>
#include <yot_run/sys/result.hpp>

#include <sys/epoll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace yot_run::sys_model {

io_result<void> close(int number);

using descriptor = owned_descriptor<&close>;
using epoll_event = ::epoll_event;

[[nodiscard]] io_result<descriptor> epoll_create();
[[nodiscard]] io_result<void> epoll_add(int epoll, int number, std::uint32_t events,
                                        std::uint64_t token);
[[nodiscard]] io_result<void> epoll_delete(int epoll, int number);
[[nodiscard]] io_result<std::size_t> epoll_wait(int epoll, std::span<epoll_event> events,
                                                std::optional<std::chrono::nanoseconds> timeout);
[[nodiscard]] io_result<descriptor> event_create();
[[nodiscard]] io_result<void> event_signal(int event);
[[nodiscard]] io_result<void> event_drain(int event);

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;
using duration = std::chrono::nanoseconds;

[[nodiscard]] time_point now() noexcept;

// For models: a stream, and the other end of it.

// A stream without data, and with room for `room` bytes.
[[nodiscard]] descriptor make_stream(std::size_t room);
// What the owner does. Takes or puts one byte; false: EAGAIN.
[[nodiscard]] bool take_byte(int stream);
[[nodiscard]] bool put_byte(int stream);
// What the peer does. Sends a byte to the owner; makes room for one more byte of the owner's.
void peer_sends(int stream);
void peer_reads(int stream);
// The next epoll_wait fails.
void fail_next_wait();

}  // namespace yot_run::sys_model

namespace yot_run::inline YOT_RUN_WORLD {

namespace sys = sys_model;

}  // namespace yot_run::inline YOT_RUN_WORLD
