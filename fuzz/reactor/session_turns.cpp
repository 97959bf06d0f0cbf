// What <fuzz/reactor/session.hpp> does with the reactor as a whole, and what the kernel tells.
#include <fuzz/reactor/session.hpp>

#include <fuzz/finding.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

using ::fuzz::nobody;
using ::fuzz::require;

}  // namespace

void session::turn(place& /*at*/, const record& /*given*/) {
    take_turn();
    require_that_nobody_is_forgotten();
}

void session::take_turn(sys::duration most) {
    const std::size_t failures = kernel_.failures();
    const std::uint64_t calls = expected_.calls();
    const bool is_interrupted = std::exchange(is_interrupted_, false);
    events_told_ = 0;
    expected_.begin_turn();
    const auto taken = reactor_->turn(most);
    expected_.end_turn();
    if (!taken) {
        require(kernel_.has_failed(taken.error(), failures),
                "a turn failed, and the kernel did not");
        return;
    }
    require(taken->events == events_told_, "the events of a turn are counted wrongly");
    // A shutdown in the middle of it calls wakers, and interrupts, too.
    if (!expected_.is_shut_down()) {
        require(taken->wakes == expected_.calls() - calls,
                "the wakes of a turn are counted wrongly");
        // A call that fails here may leave the signal for the next turn, which then comes twice.
        require(taken->interrupted || !is_interrupted || kernel_.failures() != failures,
                "an interrupt is lost");
        require(!taken->interrupted || is_interrupted || kernel_.failures() > 0,
                "nobody has interrupted the turn");
    }
    require(reactor_->counters().registered_sockets == expected_.live(),
            "the registrations are counted wrongly");
}

void session::require_that_nobody_is_forgotten() {
    for (const place& at : places_) {
        for (const way direction : ::fuzz::ways) {
            // A turn's wakers may have ended the registration.
            const auto waits_for_what_is_there = [&] {
                return at.watched && expected_.waiting(at.key, direction) != nobody &&
                       is_ready(at.what->number(), direction_of(direction));
            };
            // What was held back comes now, what failed is tried again, and what the kernel does on
            // another processor may take a moment.
            for (int turns = 0; waits_for_what_is_there() && turns < 200; ++turns)
                take_turn(std::chrono::milliseconds(turns < 5 ? 0 : 10));
            require(!waits_for_what_is_there(), "a task waits for what has happened");
        }
    }
}

void session::interrupt(place& /*at*/, const record& /*given*/) {
    const std::size_t failures = kernel_.failures();
    reactor_->interrupt();
    // A signal that cannot be sent is no promise; the next interrupt is one again.
    if (kernel_.failures() == failures) is_interrupted_ = true;
}

void session::shut_down(place& /*at*/, const record& given) {
    // It ends most of what can be done, so it is rare.
    if (given.b % 8 != 0 || expected_.is_shutting_down()) return;
    expected_.begin_shutdown();
    reactor_->shut_down();
    expected_.end_shutdown();
}

void session::repeat(place& at, const record& given) {
    const record repeated = next_or_nothing();
    if (repeated.kind % operations.size() == given.kind % operations.size()) return;
    const std::size_t first = std::size_t(&at - places_.data());
    for (std::size_t i = 0; i <= given.b % place_count; ++i)
        carry_out(repeated, places_[(first + i) % place_count]);
}

void session::added(int /*number*/, std::uint64_t token) {
    last_token_ = token;
    const auto slot = internal::slot_token::unpacked(token).index;
    if (token == ~std::uint64_t{0}) return;  // The selector's own.
    require(slot < std::max(expected_.most_live(), expected_.live() + 1),
            "slots are not used again: there are more than there were registrations at once");
}

void session::reported(std::vector<::fuzz::reported_event>& events, std::size_t room) {
    tampering_.change(events, room);
    for (const ::fuzz::reported_event& each : events) {
        if (each.token == ~std::uint64_t{0}) continue;
        ++events_told_;
        expected_.report(each);
    }
}

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
