// What tasks wait for: the time, each other, a bell; one or all of several.
#include <property_tests/programs/world.hpp>

#include <yot_run/task/when_all.hpp>
#include <yot_run/task/when_any.hpp>

#include <chrono>
#include <expected>
#include <memory>
#include <vector>

namespace programs {
namespace {

using namespace std::chrono_literals;
using yot_run::task;
using yot_run::timeout;
using yot_run::yield_now;

constexpr auto longest_wait = 30ms;

yot_run::sys::duration length_of(operation what) { return 100us * (what.much % 200); }

bool forgets(operation what) { return what.much % 2 != 0; }

task<> sleep(actor& self, yot_run::sys::duration length) {
    // Nothing can be pending on a timer once nothing else can happen.
    const waiting listed(self.in.account, self.id, "the time", [] { return true; });
    watched_sleep sleep(self.in.account, self.id, length);
    co_await sleep;
}

task<> join(actor& self, held target) {
    ledger& account = self.in.account;
    const task_id id = target.id;
    const waiting listed(account, self.id, "the end of " + account.task(id).name,
                         [&account, id] { return account.task(id).end != ending::none; });
    std::optional<output> got;
    std::exception_ptr thrown;
    try {
        got = co_await target.handle;
    } catch (...) {
        thrown = std::current_exception();
    }
    deliver_outcome(account, id, [&]() -> output {
        if (thrown) std::rethrow_exception(thrown);
        return *std::move(got);
    });
}

task<> join_at_most(actor& self, held target, yot_run::sys::duration length) {
    const waiting listed(self.in.account, self.id, "a join or the time", [] { return true; });
    const task_id id = target.id;
    std::optional<std::expected<output, yot_run::timed_out>> got;
    std::exception_ptr thrown;
    try {
        got = co_await checked_timeout(length, std::move(target.handle));
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!thrown && !*got) {
        ++self.in.account.counts["timeouts"];
        self.in.account.drop_handle(id);
        co_return;
    }
    deliver_outcome(self.in.account, id, [&]() -> output {
        if (thrown) std::rethrow_exception(thrown);
        return **std::move(got);
    });
}

task<> join_one(actor& self, operation what) {
    auto target = self.take_handle(what.which);
    if (!target) co_return;
    if (what.what == activity::join)
        co_await join(self, *std::move(target));
    else
        co_await join_at_most(self, *std::move(target), length_of(what));
}

task<> wait_bell(actor& self, operation what) {
    bell& awaited = self.in.bell_at(what.which);
    bell::future rung = awaited.next(forgets(what));
    const waiting listed(self.in.account, self.id, "a bell", [&rung] { return rung.has_rung(); });
    co_await rung;
    ++self.in.account.counts["bells heard"];
}

task<> wait_bell_at_most(actor& self, operation what) {
    const waiting listed(self.in.account, self.id, "a bell or the time", [] { return true; });
    bell& awaited = self.in.bell_at(what.which);
    const auto heard = co_await checked_timeout(length_of(what), awaited.next(forgets(what)));
    if (!heard) ++self.in.account.counts["timeouts"];
}

task<output> ring_in_a_while(world& in, task_id id, operation what) {
    actor self{in, id, true, false, 0, {}, {}};
    co_await sleep(self, length_of(what));
    in.bell_at(what.which).ring();
    co_return output(in.account, id);
}

// The timer is armed by one task, and waited for by another one.
task<output> wait_for_sleep(world& in, task_id id, std::shared_ptr<yot_run::sleep_future> armed) {
    const waiting listed(in.account, id, "the time of another task", [] { return true; });
    co_await borrowed(*armed);
    co_return output(in.account, id);
}

task<> hand_over_sleep(actor& self, operation what) {
    world& in = self.in;
    if (!in.may_spawn()) co_return;
    auto armed = std::make_shared<yot_run::sleep_future>(yot_run::sleep_for(length_of(what)));
    co_await polled_once(*armed);
    const auto wait = [&in, armed](task_id id) { return wait_for_sleep(in, id, armed); };
    spawn_detached(in, "waits for a sleep", what.which, wait);
    ++in.account.counts["sleeps handed over"];
}

task<> hoard(actor& self, operation what) {
    const waiting listed(self.in.account, self.id, "a waker or the time", [] { return true; });
    const auto woken = co_await checked_timeout(
        length_of(what), hoarding_future(self.in.hoard, 1 + what.which % 3));
    if (woken) ++self.in.account.counts["woken by a hoarded waker"];
}

task<> yield_often(unsigned times) {
    for (unsigned i = 0; i < times; ++i) co_await yield_now();
}

task<> sleep_unlisted(world& in, task_id id, yot_run::sys::duration length) {
    watched_sleep sleep(in.account, id, length);
    co_await sleep;
}

task<> hear_at_most(world& in, operation what) {
    static_cast<void>(
        co_await checked_timeout(longest_wait, in.bell_at(what.which).next(forgets(what))));
}

// Each has an end.
std::vector<task<>> several(actor& self, operation what) {
    std::vector<task<>> all;
    all.push_back(hear_at_most(self.in, what));
    all.push_back(sleep_unlisted(self.in, self.id, length_of(what)));
    all.push_back(yield_often(1 + what.which % 3));
    all.push_back(sleep_unlisted(self.in, self.id, length_of(what) / 2));
    return all;
}

bool takes_vector(operation what) { return what.much % 3 == 0; }

task<> race(actor& self, operation what) {
    const waiting listed(self.in.account, self.id, "the first of several", [] { return true; });
    if (takes_vector(what)) {
        std::vector<task<>> racers = several(self, what);
        racers.erase(racers.begin() + 2);  // It would always win.
        static_cast<void>(co_await yot_run::when_any(std::move(racers)));
        ++self.in.account.counts["races of vectors"];
        co_return;
    }
    bell& awaited = self.in.bell_at(what.which);
    const auto first = co_await yot_run::when_any(
        awaited.next(forgets(what)), watched_sleep(self.in.account, self.id, length_of(what)),
        yot_run::sleep_for(longest_wait));
    ++self.in.account.counts["races"];
    static_cast<void>(first);
}

task<> gather(actor& self, operation what) {
    const waiting listed(self.in.account, self.id, "all of several", [] { return true; });
    if (takes_vector(what)) {
        static_cast<void>(co_await yot_run::when_all(several(self, what)));
        ++self.in.account.counts["gatherings of vectors"];
        co_return;
    }
    const auto all = co_await yot_run::when_all(
        yield_now(), watched_sleep(self.in.account, self.id, length_of(what)),
        timeout(longest_wait, self.in.bell_at(what.which).next(forgets(what))));
    ++self.in.account.counts["gatherings"];
    static_cast<void>(all);
}

}  // namespace

task<> do_wait(actor& self, operation what) {
    switch (what.what) {
        case activity::sleep:
            return sleep(self, length_of(what));
        case activity::join:
        case activity::join_at_most:
            return join_one(self, what);
        case activity::wait_bell_at_most:
            return wait_bell_at_most(self, what);
        case activity::hoard_waker:
            return hoard(self, what);
        case activity::hand_over_sleep:
            return hand_over_sleep(self, what);
        case activity::race:
            return race(self, what);
        case activity::gather:
            return gather(self, what);
        default:
            return wait_bell(self, what);
    }
}

void ring_later(actor& self, operation what) {
    world& in = self.in;
    if (!in.may_spawn()) return;
    const auto ring = [&in, what](task_id id) { return ring_in_a_while(in, id, what); };
    spawn_detached(in, "rings later", what.much, ring);
}

}  // namespace programs
