#include <yot_run/reactor/epoll_selector.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

constexpr std::uint64_t wake_token = ~std::uint64_t{0};
constexpr std::size_t most_events = 256;

selector_event neutral(const sys::epoll_event& event) {
    const auto has = [&event](std::uint32_t bits) { return (event.events & bits) != 0; };
    // EPOLLHUP: both directions are shut. EPOLLRDHUP: the peer's, and it may still read from us.
    return {.token = event.data.u64,
            .readable = has(EPOLLIN),
            .writable = has(EPOLLOUT),
            .read_closed = has(EPOLLHUP | EPOLLRDHUP),
            .write_closed = has(EPOLLHUP),
            .error = has(EPOLLERR)};
}

}  // namespace

io_result<epoll_selector::handles> epoll_selector::open() {
    auto epoll = sys::epoll_create();
    if (!epoll) return std::unexpected(epoll.error());
    auto event = sys::event_create();
    if (!event) return std::unexpected(event.error());
    const auto added = sys::epoll_add(epoll->get(), event->get(), EPOLLIN, wake_token);
    if (!added) return std::unexpected(added.error());
    return handles{*std::move(epoll), *std::move(event)};
}

epoll_selector::epoll_selector(handles opened) noexcept : handles_(std::move(opened)) {}

io_result<void> epoll_selector::add(int descriptor, std::uint64_t token) {
    constexpr std::uint32_t interest = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    return sys::epoll_add(handles_.epoll.get(), descriptor, interest, token);
}

io_result<void> epoll_selector::remove(int descriptor) {
    return sys::epoll_delete(handles_.epoll.get(), descriptor);
}

io_result<selector_wait> epoll_selector::wait(std::span<selector_event> into,
                                              std::optional<sys::duration> timeout) {
    std::array<sys::epoll_event, most_events> events;
    const std::span<sys::epoll_event> room(events.data(), std::min(into.size(), most_events));
    const auto count = sys::epoll_wait(handles_.epoll.get(), room, timeout);
    if (!count) return std::unexpected(count.error());
    selector_wait result;
    for (const sys::epoll_event& event : room.first(*count)) {
        if (event.data.u64 != wake_token) {
            into[result.events++] = neutral(event);
            continue;
        }
        result.woken = true;
        // In this order: see wake_flag.hpp. A drain that fails leaves the event readable, and the
        // next wait tries again.
        if (sys::event_drain(handles_.event.get()) && !wanted_.lower())
            static_cast<void>(sys::event_signal(handles_.event.get()));
    }
    return result;
}

void epoll_selector::wake() noexcept {
    if (!wanted_.raise()) return;
    // An eventfd that is open takes every signal. Should it fail all the same, then the flag must
    // not promise a signal that was never sent, so that the next wake tries again.
    if (!sys::event_signal(handles_.event.get())) static_cast<void>(wanted_.lower());
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
