#include <fuzz/reactor/session.hpp>

#include <fuzz/finding.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

using ::fuzz::nobody;
using ::fuzz::require;
using ::fuzz::steps;
using internal::direction;
using internal::readiness;
using internal::registration;

constexpr sys::duration no_time = sys::duration::zero();
constexpr int deepest = 4;  // Wakers that carry out operations that make wakers.

way way_of(const record& given) { return given.b % 2 == 0 ? ::fuzz::reading : ::fuzz::writing; }
direction direction_of(way which) {
    return which == ::fuzz::reading ? direction::read : direction::write;
}

}  // namespace

const std::array<session::named_operation, 26> session::operations{{
    {"open", &session::open, true, true},
    {"register", &session::add, true, false},
    {"deregister", &session::remove, true, false},
    {"wait", &session::wait, true, false},
    {"wait, and when woken do the next", &session::wait_and_act, true, false},
    {"wait, and while the waker is stored do the next", &session::wait_with_news, false, false},
    {"wait again with the same waker", &session::wait_again, false, false},
    {"look, try, and clear later or after the next", &session::look, false, false},
    {"clear now", &session::clear, false, false},
    {"send", &session::send, true, true},
    {"receive", &session::receive, true, true},
    {"fill", &session::fill, true, true},
    {"half-close the peer of", &session::half_close, true, true},
    {"reset the peer of", &session::reset, true, true},
    {"close the peer of", &session::close_peer, true, true},
    {"shut down a direction of", &session::shut, true, true},
    {"duplicate", &session::copy, true, true},
    {"close a duplicate of", &session::close_copy, true, true},
    {"deregister, close and open again", &session::reopen, true, false},
    {"take a turn", &session::turn, false, true},
    {"interrupt", &session::interrupt, true, true},
    {"shut down", &session::shut_down, true, true},
    {"do the next with a range of places from", &session::repeat, false, true},
    {"move the registration of", &session::move, true, false},
    {"let a call fail", &session::plan_fault, true, true},
    {"tamper with the next events", &session::tamper, true, true},
}};

session::session(record_reader input) : input_(input), kernel_(next_or_nothing()) {
    ::fuzz::observer::current = this;
    // A descriptor or a call may be missing here already.
    kernel_.plan_fault(next_or_nothing());
    auto made = internal::reactor::create();
    if (made) {
        reactor_ = *std::move(made);
    } else {
        require(made.error() == kernel_.last_failure(),
                "an error that the kernel has not reported");
    }
}

session::~session() { ::fuzz::observer::current = nullptr; }

record session::next_or_nothing() { return input_.next().value_or(record{}); }

void session::run() {
    if (reactor_)
        while (const auto next = input_.next()) carry_out(*next);
    is_ending_ = true;
    end_everything();
}

// Mostly the same few, so that operations meet.
session::place& session::place_of(const record& given) {
    const std::size_t number = given.a;
    return places_[number < 192 ? number % 4 : number % place_count];
}

void session::carry_out(const record& given) { carry_out(given, place_of(given)); }

void session::carry_out(const record& given, place& at) {
    const named_operation& chosen = operations[given.kind % operations.size()];
    if (expected_.is_calling() && !chosen.in_a_turn) return;
    if (at.is_polled && !chosen.while_polled) return;
    if (nesting_ > deepest) return;
    steps.add({chosen.name, {&at - places_.data(), given.b, given.c}});
    ++nesting_;
    (this->*chosen.carry_out)(at, given);
    --nesting_;
}

void session::open(place& at, const record& given) {
    if (!at.what) at.what = open_end(static_cast<end_kind>(given.b % 5));
}

void session::add(place& at, const record& /*given*/) {
    if (!at.what || at.watched) return;
    const std::uint64_t failures = kernel_.failures();
    auto added = registration::add(*reactor_, at.what->number());
    if (added) {
        require(!at.kernel_knows || !kernel::tells_of_repetition(),
                "the kernel watches one descriptor twice");
        at.watched.emplace(*std::move(added));
        at.token = last_token_;
        at.key = expected_.register_as(at.token);
        at.kernel_knows = true;
    } else if (expected_.is_shut_down()) {
        require(added.error() == std::errc::operation_canceled, "not the error of a shutdown");
    } else if (kernel_.failures() != failures) {
        require(added.error() == kernel_.last_failure(), "another error than the kernel's");
    } else {
        require(at.kernel_knows, "a descriptor cannot be registered");
        require(added.error() == std::errc::file_exists, "not the error of a second registration");
    }
}

void session::remove(place& at, const record& /*given*/) {
    if (!at.watched) return;
    const std::array waiting{expected_.waiting(at.key, ::fuzz::reading),
                             expected_.waiting(at.key, ::fuzz::writing)};
    expected_.end_registration(at.key);
    tampering_.has_ended(at.token);
    const std::uint64_t failures = kernel_.failures();
    at.watched.reset();
    if (kernel_.failures() == failures) at.kernel_knows = false;
    at.held = {};
    if (expected_.is_calling()) return;
    for (const task_number who : waiting)
        require(who == nobody || tasks_[std::size_t(who)].probe.alive() == 0,
                "a waker outlives its registration");
}

session::waiting_task& session::new_task() {
    const task_number number = static_cast<task_number>(tasks_.size());
    waiting_task& made = tasks_.emplace_back();
    made.probe.on_wake = [this, &made, number] {
        steps.add({"  task woken:", number});
        expected_.called(number);
        if (made.on_wake && !is_ending_) carry_out(*std::exchange(made.on_wake, std::nullopt));
    };
    return made;
}

poll<readiness> session::poll_as(place& at, way direction, task_number who) {
    const waker mine = tasks_[std::size_t(who)].probe.make();
    context cx(mine, nowhere_);
    at.is_polled = true;
    auto polled = at.watched->poll_ready(direction_of(direction), cx);
    at.is_polled = false;
    return polled;
}

// As an operation of a stream does it.
void session::wait_as(place& at, way direction, task_number who) {
    for (int attempts = 0; attempts < 3; ++attempts) {
        const bool is_ready = expected_.is_ready(at.key, direction);
        const task_number before = expected_.waiting(at.key, direction);
        if (!is_ready) expected_.begin_waiting(at.key, direction, who);
        auto polled = poll_as(at, direction, who);
        require(!is_ready || polled.is_ready(), "readiness was forgotten");
        if (!is_ready) expected_.has_polled(at.key, direction, who, polled.is_ready());
        if (!is_ready && before != nobody && before != who)
            require(tasks_[std::size_t(before)].probe.alive() == 0,
                    "a waker that was replaced is kept");
        if (polled.is_pending()) return;
        const readiness found = std::move(polled).value();
        require(found.is_closed() == expected_.is_closed(at.key, direction),
                "closed, or not closed");
        require(found.is_shut_down() == expected_.is_shut_down(), "shut down, or not shut down");
        const std::uint64_t seen = expected_.seen(at.key);
        if (found.is_shut_down() ||
            at.what->try_once(direction_of(direction)) != attempt::would_wait)
            return;
        at.watched->clear_ready(direction_of(direction), found);
        expected_.clear(at.key, direction, seen);
    }
}

void session::wait(place& at, const record& given) {
    if (!at.watched || expected_.is_uncertain(at.key)) return;
    const auto who = static_cast<task_number>(tasks_.size());
    new_task();
    wait_as(at, way_of(given), who);
}

void session::wait_and_act(place& at, const record& given) {
    if (!at.watched || expected_.is_uncertain(at.key)) return;
    const auto who = static_cast<task_number>(tasks_.size());
    new_task().on_wake = next_or_nothing();
    wait_as(at, way_of(given), who);
}

// What another thread may do while this one uses a registration, and a turn. Ending the registration
// itself would be its mistake.
void session::meanwhile(place& at, const record& news) {
    constexpr std::array allowed{&session::send,  &session::receive,    &session::half_close,
                                 &session::reset, &session::close_peer, &session::shut_down};
    steps.add({"  meanwhile, operation", news.kind % std::int64_t{allowed.size()}});
    (this->*allowed[news.kind % allowed.size()])(at, news);
    take_turn(no_time);
}

// News between the look and the storing of the waker.
void session::wait_with_news(place& at, const record& given) {
    const record news = next_or_nothing();
    if (!at.watched) return;
    const auto who = static_cast<task_number>(tasks_.size());
    waiting_task& task = new_task();
    task.probe.on_clone = [this, &task, &at] {
        if (const auto once = std::exchange(task.on_clone, std::nullopt)) meanwhile(at, *once);
    };
    task.on_clone = news;
    wait_as(at, way_of(given), who);
}

void session::wait_again(place& at, const record& given) {
    if (!at.watched) return;
    const task_number who = expected_.waiting(at.key, way_of(given));
    if (who != nobody) wait_as(at, way_of(given), who);
}

void session::look(place& at, const record& given) {
    if (!at.watched || !expected_.is_ready(at.key, way_of(given))) return;
    const way direction = way_of(given);
    const auto who = static_cast<task_number>(tasks_.size());
    new_task();
    auto polled = poll_as(at, direction, who);
    require(polled.is_ready(), "readiness was forgotten");
    const held_look made{std::move(polled).value(), expected_.seen(at.key)};
    if (at.what->try_once(direction_of(direction)) != attempt::would_wait) return;
    at.held[direction] = made;
    if (given.c % 2 == 0) return;
    // News between the attempt and the clear.
    meanwhile(at, next_or_nothing());
    clear(at, given);
}

void session::clear(place& at, const record& given) {
    const way direction = way_of(given);
    if (!at.watched || !at.held[direction]) return;
    const held_look made = *std::exchange(at.held[direction], std::nullopt);
    at.watched->clear_ready(direction_of(direction), made.found);
    expected_.clear(at.key, direction, made.seen);
}

void session::send(place& at, const record& given) {
    if (at.what) at.what->send(1 + given.b_and_c() % 4096);
}
void session::receive(place& at, const record& given) {
    if (at.what) at.what->receive(1 + given.b_and_c() * 16);
}
void session::fill(place& at, const record& /*given*/) {
    if (at.what) at.what->fill();
}
void session::half_close(place& at, const record& /*given*/) {
    if (at.what) at.what->half_close();
}
void session::reset(place& at, const record& /*given*/) {
    if (at.what) at.what->reset();
}
void session::close_peer(place& at, const record& /*given*/) {
    if (at.what) at.what->close_peer();
}
void session::shut(place& at, const record& given) {
    if (at.what) at.what->shut(direction_of(way_of(given)));
}
void session::copy(place& at, const record& given) {
    if (at.what) at.duplicates[given.b % 2] = duplicate(at.what->number());
}
void session::close_copy(place& at, const record& given) { at.duplicates[given.b % 2].reset(); }

// The number that is closed is the lowest that is free, as a rule, and used again at once. A duplicate
// keeps what was closed alive.
void session::reopen(place& at, const record& given) {
    remove(at, given);
    at.what.reset();
    at.kernel_knows = false;
    open(at, given);
    add(at, given);
}

void session::turn(place& /*at*/, const record& /*given*/) {
    take_turn(no_time);
    require_that_nobody_is_forgotten();
}

void session::take_turn(sys::duration most) {
    const std::uint64_t failures = kernel_.failures();
    const std::uint64_t calls = expected_.calls();
    const bool is_interrupted = std::exchange(is_interrupted_, false);
    events_told_ = 0;
    expected_.begin_turn();
    const auto taken = reactor_->turn(most);
    expected_.end_turn();
    if (!taken) {
        require(kernel_.failures() != failures && taken.error() == kernel_.last_failure(),
                "a turn failed, and the kernel did not");
        return;
    }
    require(taken->events == events_told_, "the events of a turn are counted wrongly");
    // A shutdown in the middle of it calls wakers, and interrupts, too.
    if (!expected_.is_shut_down()) {
        require(taken->wakes == expected_.calls() - calls,
                "the wakes of a turn are counted wrongly");
        // A call that failed may have lost the signal, or left it where it is.
        require(kernel_.failures() > 0 || taken->interrupted == is_interrupted,
                "interrupted, or not interrupted");
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
                take_turn(turns < 5 ? no_time : std::chrono::milliseconds(10));
            require(!waits_for_what_is_there(), "a task waits for what has happened");
        }
    }
}

void session::interrupt(place& /*at*/, const record& /*given*/) {
    reactor_->interrupt();
    is_interrupted_ = true;
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

void session::move(place& at, const record& /*given*/) {
    if (!at.watched) return;
    registration moved = *std::move(at.watched);
    *at.watched = std::move(moved);
}

void session::plan_fault(place& /*at*/, const record& given) { kernel_.plan_fault(given); }
void session::tamper(place& /*at*/, const record& given) { tampering_.plan(given); }

void session::end_everything() {
    for (place& at : places_) {
        remove(at, {});
        at.what.reset();
        at.duplicates = {};
    }
    require(!reactor_ || reactor_->counters().registered_sockets == 0, "a registration is left");
    reactor_ = {};
    for (const waiting_task& each : tasks_) require(each.probe.alive() == 0, "a waker is left");
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
