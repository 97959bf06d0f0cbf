#include <model/worlds/engine.hpp>
#include <model/worlds/kernel.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace yot_run::sys_model {
namespace {

enum class kind { none, epoll, event, stream };

struct object {
    kind what = kind::none;
    std::size_t data = 0;  // Bytes to read, or signals.
    std::size_t room = 0;
    // How it is watched, if it is.
    bool watched = false;
    bool edge_triggered = false;
    std::uint64_t token = 0;
    std::uint32_t reported = 0;  // Events that epoll_wait has not given yet.
};

// An event that was reported for a descriptor that has gone meanwhile.
struct late_event {
    bool pending = false;
    epoll_event event{};
};

// All descriptors of one execution; plain memory, for all threads are fibers.
struct kernel_state {
    std::uint64_t execution = 0;
    std::array<object, 16> objects;
    late_event late;
    bool next_wait_fails = false;
    rl::waitset<rl::thread_id_t{model::max_threads}> waiting;  // In epoll_wait.
};

kernel_state& state() {
    static kernel_state the_state;
    if (the_state.execution != model::trace().number) {
        the_state = {};
        the_state.execution = model::trace().number;
    }
    return the_state;
}

// Every call begins with it.
object& enter(int number) {
    rl::ctx().sched();
    model::trace().add(std::uint64_t(number) << 32 | model::current_thread());
    return state().objects[std::size_t(number)];
}

descriptor make(object made) {
    rl::ctx().sched();
    auto& objects = state().objects;
    const auto free = std::ranges::find(objects, kind::none, &object::what);
    if (free == objects.end()) std::abort();  // More descriptors than any model has.
    *free = made;
    return descriptor(int(free - objects.begin()));
}

std::uint32_t readiness(const object& watched) {
    const std::uint32_t in = watched.data > 0 ? std::uint32_t{EPOLLIN} : 0;
    const std::uint32_t out = watched.room > 0 ? std::uint32_t{EPOLLOUT} : 0;
    return in | out;
}

void end_waits() { state().waiting.unpark_all(rl::ctx(), model::info_of(model::where::here())); }

// Something changed: an edge, with all that is true now, as Linux does it.
void report(object& changed) {
    if (changed.watched && changed.edge_triggered) changed.reported = readiness(changed);
    end_waits();
}

// What there is to report now.
std::size_t take_events(std::span<epoll_event> events) {
    std::size_t count = 0;
    const auto give = [&](std::uint32_t what, std::uint64_t token) {
        events[count].events = what;
        events[count++].data.u64 = token;
    };
    if (std::exchange(state().late.pending, false))
        give(state().late.event.events, state().late.event.data.u64);
    for (object& each : state().objects) {
        if (!each.watched || count == events.size()) continue;
        const std::uint32_t what =
            each.edge_triggered ? std::exchange(each.reported, 0U) : readiness(each);
        if (what != 0) give(what, each.token);
    }
    return count;
}

}  // namespace

io_result<void> close(int number) {
    enter(number) = {};
    return {};
}

io_result<descriptor> epoll_create() { return make({.what = kind::epoll}); }

io_result<void> epoll_add(int /*epoll*/, int number, std::uint32_t events, std::uint64_t token) {
    object& watched = enter(number);
    watched.watched = true;
    watched.edge_triggered = (events & EPOLLET) != 0;
    watched.token = token;
    if (readiness(watched) != 0) report(watched);
    return {};
}

io_result<void> epoll_delete(int /*epoll*/, int number) {
    object& watched = enter(number);
    if (watched.reported != 0) {
        // A wait that goes on at this moment may already have it in hand.
        state().late = {true, {}};
        state().late.event.events = watched.reported;
        state().late.event.data.u64 = watched.token;
    }
    watched.watched = false;
    watched.reported = 0;
    return {};
}

io_result<std::size_t> epoll_wait(int epoll, std::span<epoll_event> events,
                                  std::optional<std::chrono::nanoseconds> timeout) {
    enter(epoll);
    if (std::exchange(state().next_wait_fails, false))
        return std::unexpected(std::make_error_code(std::errc::not_enough_memory));
    for (;;) {
        const std::size_t count = take_events(events);
        if (count > 0 || timeout) return count;
        state().waiting.park_current(rl::ctx(), false, false, false,
                                     model::info_of(model::where::here()));
    }
}

io_result<descriptor> event_create() { return make({.what = kind::event}); }

io_result<void> event_signal(int event) {
    ++enter(event).data;
    end_waits();
    return {};
}

io_result<void> event_drain(int event) {
    enter(event).data = 0;
    return {};
}

time_point now() noexcept { return {}; }

void fail_next_wait() { state().next_wait_fails = true; }

descriptor make_stream(std::size_t room) { return make({.what = kind::stream, .room = room}); }

bool take_byte(int stream) {
    object& self = enter(stream);
    if (self.data == 0) return false;
    --self.data;
    return true;
}

bool put_byte(int stream) {
    object& self = enter(stream);
    if (self.room == 0) return false;
    --self.room;
    return true;
}

void peer_sends(int stream) {
    object& self = enter(stream);
    ++self.data;
    report(self);
}

void peer_reads(int stream) {
    object& self = enter(stream);
    ++self.room;
    report(self);
}

}  // namespace yot_run::sys_model
