#include <yot_run/executor/worker.hpp>

#include <yot_run/executor/scripted_core.hpp>
#include <yot_run/executor/test_doubles.hpp>
#include <yot_run/sys/sys.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <memory>
#include <random>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::polled_by;
using test::scripted_core;

// The bounds of worker.hpp, for a task that has `older` ones before it.
constexpr std::uint64_t woken_bound(std::uint64_t older) {
    return (2 * (worker::slot_streak_limit + 1) + 1) * (older + 1);
}
constexpr std::uint64_t spawned_bound(std::uint64_t older) {
    return worker::fair_interval * (older + 1);
}

// Two tasks that wake each other for ever: one of them is always in the slot.
class ping_pong {
public:
    explicit ping_pong(scripted_core& core) {
        for (unsigned self : {0U, 1U}) {
            core.spawn(polled_by([this, self](context& cx) -> poll<> {
                    wakers_[self] = cx.waker().clone();
                    if (waker& other = wakers_[1 - self]) other.wake_by_ref();
                    return poll_pending;
                }))
                .detach();
        }
    }

private:
    waker wakers_[2];
};

// Tasks of which each wakes the next one, when the first is woken.
class relay {
public:
    relay(scripted_core& core, unsigned length) : wakers_(length) {
        for (unsigned self = 0; self < length; ++self) {
            core.spawn(polled_by([this, self](context& cx) -> poll<> {
                    const bool first_poll = !wakers_[self];
                    wakers_[self] = cx.waker().clone();
                    if (!first_poll && self + 1 < wakers_.size()) wakers_[self + 1].wake_by_ref();
                    return poll_pending;
                }))
                .detach();
        }
    }
    void start() {
        if (wakers_.front()) wakers_.front().wake_by_ref();
    }

private:
    std::vector<waker> wakers_;
};

// How many polls more than promised a task waits that yields again and again, at worst; it calls
// `before_yield` each time. There is always one spawned task in the queues, which is not before it.
template <class Function>
std::int64_t worst_excess(scripted_core& core, Function before_yield) {
    std::int64_t worst = std::numeric_limits<std::int64_t>::min();
    core.spawn([&]() -> task<> {
            for (int round = 0; round < 3'000; ++round) {
                before_yield();
                const std::uint64_t before = core.polls();
                const std::uint64_t older = core.worker(0).approximate_queue_size() - 1;
                co_await yield_now();
                const auto waited = std::int64_t(core.polls() - before);
                if (round > 100) worst = std::max(worst, waited - std::int64_t(woken_bound(older)));
            }
            core.close();
        })
        .detach();
    core.run();
    return worst;
}

// A task that spawns its successor and ends: there is always one that is younger than all others.
task<> spawn_for_ever() {
    spawn(spawn_for_ever).detach();
    co_return;
}
task<> yield_for_ever() {
    for (;;) co_await yield_now();
}

// YOT_RUN_SEED=<n> replays a run.
std::uint64_t chosen_seed() {
    const char* const given = std::getenv("YOT_RUN_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : sys::random_u64();
}

// A number of tasks that do at random what tasks can do to one another, each of them forever: yield,
// wait to be woken, wake others, be aborted and replaced by a new one.
class crowd {
public:
    crowd(scripted_core& core, std::uint64_t seed, unsigned size) : core_(core), random_(seed) {
        for (unsigned index = 0; index < size; ++index)
            members_.push_back(std::make_unique<member>());
        for (const auto& one : members_) start(*one, place::injected);
    }
    // The longest that a task waited, in parts of what it may wait: above 1 is too long.
    [[nodiscard]] double longest_wait() const noexcept { return longest_wait_; }

private:
    enum class place { none, woken, spawned, injected };
    struct member {
        waker self;
        place where = place::none;
        std::uint64_t since = 0;
    };

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    void became_runnable(member& one, place where) {
        if (one.where != place::none) return;
        one.where = where;
        one.since = core_.polls();
    }
    void start(member& one, place where) {
        one.self = waker();
        became_runnable(one, where);
        core_.spawn(polled_by([this, &one](context& cx) { return poll_member(one, cx); })).detach();
    }
    poll<> poll_member(member& one, context& cx) {
        note_wait(one);
        one.self = cx.waker().clone();
        for (std::uint64_t wakes = below(4); wakes > 1; --wakes) wake(*members_[below(size())]);
        if (below(20) == 0) {
            start(one, place::spawned);  // Its successor, while this one ends.
            return {};
        }
        if (below(3) > 0) wake(one);
        return poll_pending;
    }
    void wake(member& other) {
        if (!other.self) return;  // It has not been polled yet, and is runnable.
        became_runnable(other, place::woken);
        other.self.wake_by_ref();
    }
    void note_wait(member& one) {
        // Older ones are at most all the others; a task that was in the slot goes behind them.
        const std::uint64_t waited = core_.polls() - one.since;
        const std::uint64_t older = size();
        std::uint64_t allowed = woken_bound(older);
        if (one.where == place::spawned) allowed = spawned_bound(older);
        if (one.where == place::injected) allowed = woken_bound(older) + worker::fair_interval;
        longest_wait_ = std::max(longest_wait_, double(waited) / double(allowed));
        one.where = place::none;
    }
    [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }

    scripted_core& core_;
    std::mt19937_64 random_;
    std::vector<std::unique_ptr<member>> members_;
    double longest_wait_ = 0;
};

}  // namespace

class fairness_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(fairness_test);
    CPPUNIT_TEST(a_task_that_yields_is_polled_again_within_the_bound);
    CPPUNIT_TEST(the_bound_is_reached_and_not_exceeded);
    CPPUNIT_TEST(a_spawned_task_is_polled_within_the_bound);
    CPPUNIT_TEST(a_task_from_outside_is_polled_within_the_bound);
    CPPUNIT_TEST(two_tasks_that_wake_each_other_do_not_starve_a_third);
    CPPUNIT_TEST(a_task_that_spawns_for_ever_does_not_starve_others);
    CPPUNIT_TEST(in_any_crowd_every_task_is_polled_within_the_bounds);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_task_that_yields_is_polled_again_within_the_bound() {
        for (const unsigned others : {0U, 1U, 2U, 10U}) {
            scripted_core core;
            const ping_pong pair(core);
            core.spawn(spawn_for_ever).detach();
            for (unsigned other = 0; other < others; ++other) core.spawn(yield_for_ever).detach();
            CPPUNIT_ASSERT(worst_excess(core, [] {}) <= 0);
        }
    }

    // All that can hold it up does so at every opportunity: each of the others starts a relay of as
    // many tasks as the slot takes in a row.
    void the_bound_is_reached_and_not_exceeded() {
        scripted_core core;
        relay runners(core, worker::slot_streak_limit);
        struct obstacle {
            relay& runners;
            yot_run::poll<> poll(context& /*cx*/) {
                spawn(obstacle(*this)).detach();
                runners.start();
                return {};
            }
        };
        core.spawn(obstacle{runners}).detach();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, worst_excess(core, [&] { runners.start(); }));
    }

    void a_spawned_task_is_polled_within_the_bound() {
        for (const unsigned older : {0U, 1U, 5U}) {
            scripted_core core;
            const ping_pong pair(core);
            core.spawn(yield_for_ever).detach();
            std::uint64_t spawned_at = 0;
            std::uint64_t polled_at = 0;
            core.spawn([&]() -> task<> {
                    for (int round = 0; round < 100; ++round) co_await yield_now();
                    spawned_at = core.polls();
                    for (unsigned other = 0; other < older; ++other)
                        spawn([]() -> task<> { co_return; }).detach();
                    spawn([&]() -> task<> {
                        polled_at = core.polls();
                        core.close();
                        co_return;
                    }).detach();
                    spawn(spawn_for_ever).detach();
                })
                .detach();
            core.run();
            CPPUNIT_ASSERT(polled_at > spawned_at);
            CPPUNIT_ASSERT(polled_at - spawned_at <= spawned_bound(older));
        }
    }

    void a_task_from_outside_is_polled_within_the_bound() {
        for (int delay = 0; delay < 200; delay += 7) {
            scripted_core core;
            const ping_pong pair(core);
            core.spawn(spawn_for_ever).detach();
            core.spawn(yield_for_ever).detach();
            std::uint64_t came_at = 0;
            std::uint64_t polled_at = 0;
            const auto outsider = [&]() -> task<> {
                polled_at = core.polls();
                core.close();
                co_return;
            };
            core.spawn([&]() -> task<> {
                    for (int round = 0; round < 100 + delay; ++round) co_await yield_now();
                    came_at = core.polls();
                    sync::thread("outside", [&] { core.spawn(outsider).detach(); }).join();
                    for (;;) co_await yield_now();
                })
                .detach();
            core.run();
            constexpr std::uint64_t older = 3;  // The pair, and the two that yield.
            CPPUNIT_ASSERT(polled_at > came_at);
            CPPUNIT_ASSERT(polled_at - came_at <= worker::fair_interval + woken_bound(older));
        }
    }

    void two_tasks_that_wake_each_other_do_not_starve_a_third() {
        scripted_core core;
        const ping_pong pair(core);
        int rounds = 0;
        core.spawn([&]() -> task<> {
                for (; rounds < 1'000; ++rounds) co_await yield_now();
                core.close();
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(1'000, rounds);
        CPPUNIT_ASSERT(core.polls() <= 1'000 * woken_bound(1));
    }

    void a_task_that_spawns_for_ever_does_not_starve_others() {
        scripted_core core;
        core.spawn(spawn_for_ever).detach();
        int rounds = 0;
        core.spawn([&]() -> task<> {
                for (; rounds < 1'000; ++rounds) co_await yield_now();
                core.close();
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(1'000, rounds);
    }

    void in_any_crowd_every_task_is_polled_within_the_bounds() {
        const std::uint64_t seed = chosen_seed();
        for (unsigned size = 1; size <= 24; ++size) {
            scripted_core core;
            crowd everybody(core, seed + size, size);
            core.log(0).on_turn = [&] {
                if (core.polls() > 20'000) core.close();
            };
            core.run();
            if (everybody.longest_wait() <= 1) continue;
            std::cerr << "crowd of " << size << ": waited " << everybody.longest_wait()
                      << " times as long as promised; replay with YOT_RUN_SEED=" << seed
                      << " executor_tests fairness\n";
            CPPUNIT_FAIL("a task waited too long");
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(fairness_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
