// fuzz/worlds/epoll_events.hpp: what the events of epoll_ctl(2) mean.
#pragma once

#include <fuzz/worlds/observer.hpp>

#include <sys/epoll.h>

#include <cstdint>

namespace fuzz {

[[nodiscard]] inline reported_event meaning_of(const epoll_event& event) {
    const auto has = [&event](std::uint32_t bits) { return (event.events & bits) != 0; };
    std::uint32_t what = 0;
    if (has(EPOLLIN)) what |= readable;
    if (has(EPOLLOUT)) what |= writable;
    if (has(EPOLLRDHUP)) what |= read_closed;
    if (has(EPOLLHUP)) what |= read_closed | write_closed;  // Both directions are shut.
    if (has(EPOLLERR)) what |= in_error;
    return {event.data.u64, what};
}

[[nodiscard]] inline epoll_event event_of(const reported_event& told) {
    epoll_event event{};
    event.data.u64 = told.token;
    if ((told.what & readable) != 0) event.events |= EPOLLIN;
    if ((told.what & writable) != 0) event.events |= EPOLLOUT;
    if ((told.what & read_closed) != 0) event.events |= EPOLLRDHUP;
    if ((told.what & write_closed) != 0) event.events |= EPOLLHUP;
    if ((told.what & in_error) != 0) event.events |= EPOLLERR;
    return event;
}

}  // namespace fuzz
