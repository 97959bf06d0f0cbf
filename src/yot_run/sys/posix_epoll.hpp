// yot_run/sys/posix_epoll.hpp: how this world waits for many descriptors at once: epoll(7), and
// eventfd(2) to be woken by another thread. Linux; included through <yot_run/sys/sys.hpp>.
//
// All functions may be called on any thread. Errors as in <yot_run/sys/posix.hpp>.
// Checked by: posix_epoll_test.cpp.
#pragma once

#include <yot_run/sys/posix_descriptor.hpp>
#include <yot_run/sys/result.hpp>

#include <sys/epoll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace yot_run::sys_posix {

using epoll_event = ::epoll_event;

[[nodiscard]] io_result<descriptor> epoll_create();
// `events` is a mask of EPOLLIN, EPOLLOUT, EPOLLET, ...; `token` comes back in data.u64.
[[nodiscard]] io_result<void> epoll_add(int epoll, int number, std::uint32_t events,
                                        std::uint64_t token);
[[nodiscard]] io_result<void> epoll_modify(int epoll, int number, std::uint32_t events,
                                           std::uint64_t token);
[[nodiscard]] io_result<void> epoll_delete(int epoll, int number);
// Waits until something happens or the timeout is over (nullopt: no limit; rounded up to whole
// milliseconds, so that it never comes early) and returns how many of `events` it has filled, 0
// after the timeout or a signal. REQUIRES: `events` is not empty.
[[nodiscard]] io_result<std::size_t> epoll_wait(int epoll, std::span<epoll_event> events,
                                                std::optional<std::chrono::nanoseconds> timeout);

// An event that is readable from a signal until it is drained. Signals in between are one.
[[nodiscard]] io_result<descriptor> event_create();
[[nodiscard]] io_result<void> event_signal(int event);
[[nodiscard]] io_result<void> event_drain(int event);

}  // namespace yot_run::sys_posix
