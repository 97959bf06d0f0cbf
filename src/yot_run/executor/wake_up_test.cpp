// Who wakes a sleeping worker, and when: the rules of idle_set.hpp, as workers and core follow them.
#include <yot_run/executor/executor_core.hpp>

#include <yot_run/executor/scripted_core.hpp>
#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::gate;
using test::polled_by;
using test::scripted_core;

task<> nothing() { co_return; }

// A core whose worker 1 is asleep, unless it was woken: worker 0 is the only one that runs.
class core_with_sleeper : public scripted_core {
public:
    explicit core_with_sleeper(unsigned workers = 2) : scripted_core(workers) {
        for (unsigned other = 1; other < workers; ++other) core().idle().begin_sleep(other, false);
    }
    // How many of the others were woken so far.
    [[nodiscard]] unsigned woken() {
        unsigned total = 0;
        for (unsigned other = 1; other < core().worker_count(); ++other)
            total += log(other).unparks;
        return total;
    }
    // Those that were woken look in vain and go back to sleep.
    void put_to_sleep_again() {
        for (unsigned other = 1; other < core().worker_count(); ++other) {
            if (log(other).unparks == 0) continue;
            log(other).unparks = 0;
            static_cast<void>(core().idle().end_sleep(other, true));
            core().idle().begin_sleep(other, true);
        }
    }
};

// Two tasks that wake each other until the core is closed; says how often they were polled.
class ping_pong {
public:
    ping_pong(scripted_core& core, std::function<void(unsigned polls)> on_poll)
        : on_poll_(std::move(on_poll)) {
        for (const unsigned self : {0U, 1U}) {
            core.spawn(polled_by([this, self](context& cx) -> poll<> {
                    on_poll_(++polls_);
                    wakers_[self] = cx.waker().clone();
                    if (waker& other = wakers_[1 - self]) other.wake_by_ref();
                    return poll_pending;
                }))
                .detach();
        }
    }

private:
    std::function<void(unsigned)> on_poll_;
    unsigned polls_ = 0;
    waker wakers_[2];
};

}  // namespace

class wake_up_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(wake_up_test);
    CPPUNIT_TEST(the_last_look_sees_the_injector);
    CPPUNIT_TEST(the_last_look_sees_the_queues_of_every_worker);
    CPPUNIT_TEST(the_last_look_sees_the_end);
    CPPUNIT_TEST(a_task_from_outside_wakes_a_sleeper);
    CPPUNIT_TEST(nobody_is_woken_while_a_worker_that_was_woken_still_searches);
    CPPUNIT_TEST(a_spawned_task_wakes_a_sleeper);
    CPPUNIT_TEST(a_woken_task_wakes_a_sleeper_only_if_it_pushes_another_out_of_the_slot);
    CPPUNIT_TEST(a_task_that_yields_alone_wakes_nobody);
    CPPUNIT_TEST(a_task_that_yields_behind_another_wakes_a_sleeper);
    CPPUNIT_TEST(a_task_that_yields_while_another_is_in_the_slot_wakes_a_sleeper);
    CPPUNIT_TEST(a_task_that_yields_beside_a_spawned_one_wakes_a_sleeper);
    CPPUNIT_TEST(a_task_that_leaves_the_slot_alone_wakes_nobody);
    CPPUNIT_TEST(a_task_that_leaves_the_slot_beside_a_spawned_one_wakes_a_sleeper);
    CPPUNIT_TEST(a_task_that_a_turn_brings_alone_wakes_nobody);
    CPPUNIT_TEST(a_task_that_a_turn_brings_beside_one_that_yielded_wakes_a_sleeper);
    CPPUNIT_TEST(the_last_searcher_that_finds_work_wakes_another);
    CPPUNIT_TEST(a_worker_that_was_woken_in_vain_wakes_nobody);
    CPPUNIT_TEST(work_that_a_busy_worker_takes_from_the_injector_wakes_a_sleeper);
    CPPUNIT_TEST_SUITE_END();

public:
    void the_last_look_sees_the_injector() {
        scripted_core core;
        CPPUNIT_ASSERT(!core.core().has_visible_work());
        core.spawn(nothing()).detach();
        CPPUNIT_ASSERT(core.core().has_visible_work());
        core.run();
    }

    void the_last_look_sees_the_queues_of_every_worker() {
        constexpr unsigned workers = 3;
        for (unsigned other = 0; other < workers; ++other) {
            for (const bool spawned : {false, true}) {
                scripted_core core(workers);
                core.spawn(nothing()).detach();
                core.spawn(nothing()).detach();
                task_core* const first = core.core().arrivals().take_all();
                for (int i = 0; i < 2; ++i) core.core().count_block();
                task_core* const second = first->next.get();
                CPPUNIT_ASSERT(!core.core().has_visible_work());
                // The test plays that worker: it has no thread yet.
                if (spawned) {
                    core.worker(other).schedule_spawned(*first);
                } else {
                    core.worker(other).schedule_woken(*first);
                    CPPUNIT_ASSERT(!core.core().has_visible_work());  // Its own, in the slot.
                }
                if (spawned)
                    core.worker(other).schedule_spawned(*second);
                else
                    core.worker(other).schedule_woken(*second);
                CPPUNIT_ASSERT(core.core().has_visible_work());
                sync::thread("other", [&] {
                    core.log(other).on_park = [&] { core.close(); };
                    core.worker(other).run();
                }).join();
            }
        }
    }

    void the_last_look_sees_the_end() {
        scripted_core core;
        CPPUNIT_ASSERT(!core.core().drained());
        core.close();
        CPPUNIT_ASSERT(core.core().drained());
        CPPUNIT_ASSERT(core.core().has_visible_work());
    }

    void a_task_from_outside_wakes_a_sleeper() {
        core_with_sleeper core(3);
        core.spawn(nothing()).detach();
        CPPUNIT_ASSERT_EQUAL(1U, core.woken());
    }

    void nobody_is_woken_while_a_worker_that_was_woken_still_searches() {
        core_with_sleeper core(4);
        for (int i = 0; i < 10; ++i) core.spawn(nothing()).detach();
        CPPUNIT_ASSERT_EQUAL(1U, core.woken());
    }

    void a_spawned_task_wakes_a_sleeper() {
        core_with_sleeper core;
        unsigned before = 0;
        unsigned after = 0;
        core.spawn([&]() -> task<> {
                core.put_to_sleep_again();
                before = core.woken();
                spawn(nothing()).detach();
                after = core.woken();
                co_return;
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(before + 1, after);
    }

    void a_woken_task_wakes_a_sleeper_only_if_it_pushes_another_out_of_the_slot() {
        core_with_sleeper core;
        gate first;
        gate second;
        std::vector<unsigned> woken;
        const auto wait = [](gate& open) -> task<> { co_await open.passed(); };
        core.spawn(wait(first)).detach();
        core.spawn(wait(second)).detach();
        core.log(0).on_park = [&] {
            if (first.is_open()) return core.close();
            core.put_to_sleep_again();
            woken.push_back(core.woken());
            first.unlock();
            woken.push_back(core.woken());
            second.unlock();
            woken.push_back(core.woken());
        };
        core.run();
        CPPUNIT_ASSERT((woken == std::vector<unsigned>{0, 0, 1}));
    }

    void a_task_that_yields_alone_wakes_nobody() {
        core_with_sleeper core;
        unsigned woken = 1;
        core.spawn([&]() -> task<> {
                core.put_to_sleep_again();
                for (int i = 0; i < 10; ++i) co_await yield_now();
                woken = core.woken();
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(0U, woken);
    }

    void a_task_that_yields_behind_another_wakes_a_sleeper() {
        core_with_sleeper core;
        unsigned woken = 0;
        core.spawn([&]() -> task<> {
                core.put_to_sleep_again();
                co_await yield_now();
            })
            .detach();
        core.spawn([&]() -> task<> {
                woken = core.woken();
                co_return;
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(1U, woken);
    }

    // There are two tasks to run then, and this worker can run only one.
    void a_task_that_yields_while_another_is_in_the_slot_wakes_a_sleeper() {
        core_with_sleeper core;
        gate open;
        unsigned woken = 0;
        core.spawn([&]() -> task<> {
                co_await open.passed();
                woken = core.woken();
            })
            .detach();
        core.spawn([&]() -> task<> {
                core.put_to_sleep_again();
                open.unlock();
                co_await yield_now();
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(1U, woken);
    }

    void a_task_that_yields_beside_a_spawned_one_wakes_a_sleeper() {
        core_with_sleeper core;
        unsigned woken = 0;
        core.spawn([&]() -> task<> {
                spawn([&]() -> task<> {
                    woken = core.woken();
                    co_return;
                }).detach();
                core.put_to_sleep_again();
                co_await yield_now();
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(1U, woken);
    }

    void a_task_that_leaves_the_slot_alone_wakes_nobody() {
        core_with_sleeper core;
        unsigned woken = 1;
        const ping_pong pair(core, [&](unsigned polls) {
            if (polls == 2) core.put_to_sleep_again();
            if (polls <= 5 * worker::slot_streak_limit) return;
            woken = core.woken();
            core.close();
        });
        core.run();
        CPPUNIT_ASSERT_EQUAL(0U, woken);
    }

    void a_task_that_leaves_the_slot_beside_a_spawned_one_wakes_a_sleeper() {
        core_with_sleeper core;
        unsigned woken = 0;
        const ping_pong pair(core, [&](unsigned polls) {
            if (polls != 2) return;
            spawn([&]() -> task<> {
                woken = core.woken();
                core.close();
                co_return;
            }).detach();
            core.put_to_sleep_again();
        });
        core.run();
        CPPUNIT_ASSERT_EQUAL(1U, woken);
    }

    void a_task_that_a_turn_brings_alone_wakes_nobody() {
        core_with_sleeper core;
        gate open(2);
        unsigned woken = 1;
        std::uint64_t polls_before_turn = 0;
        core.log(0).on_turn = [&] {
            polls_before_turn = core.polls();
            open.unlock();
        };
        core.spawn([&]() -> task<> {
                co_await open.passed();
                woken = core.woken();
            })
            .detach();
        core.spawn([&]() -> task<> {
                core.put_to_sleep_again();
                // Until the poll before the second turn.
                while (core.log(0).turns == 0 ||
                       core.polls() < polls_before_turn + worker::fair_interval)
                    co_await yield_now();
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(2U, core.log(0).turns);
        CPPUNIT_ASSERT_EQUAL(0U, woken);
    }

    void a_task_that_a_turn_brings_beside_one_that_yielded_wakes_a_sleeper() {
        core_with_sleeper core;
        gate open;
        unsigned woken = 0;
        core.log(0).on_turn = [&] { open.unlock(); };
        core.spawn([&]() -> task<> {
                co_await open.passed();
                woken = core.woken();
            })
            .detach();
        core.spawn([&]() -> task<> {
                core.put_to_sleep_again();
                while (!open.is_open()) co_await yield_now();
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(1U, woken);
    }

    void the_last_searcher_that_finds_work_wakes_another() {
        core_with_sleeper core(3);
        std::vector<unsigned> woken;
        const auto note = [&]() -> task<> {
            woken.push_back(core.woken());
            co_return;
        };
        for (int i = 0; i < 3; ++i) core.spawn(note).detach();
        core.put_to_sleep_again();
        core.run();
        CPPUNIT_ASSERT((woken == std::vector<unsigned>{1, 1, 1}));
    }

    void a_worker_that_was_woken_in_vain_wakes_nobody() {
        core_with_sleeper core;
        std::vector<unsigned> woken;
        core.log(0).on_park = [&] {
            woken.push_back(core.woken());
            if (woken.size() == 3) core.close();
        };
        core.run();
        CPPUNIT_ASSERT((woken == std::vector<unsigned>{0, 0, 0}));
    }

    void work_that_a_busy_worker_takes_from_the_injector_wakes_a_sleeper() {
        core_with_sleeper core;
        bool woken = false;
        bool woken_early = false;
        core.spawn([&]() -> task<> {
                sync::thread("outside", [&] { core.spawn(nothing()).detach(); }).join();
                core.put_to_sleep_again();  // As if it had looked while the batch was under way.
                while (core.counters().injected.get() == 1) {
                    woken_early = woken_early || core.woken() > 0;
                    co_await yield_now();
                }
                woken = core.woken() > 0;
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT(woken && !woken_early);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(wake_up_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
