// How tasks are spawned and carry out their scripts: what they do at once, and who does the rest.
#include <property_tests/programs/world.hpp>

#include <yot_run/task/spawn.hpp>

#include <chrono>
#include <sys/epoll.h>

namespace programs {
namespace {

using namespace std::chrono_literals;
using yot_run::task;
using yot_run::timeout;
using yot_run::yield_now;

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
            const task<> unstarted = do_wait(self, what);
            ++in.account.counts["never polled"];
            return;
        }
        case activity::abort:
            if (self.handles.empty()) return;
            ++in.account.counts["aborts"];
            self.handles[what.which % self.handles.size()].handle.abort();
            return;
        case activity::drop_handle:
            if (auto taken = self.take_handle(what.which)) in.account.drop_handle(taken->id);
            return;
        case activity::ring:
            in.bell_at(what.which).ring();
            return;
        case activity::ring_twice:
            in.bell_at(what.which).ring();
            in.bell_at(what.which).ring();
            return;
        case activity::ring_later:
            ring_later(self, what);
            return;
        case activity::ping_pong:
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
        case activity::join:
        case activity::join_at_most:
        case activity::wait_bell:
        case activity::wait_bell_at_most:
        case activity::hoard_waker:
        case activity::hand_over_sleep:
        case activity::race:
        case activity::gather:
            co_await do_wait(self, what);
            break;
        case activity::sleep_zero:
            co_await yot_run::sleep_for(0s);
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

std::optional<held> actor::take_handle(std::size_t which) {
    if (handles.empty()) return std::nullopt;
    const auto at = handles.begin() + std::ptrdiff_t(which % handles.size());
    held taken = std::move(*at);
    handles.erase(at);
    return taken;
}

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

void spawn_detached(world& in, const char* name, std::size_t which, work_of_task work) {
    in.account.drop_handle(spawn_task(in, name, which, std::move(work), nullptr).id);
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
