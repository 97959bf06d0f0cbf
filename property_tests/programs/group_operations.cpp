// Tasks that come in numbers, or keep a worker to themselves if they can: what fairness is for.
#include <property_tests/programs/world.hpp>

#include <memory>
#include <string>

namespace programs {
namespace {

using yot_run::task;
using yot_run::yield_now;

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

void spawn_many(actor& self, operation what) {
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

}  // namespace

void spawn_group(actor& self, operation what) {
    if (what.what == activity::ping_pong)
        play_ping_pong(self, what);
    else
        spawn_many(self, what);
}

}  // namespace programs
