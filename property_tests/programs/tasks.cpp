// How tasks carry out their scripts, but for what they do to streams (stream_operations.cpp).
#include <property_tests/programs/world.hpp>

#include <yot_run/task/spawn.hpp>
#include <yot_run/task/when_all.hpp>
#include <yot_run/task/when_any.hpp>

#include <chrono>
#include <sys/epoll.h>

namespace programs {
namespace {

using namespace std::chrono_literals;
using yot_run::task;
using yot_run::timeout;
using yot_run::yield_now;

constexpr auto longest_wait = 30ms;

yot_run::sys::duration length_of(operation what) { return 100us * (what.much % 200); }

bool forgets(operation what) { return what.much % 2 != 0; }

// A task that is a coroutine, and not the watched future itself.
task<output> as_coroutine(lifetime self, watched work) {
    try {
        output result = co_await work;
        self.account().end(self.of(), ending::gave);
        co_return result;
    } catch (...) {
        self.account().end(self.of(), ending::threw);
        throw;
    }
}

template <class Future>
held start(Future work, task_id id, yot_run::runtime* runtime) {
    if (runtime != nullptr) return {id, runtime->spawn(std::move(work))};
    return {id, yot_run::spawn(std::move(work))};
}

std::optional<held> take_handle(actor& self, std::size_t which) {
    if (self.handles.empty()) return std::nullopt;
    const auto at = self.handles.begin() + std::ptrdiff_t(which % self.handles.size());
    held taken = std::move(*at);
    self.handles.erase(at);
    return taken;
}

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

// Rings later, and then once more what may have nobody left who listens.
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
    in.account.drop_handle(spawn_task(in, "waits for a sleep", what.which, wait, nullptr).id);
    ++in.account.counts["sleeps handed over"];
}

void spawn_detached(world& in, const char* name, std::size_t which, work_of_task work) {
    in.account.drop_handle(spawn_task(in, name, which, std::move(work), nullptr).id);
}

task<output> play(world& in, task_id id, std::shared_ptr<turns> all, std::size_t side,
                  unsigned rounds) {
    for (unsigned i = 0; i < rounds; ++i) {
        co_await turn_of(*all, side);
        all->pass();
    }
    co_return output(in.account, id);
}

task<output> run_relay(world& in, task_id id, unsigned left) {
    const auto go_on = [&in, left](task_id next) { return run_relay(in, next, left - 1); };
    if (left > 0) spawn_detached(in, "of a relay", left, go_on);
    co_return output(in.account, id);
}

task<output> come_and_go(world& in, task_id id) {
    co_await yield_now();
    co_return output(in.account, id);
}

void spawn_group(actor& self, operation what) {
    world& in = self.in;
    const unsigned size = 200 + what.much % 600;
    if (!in.may_spawn_group(size + 1)) return;
    ++in.account.counts[std::string("groups: ") + std::string(name_of(what.what))];
    if (what.what == activity::relay) {
        const auto begin = [&in, size](task_id id) { return run_relay(in, id, size); };
        spawn_detached(in, "of a relay", what.which, begin);
        return;
    }
    const auto come = [&in](task_id id) { return come_and_go(in, id); };
    for (unsigned i = 0; i < size; ++i) spawn_detached(in, "of a crowd", what.which, come);
}

void play_ping_pong(actor& self, operation what) {
    world& in = self.in;
    if (!in.may_spawn()) return;
    ++in.account.counts["games of ping-pong"];
    const auto all = std::make_shared<turns>();
    const unsigned rounds = 100 + what.much % 400;
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
        const auto work = [&in, all, side, rounds](task_id id) {
            return play(in, id, all, side, rounds);
        };
        spawn_detached(in, "plays ping-pong", what.which + side, work);
    }
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

// What is done at once.
void do_at_once(actor& self, operation what) {
    world& in = self.in;
    const std::size_t first_to_spawn = self.first_to_spawn;
    const std::size_t scripts = in.plan.scripts.size();
    const bool can_spawn = in.may_spawn() && first_to_spawn < scripts;
    switch (what.what) {
        case activity::fail:
            throw script_failed{self.id};
        case activity::spawn:
        case activity::spawn_detached: {
            if (!can_spawn) return;
            const std::size_t index = first_to_spawn + what.which % (scripts - first_to_spawn);
            held spawned = spawn_script(in, index, what.much, nullptr);
            if (what.what == activity::spawn)
                self.handles.push_back(std::move(spawned));
            else
                in.account.drop_handle(spawned.id);
            return;
        }
        case activity::spawn_unstarted: {
            const task<> unstarted = wait_bell(self, what);
            ++in.account.counts["never polled"];
            return;
        }
        case activity::abort:
            if (self.handles.empty()) return;
            ++in.account.counts["aborts"];
            self.handles[what.which % self.handles.size()].handle.abort();
            return;
        case activity::drop_handle:
            if (auto taken = take_handle(self, what.which)) in.account.drop_handle(taken->id);
            return;
        case activity::ring:
            in.bell_at(what.which).ring();
            return;
        case activity::ring_twice:
            in.bell_at(what.which).ring();
            in.bell_at(what.which).ring();
            return;
        case activity::ring_later: {
            if (!in.may_spawn()) return;
            const auto ring = [&in, what](task_id id) { return ring_in_a_while(in, id, what); };
            in.account.drop_handle(spawn_task(in, "rings later", what.much, ring, nullptr).id);
            return;
        }
        case activity::ping_pong:
            play_ping_pong(self, what);
            return;
        case activity::relay:
        case activity::crowd:
            spawn_group(self, what);
            return;
        case activity::wake_hoarded:
            in.wake_hoarded(what.which);
            return;
        case activity::split:
            do_split(self, what);
            return;
        default:
            do_to_stream(self, what);
            return;
    }
}

// What a script whose waits all have an end does instead.
activity bounded(activity what) {
    switch (what) {
        case activity::join:
            return activity::join_at_most;
        case activity::wait_bell:
            return activity::wait_bell_at_most;
        case activity::write:
        case activity::write_some:
            return activity::write_at_most;
        case activity::read:
        case activity::read_exactly:
            return activity::read_at_most;
        default:
            return what;
    }
}

task<> carry_out_one(actor& self, operation what) {
    if (self.is_bounded) what.what = bounded(what.what);
    switch (what.what) {
        case activity::yield:
            co_await yield_now();
            break;
        case activity::be_busy:
            for (unsigned i = 0; i < 20U + what.much % 200U; ++i) co_await yield_now();
            break;
        case activity::sleep:
            co_await sleep(self, length_of(what));
            break;
        case activity::sleep_zero:
            co_await yot_run::sleep_for(0s);
            break;
        case activity::join:
        case activity::join_at_most: {
            auto target = take_handle(self, what.which);
            if (!target) break;
            if (what.what == activity::join)
                co_await join(self, *std::move(target));
            else
                co_await join_at_most(self, *std::move(target), length_of(what));
            break;
        }
        case activity::wait_bell:
            co_await wait_bell(self, what);
            break;
        case activity::wait_bell_at_most:
            co_await wait_bell_at_most(self, what);
            break;
        case activity::hoard_waker:
            co_await hoard(self, what);
            break;
        case activity::hand_over_sleep:
            co_await hand_over_sleep(self, what);
            break;
        case activity::race:
            co_await race(self, what);
            break;
        case activity::gather:
            co_await gather(self, what);
            break;
        case activity::connect:
        case activity::connect_at_most:
            co_await do_connect(self, what);
            break;
        case activity::write:
        case activity::write_some:
        case activity::write_at_most:
            co_await do_write(self, what);
            break;
        case activity::read:
        case activity::read_exactly:
        case activity::read_at_most:
            co_await do_read(self, what);
            break;
        case activity::exchange:
            co_await do_exchange(self, what);
            break;
        default:
            do_at_once(self, what);
    }
}

}  // namespace

void world::wake_hoarded(std::size_t which) {
    if (hoard.empty()) return;
    ++account.counts["hoarded wakers called"];
    const std::size_t at = which % hoard.size();
    if (which % 3 == 0) {
        hoard[at].clone().wake();
        return;
    }
    std::swap(hoard[at], hoard.back());
    waker taken = std::move(hoard.back());
    hoard.pop_back();
    std::move(taken).wake();
}

held spawn_task(world& in, std::string name, std::size_t which, work_of_task work,
                yot_run::runtime* runtime) {
    ++in.spawned;
    const task_id id = in.account.begin_spawn(std::move(name));
    const bool is_coroutine = which % 2 != 0;
    watched watched_work(in.account, id, !is_coroutine, work(id));
    held spawned =
        is_coroutine
            ? start(as_coroutine(lifetime(in.account, id), std::move(watched_work)), id, runtime)
            : start(std::move(watched_work), id, runtime);
    in.account.end_spawn(id);
    return spawned;
}

held spawn_script(world& in, std::size_t index, std::size_t which, yot_run::runtime* runtime) {
    return spawn_task(
        in, "script " + std::to_string(index), which,
        [&in, index](task_id id) {
            return carry_out(in, id, in.plan.scripts[index], index + 1, false, nullptr);
        },
        runtime);
}

task<output> carry_out(world& in, task_id id, const script& what, std::size_t first_to_spawn,
                       bool is_bounded, std::unique_ptr<stream> with) {
    actor self{in, id, is_bounded, with != nullptr, first_to_spawn, {}, {}};
    if (with) self.streams.push_back(std::move(with));
    for (const operation each : what) {
        ++in.account.counts["operations"];
        co_await carry_out_one(self, each);
    }
    for (const held& each : self.handles) in.account.drop_handle(each.id);
    co_return output(in.account, id);
}

task<output> accept_all(std::shared_ptr<open_port> port, task_id id) {
    world& in = port->in;
    yot_run::net::tcp_listener& listener = port->listener;
    for (;;) {
        std::optional<yot_run::io_result<yot_run::net::tcp_listener::connection>> accepted;
        if (in.plan.accepts_in_slices) {
            const waiting listed(in.account, id, "a connection or the time", [] { return true; });
            auto given = co_await timeout(100us * (in.accepted % 7), listener.accept());
            if (given)
                accepted.emplace(*std::move(given));
            else
                ++in.account.counts["accepts given up"];
        }
        if (!accepted) {
            const waiting listed(in.account, id, "a connection", [&listener] {
                return kernel_has(listener.native_handle(), EPOLLIN);
            });
            accepted.emplace(co_await listener.accept());
        }
        if (!*accepted) {
            // Also when calls fail: none of their errors is the listener's own.
            ledger::require(in.account.is_shutting_down(),
                            "P8: accept ends with " + accepted->error().message());
            co_return output(in.account, id);
        }
        auto& [tcp, peer] = **accepted;
        ++in.account.counts["connections accepted"];
        auto server = std::make_shared<std::unique_ptr<stream>>(std::make_unique<stream>(
            party(in.account, in.network.of(peer.port()), 1, in.plan.one_in_connections_fails != 0),
            std::move(tcp)));
        const script& what = in.plan.server_scripts[in.accepted++ % in.plan.server_scripts.size()];
        const auto serve = [&in, &what, server](task_id server_id) {
            return carry_out(in, server_id, what, in.plan.scripts.size(), false,
                             std::move(*server));
        };
        in.account.drop_handle(spawn_task(in, "a server", in.accepted, serve, nullptr).id);
    }
}

}  // namespace programs
