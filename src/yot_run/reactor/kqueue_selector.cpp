#include <yot_run/reactor/kqueue_selector.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

// Identifies the event of the wakes, the only one with this filter.
constexpr std::uintptr_t wake_ident = 0;
constexpr std::size_t most_events = 256;

// A token travels through the kernel in a pointer.
static_assert(sizeof(void*) >= sizeof(std::uint64_t), "yot_run: kqueue needs a 64-bit system");

sys::kqueue_event change(std::uintptr_t ident, int filter, unsigned flags,
                         unsigned filter_flags = 0, std::uint64_t token = 0) {
    sys::kqueue_event result{};
    result.ident = ident;
    result.filter = static_cast<decltype(result.filter)>(filter);
    result.flags = static_cast<decltype(result.flags)>(flags);
    result.fflags = filter_flags;
    result.udata = reinterpret_cast<void*>(static_cast<std::uintptr_t>(token));
    return result;
}

// A number that is none becomes one that cannot be open.
std::uintptr_t ident_of(int descriptor) { return static_cast<std::uintptr_t>(descriptor); }

std::array<sys::kqueue_event, 2> both_ways(int descriptor, unsigned flags,
                                           std::uint64_t token = 0) {
    return {change(ident_of(descriptor), EVFILT_READ, flags, 0, token),
            change(ident_of(descriptor), EVFILT_WRITE, flags, 0, token)};
}

selector_event neutral(const sys::kqueue_event& event) {
    const bool reads = event.filter == EVFILT_READ;
    const bool is_over = (event.flags & EV_EOF) != 0;
    return {.token = reinterpret_cast<std::uintptr_t>(event.udata),
            .readable = reads,
            .writable = !reads,
            .read_closed = reads && is_over,
            .write_closed = !reads && is_over,
            .error = is_over && event.fflags != 0};
}

}  // namespace

io_result<kqueue_selector::handles> kqueue_selector::open() {
    auto kqueue = sys::kqueue_create();
    if (!kqueue) return std::unexpected(kqueue.error());
    std::array wakes{change(wake_ident, EVFILT_USER, EV_ADD | EV_CLEAR)};
    const auto added = sys::kqueue_change(kqueue->get(), wakes);
    if (!added) return std::unexpected(added.error());
    return handles{*std::move(kqueue)};
}

kqueue_selector::kqueue_selector(handles opened) noexcept : handles_(std::move(opened)) {}

io_result<void> kqueue_selector::add(int descriptor, std::uint64_t token) {
    std::array changes = both_ways(descriptor, EV_ADD | EV_CLEAR, token);
    const auto added = sys::kqueue_change(handles_.kqueue.get(), changes);
    if (!added) {
        // Whichever of them is there. That the other one is not, is all that this can report.
        std::array back = both_ways(descriptor, EV_DELETE);
        static_cast<void>(sys::kqueue_change(handles_.kqueue.get(), back));
    }
    return added;
}

io_result<void> kqueue_selector::remove(int descriptor) {
    std::array changes = both_ways(descriptor, EV_DELETE);
    return sys::kqueue_change(handles_.kqueue.get(), changes);
}

io_result<selector_wait> kqueue_selector::wait(std::span<selector_event> into,
                                               std::optional<sys::duration> timeout) {
    std::array<sys::kqueue_event, most_events> events;
    const std::span<sys::kqueue_event> room(events.data(), std::min(into.size(), most_events));
    const auto count = sys::kqueue_wait(handles_.kqueue.get(), room, timeout);
    if (!count) return std::unexpected(count.error());
    selector_wait result;
    for (const sys::kqueue_event& event : room.first(*count)) {
        if (event.filter != EVFILT_USER) {
            into[result.events++] = neutral(event);
            continue;
        }
        result.woken = true;
        // The report has drained it, and the flag is lowered after that: see wake_flag.hpp.
        if (!wanted_.lower()) static_cast<void>(signal());
    }
    return result;
}

void kqueue_selector::wake() noexcept {
    if (!wanted_.raise()) return;
    // Should it fail, then the flag must not promise a signal that was never sent, so that the next
    // wake tries again.
    if (!signal()) static_cast<void>(wanted_.lower());
}

io_result<void> kqueue_selector::signal() {
    // Without EV_CLEAR: here it would take the signal back at once.
    std::array trigger{change(wake_ident, EVFILT_USER, 0, NOTE_TRIGGER)};
    return sys::kqueue_change(handles_.kqueue.get(), trigger);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
