#include <yot_run/executor/worker.hpp>

#include <yot_run/executor/scripted_core.hpp>
#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::gate;
using test::polled_by;
using test::scripted_core;

// What was polled, in order: one letter a poll.
task<> write(std::string& trace, char letter) {
    trace += letter;
    co_return;
}
task<> write_and_yield(std::string& trace, char letter, int times) {
    for (int i = 0; i < times; ++i) {
        trace += letter;
        co_await yield_now();
    }
}

// Two tasks that wake each other for ever; counts their polls, unless it is aborted.
class ping_pong {
public:
    explicit ping_pong(scripted_core& core) {
        for (unsigned self : {0U, 1U}) {
            core.spawn(polled_by([this, self](context& cx) -> poll<> {
                    ++polls_;
                    wakers_[self] = cx.waker().clone();
                    if (waker& other = wakers_[1 - self]) other.wake_by_ref();
                    return poll_pending;
                }))
                .detach();
        }
    }
    [[nodiscard]] unsigned polls() const noexcept { return polls_; }

private:
    unsigned polls_ = 0;
    waker wakers_[2];
};

}  // namespace

class worker_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(worker_test);
    CPPUNIT_TEST(tasks_from_outside_run_in_the_order_in_which_they_came);
    CPPUNIT_TEST(the_task_that_was_woken_last_runs_next);
    CPPUNIT_TEST(spawned_tasks_run_youngest_first);
    CPPUNIT_TEST(tasks_that_yield_take_turns);
    CPPUNIT_TEST(woken_and_spawned_tasks_take_turns);
    CPPUNIT_TEST(a_wake_during_a_poll_is_kept);
    CPPUNIT_TEST(wakes_before_a_poll_count_as_one);
    CPPUNIT_TEST(a_task_that_yields_lets_the_rest_of_a_batch_go_first);
    CPPUNIT_TEST(a_task_that_is_always_ready_yields_when_its_budget_is_used_up);
    CPPUNIT_TEST(a_task_that_awaits_tasks_for_ever_yields_too);
    CPPUNIT_TEST(the_slot_is_used_at_most_so_often_in_a_row);
    CPPUNIT_TEST(an_exception_ends_its_task_and_nothing_else);
    CPPUNIT_TEST(current_is_the_worker_that_runs);
    CPPUNIT_TEST(a_worker_may_run_inside_a_task_of_another_executor);
    CPPUNIT_TEST(a_busy_worker_gives_what_it_parks_on_a_turn);
    CPPUNIT_TEST(what_a_park_brings_runs_next);
    CPPUNIT_TEST(it_counts_what_it_does);
    CPPUNIT_TEST(a_queue_that_grows_is_counted_as_saturation);
    CPPUNIT_TEST(one_poll_in_so_many_is_timed_when_asked_for);
    CPPUNIT_TEST_SUITE_END();

public:
    void tasks_from_outside_run_in_the_order_in_which_they_came() {
        scripted_core core;
        std::string trace;
        for (const char letter : {'a', 'b', 'c', 'd'}) core.spawn(write(trace, letter)).detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(std::string("abcd"), trace);
    }

    void the_task_that_was_woken_last_runs_next() {
        scripted_core core;
        std::string trace;
        gate first;
        gate second;
        const auto wait = [&trace](gate& open, char letter) -> task<> {
            co_await open.passed();
            trace += letter;
        };
        core.spawn(wait(first, 'a')).detach();
        core.spawn(wait(second, 'b')).detach();
        core.spawn([&]() -> task<> {
                co_await yield_now();
                spawn(write(trace, 'c')).detach();
                first.unlock();
                second.unlock();
                trace += '|';
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(std::string("|bac"), trace);
    }

    void spawned_tasks_run_youngest_first() {
        scripted_core core;
        std::string trace;
        core.spawn([&]() -> task<> {
                for (const char letter : {'a', 'b', 'c'}) spawn(write(trace, letter)).detach();
                co_return;
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(std::string("cba"), trace);
    }

    void tasks_that_yield_take_turns() {
        scripted_core core;
        std::string trace;
        for (const char letter : {'a', 'b', 'c'})
            core.spawn(write_and_yield(trace, letter, 4)).detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(std::string("abcabcabcabc"), trace);
    }

    void woken_and_spawned_tasks_take_turns() {
        scripted_core core;
        std::string trace;
        core.spawn([&]() -> task<> {
                for (const char letter : {'1', '2', '3'}) spawn(write(trace, letter)).detach();
                co_return;
            })
            .detach();
        for (const char letter : {'a', 'b', 'c'}) core.spawn(write(trace, letter)).detach();
        core.run();
        const auto at = [&](char letter) { return trace.find(letter); };
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, trace.size());
        CPPUNIT_ASSERT(at('a') < at('2') && at('3') < at('b'));
        CPPUNIT_ASSERT(at('b') < at('1') && at('2') < at('c'));
    }

    void a_wake_during_a_poll_is_kept() {
        scripted_core core;
        int polls = 0;
        auto handle = core.spawn(polled_by([&](context& cx) -> poll<> {
            if (++polls == 3) return {};
            cx.waker().clone().wake();
            return poll_pending;
        }));
        core.run();
        CPPUNIT_ASSERT_EQUAL(3, polls);
        CPPUNIT_ASSERT(handle.is_finished());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, core.counters().completed.get());
    }

    void wakes_before_a_poll_count_as_one() {
        scripted_core core;
        int polls = 0;
        waker kept;
        core.spawn(polled_by([&](context& cx) -> poll<> {
                ++polls;
                kept = cx.waker().clone();
                return poll_pending;
            }))
            .detach();
        core.log(0).on_park = [&] {
            if (polls == 2) return core.close();
            for (int i = 0; i < 5; ++i) kept.wake_by_ref();
        };
        core.run();
        CPPUNIT_ASSERT_EQUAL(2, polls);
    }

    void a_task_that_yields_lets_the_rest_of_a_batch_go_first() {
        scripted_core core;
        std::string trace;
        core.spawn(write_and_yield(trace, 'y', 2)).detach();
        for (const char letter : {'a', 'b', 'c'}) core.spawn(write(trace, letter)).detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(std::string("yabcy"), trace);
    }

    void a_task_that_is_always_ready_yields_when_its_budget_is_used_up() {
        scripted_core core;
        unsigned rounds = 0;
        bool stop = false;
        core.spawn([&]() -> task<> {
                while (!stop) {
                    co_await ready();
                    ++rounds;
                }
            })
            .detach();
        core.spawn([&]() -> task<> {
                stop = true;
                co_return;
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT(rounds > 1 && rounds <= default_budget + 1);
    }

    void a_task_that_awaits_tasks_for_ever_yields_too() {
        scripted_core core;
        unsigned rounds = 0;
        bool stop = false;
        const auto child = [&]() -> task<> {
            ++rounds;
            co_return;
        };
        core.spawn([&]() -> task<> {
                while (!stop) co_await child();
            })
            .detach();
        core.spawn([&]() -> task<> {
                stop = true;
                co_return;
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT(rounds > 1 && rounds <= default_budget + 1);
    }

    void the_slot_is_used_at_most_so_often_in_a_row() {
        scripted_core core;
        ping_pong pair(core);
        std::vector<unsigned> seen;  // The polls of the pair between those of the third.
        core.spawn([&]() -> task<> {
                while (seen.size() < 100) {
                    seen.push_back(pair.polls());
                    co_await yield_now();
                }
                core.close();
            })
            .detach();
        core.run();
        for (std::size_t index = 1; index < seen.size(); ++index)
            CPPUNIT_ASSERT(seen[index] - seen[index - 1] <= 2 * (worker::slot_streak_limit + 1));
    }

    void an_exception_ends_its_task_and_nothing_else() {
        scripted_core core;
        std::string trace;
        auto coroutine = core.spawn([]() -> task<int> {
            throw std::runtime_error("coroutine");
            co_return 1;
        });
        auto future = core.spawn(
            polled_by([](context&) -> poll<int> { throw std::runtime_error("future"); }));
        core.spawn(write(trace, 'a')).detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(std::string("a"), trace);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, core.counters().failed.get());
        CPPUNIT_ASSERT_THROW(test::wait_for(coroutine), std::runtime_error);
        CPPUNIT_ASSERT_THROW(test::wait_for(future), std::runtime_error);
    }

    void current_is_the_worker_that_runs() {
        scripted_core core;
        const worker* seen = nullptr;
        const environment* inside = nullptr;
        core.spawn([&]() -> task<> {
                seen = worker::current();
                inside = current_environment();
                co_return;
            })
            .detach();
        CPPUNIT_ASSERT(worker::current() == nullptr);
        core.run();
        CPPUNIT_ASSERT(seen == &core.worker(0));
        CPPUNIT_ASSERT(inside == &core.core().environment());
        CPPUNIT_ASSERT(worker::current() == nullptr);
        CPPUNIT_ASSERT(current_environment() == nullptr);
    }

    void a_worker_may_run_inside_a_task_of_another_executor() {
        scripted_core outer;
        std::string trace;
        const worker* after_inner = nullptr;
        outer
            .spawn([&]() -> task<> {
                scripted_core inner;
                inner.spawn(write(trace, 'i')).detach();
                inner.run();
                after_inner = worker::current();
                spawn(write(trace, 'o')).detach();
                co_return;
            })
            .detach();
        outer.run();
        CPPUNIT_ASSERT(after_inner == &outer.worker(0));
        CPPUNIT_ASSERT_EQUAL(std::string("io"), trace);
    }

    void a_busy_worker_gives_what_it_parks_on_a_turn() {
        scripted_core core;
        constexpr unsigned turns = 5;
        unsigned polls_at_last = 0;
        unsigned polls = 0;
        bool late = false;
        core.log(0).on_turn = [&] {
            if (polls - polls_at_last > worker::fair_interval) late = true;
            polls_at_last = polls;
        };
        core.spawn([&]() -> task<> {
                for (; core.log(0).turns < turns; ++polls) co_await yield_now();
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT(!late);
        CPPUNIT_ASSERT_EQUAL(turns, core.log(0).turns);
        CPPUNIT_ASSERT_EQUAL(1U, core.log(0).parks);
    }

    void what_a_park_brings_runs_next() {
        scripted_core core;
        std::string trace;
        gate open;
        core.spawn([&]() -> task<> {
                co_await open.passed();
                trace += 'w';
            })
            .detach();
        core.log(0).on_park = [&] {
            if (open.is_open()) return core.close();
            open.unlock();  // On the worker's thread, as a turn of a reactor does.
        };
        core.run();
        CPPUNIT_ASSERT_EQUAL(std::string("w"), trace);
        CPPUNIT_ASSERT_EQUAL(2U, core.log(0).parks);
    }

    void it_counts_what_it_does() {
        scripted_core core;
        std::string trace;
        core.spawn(write_and_yield(trace, 'a', 2)).detach();
        core.spawn([&]() -> task<> {
                spawn(write(trace, 'b')).detach();
                throw std::runtime_error("counted");
                co_return;
            })
            .detach();
        core.spawn(pending()).detach();
        core.run();
        const worker_counters& counters = core.counters();
        // A poll more for each time that one yielded, or was aborted.
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3 + 1 + 1 + 2}, counters.polls.get());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, counters.spawned.get());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, core.core().spawned_outside());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, counters.completed.get());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, counters.failed.get());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, counters.cancelled.get());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, counters.injected.get());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, counters.steals.get());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, counters.parks.get());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, counters.unparks.get());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, core.core().unobserved_failures());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, core.core().injector_depth());
    }

    void a_queue_that_grows_is_counted_as_saturation() {
        scripted_core core;
        std::string trace;
        core.spawn([&]() -> task<> {
                for (int i = 0; i < 1000; ++i) spawn(write(trace, 'a')).detach();
                co_return;
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1000}, trace.size());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, core.counters().saturation.get());
    }

    void one_poll_in_so_many_is_timed_when_asked_for() {
        for (const bool asked_for : {false, true}) {
            executor_options options;
            options.sample_poll_durations = asked_for;
            scripted_core core(1, options);
            std::string trace;
            const int polls = 10 * int(poll_duration_histogram::sampling_interval);
            core.spawn(write_and_yield(trace, 'a', polls)).detach();
            core.run();
            const poll_duration_histogram& durations = core.counters().poll_durations;
            std::uint64_t timed = 0;
            for (std::size_t index = 0; index <= durations.bounds_ns.size(); ++index)
                timed += durations.bucket(index);
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{asked_for ? 10U : 0U}, timed);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(worker_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
