#include <fuzz/reactor/session.hpp>

#include <fuzz/finding.hpp>

#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

using ::fuzz::nobody;
using ::fuzz::require;
using ::fuzz::steps;
using internal::readiness;
using internal::registration;

constexpr int deepest = 4;  // Wakers that carry out operations that make wakers.

way way_of(const record& given) { return given.b % 2 == 0 ? ::fuzz::reading : ::fuzz::writing; }

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
        require(kernel_.has_failed(made.error()), "an error that the kernel has not reported");
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
    const std::size_t failures = kernel_.failures();
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
        require(kernel_.has_failed(added.error(), failures), "another error than the kernel's");
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
    const std::size_t failures = kernel_.failures();
    at.watched.reset();
    if (kernel_.failures() == failures) at.kernel_knows = false;
    at.held = {};
    if (expected_.is_calling()) return;
    for (const task_number who : waiting)
        require(who == nobody || task(who).probe.alive() == 0, "a waker outlives its registration");
}

task_number session::new_task() {
    const auto number = static_cast<task_number>(tasks_.size());
    waiting_task& made = tasks_.emplace_back();
    made.probe.on_wake = [this, &made, number] {
        steps.add({"  task woken:", number});
        expected_.called(number);
        if (made.on_wake && !is_ending_) carry_out(*std::exchange(made.on_wake, std::nullopt));
    };
    return number;
}

poll<readiness> session::poll_as(place& at, way direction, task_number who) {
    const waker mine = task(who).probe.make();
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
            require(task(before).probe.alive() == 0, "a waker that was replaced is kept");
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
    wait_as(at, way_of(given), new_task());
}

void session::wait_and_act(place& at, const record& given) {
    if (!at.watched || expected_.is_uncertain(at.key)) return;
    const task_number who = new_task();
    task(who).on_wake = next_or_nothing();
    wait_as(at, way_of(given), who);
}

// What another thread may do while this one uses a registration, and a turn. Ending the registration
// itself would be its mistake.
void session::meanwhile(place& at, const record& news) {
    constexpr std::array allowed{&session::send,  &session::receive,    &session::half_close,
                                 &session::reset, &session::close_peer, &session::shut_down};
    steps.add({"  meanwhile, operation", news.kind % std::int64_t{allowed.size()}});
    (this->*allowed[news.kind % allowed.size()])(at, news);
    take_turn();
}

// News between the look and the storing of the waker.
void session::wait_with_news(place& at, const record& given) {
    const record news = next_or_nothing();
    if (!at.watched) return;
    const task_number who = new_task();
    task(who).probe.on_clone = [this, &at, once = std::optional(news)]() mutable {
        if (const auto now = std::exchange(once, std::nullopt)) meanwhile(at, *now);
    };
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
    auto polled = poll_as(at, direction, new_task());
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
    require(kernel_.open_descriptors() == 0, "a descriptor is left");
    for (const waiting_task& each : tasks_) require(each.probe.alive() == 0, "a waker is left");
}

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
