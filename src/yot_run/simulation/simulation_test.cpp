#include <yot_run/simulation/simulation.hpp>
#include <yot_run/sync/sync.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <exception>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using namespace std::chrono_literals;
using simulation::options, simulation::report, simulation::run;

// Several threads with something to decide for the scheduler.
void some_program() {
    sync::atomic<int> sum = 0;
    std::vector<sync::thread> all;
    for (int i = 0; i < 3; ++i) {
        all.emplace_back("adder", [&] {
            for (int round = 0; round < 50; ++round) sum.fetch_add(1, sync::relaxed);
        });
    }
    for (sync::thread& each : all) each.join();
}

void assert_fails_with(const std::string& expected, const options& with,
                       const std::function<void()>& program) {
    const report seen = run(with, program);
    CPPUNIT_ASSERT_EQUAL(expected, seen.failure.value_or("no failure"));
}

}  // namespace

class simulation_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(simulation_test);
    CPPUNIT_TEST(a_program_that_ends_well_is_reported);
    CPPUNIT_TEST(a_deadlock_says_who_waits_for_what);
    CPPUNIT_TEST(waiting_for_oneself_is_a_deadlock);
    CPPUNIT_TEST(what_a_program_throws_is_reported);
    CPPUNIT_TEST(what_is_no_exception_is_reported_too);
    CPPUNIT_TEST(what_a_thread_throws_ends_the_program);
    CPPUNIT_TEST(a_program_that_does_not_end_is_stopped);
    CPPUNIT_TEST(a_thread_that_is_left_behind_is_a_failure);
    CPPUNIT_TEST(a_thread_that_nobody_joins_is_a_failure);
    CPPUNIT_TEST(fail_ends_the_program_where_it_stands);
    CPPUNIT_TEST(after_a_failure_the_next_run_is_as_ever);
    CPPUNIT_TEST(the_same_seed_gives_the_same_run);
    CPPUNIT_TEST(another_seed_gives_another_run);
    CPPUNIT_TEST(each_scheduler_gives_another_run);
    CPPUNIT_TEST(an_active_wait_for_another_thread_ends);
    CPPUNIT_TEST(random_numbers_follow_from_the_seed);
    CPPUNIT_TEST(outside_a_program_there_is_nothing_to_ask);
    CPPUNIT_TEST(a_program_inside_a_program_is_refused);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_program_that_ends_well_is_reported() {
        const report seen = run({}, some_program);
        CPPUNIT_ASSERT(!seen.failure);
        CPPUNIT_ASSERT(seen.error == nullptr);
        CPPUNIT_ASSERT(seen.points >= 150);
        CPPUNIT_ASSERT(seen.choices > 3);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, seen.calls);
        CPPUNIT_ASSERT(seen.last_calls.empty());
    }

    void a_deadlock_says_who_waits_for_what() {
        assert_fails_with(
            "nothing can happen any more:\n  main waits for the end of a thread"
            "\n  forgetful waits for a condition variable\n  late waits for a mutex",
            {}, [] {
                sync::mutex kept;
                sync::mutex guard;
                sync::condition_variable never;
                const sync::lock taken(kept);
                sync::thread forgetful("forgetful", [&] {
                    sync::lock held(guard);
                    for (;;) never.wait(held);
                });
                sync::thread late("late", [&] { kept.lock(); });
                forgetful.join();
            });
    }

    void waiting_for_oneself_is_a_deadlock() {
        assert_fails_with("nothing can happen any more:\n  main waits for a mutex", {}, [] {
            sync::mutex guard;
            guard.lock();
            guard.lock();
        });
    }

    void what_a_program_throws_is_reported() {
        const report seen = run({}, [] { throw std::out_of_range("too far"); });
        CPPUNIT_ASSERT_EQUAL(std::string("the program threw: too far"), seen.failure.value());
        CPPUNIT_ASSERT_THROW(std::rethrow_exception(seen.error), std::out_of_range);
    }

    void what_is_no_exception_is_reported_too() {
        assert_fails_with("the program threw: something that is no std::exception", {},
                          [] { throw 7; });
    }

    void what_a_thread_throws_ends_the_program() {
        const report seen = run({}, [] {
            sync::thread other("other", [] { throw std::out_of_range("too far"); });
            other.join();
        });
        CPPUNIT_ASSERT_EQUAL(std::string("the thread other threw: too far"), seen.failure.value());
        CPPUNIT_ASSERT_THROW(std::rethrow_exception(seen.error), std::out_of_range);
    }

    void a_program_that_does_not_end_is_stopped() {
        const report seen = run({.most_points = 10'000}, [] {
            const sync::atomic<bool> never = false;
            while (!never.load(sync::relaxed)) {
            }
        });
        CPPUNIT_ASSERT(seen.failure.value().starts_with("the program does not end: "));
        CPPUNIT_ASSERT(seen.failure.value().ends_with(" points;\n  main can move"));
        CPPUNIT_ASSERT(seen.points > 10'000);
        CPPUNIT_ASSERT(seen.points < 50'000);
    }

    void a_thread_that_is_left_behind_is_a_failure() {
        static sync::thread left;  // So that it is not destroyed.
        assert_fails_with(
            "the program has ended, but not its threads:\n  left waits for everybody else", {}, [] {
                left = sync::thread("left", [] { simulation::settle(); });
                simulation::sleep_for(1s);
            });
    }

    void a_thread_that_nobody_joins_is_a_failure() {
        assert_fails_with("a thread was destroyed that nobody has joined: other", {},
                          [] { const sync::thread other("other", [] {}); });
    }

    void fail_ends_the_program_where_it_stands() {
        bool is_destroyed = false;
        bool goes_on = false;
        struct noticing {
            bool& here;
            ~noticing() { here = true; }
        };
        assert_fails_with("that is wrong", {}, [&] {
            sync::thread other("other", [&] {
                const noticing last{is_destroyed};
                simulation::fail("that is wrong");
            });
            other.join();
            goes_on = true;
        });
        CPPUNIT_ASSERT(!is_destroyed);
        CPPUNIT_ASSERT(!goes_on);
    }

    void after_a_failure_the_next_run_is_as_ever() {
        const report before = run({.seed = 9}, some_program);
        for (int i = 0; i < 20; ++i) {
            const report failed = run({}, [] {
                sync::thread other("other", [] {
                    const std::vector<int> never_destroyed(100);
                    simulation::fail("on purpose");
                });
                const std::vector<int> nor_this_one(100);
                try {
                    throw std::runtime_error("being handled");
                } catch (const std::runtime_error&) {
                    other.join();
                }
            });
            CPPUNIT_ASSERT(failed.failure);
            CPPUNIT_ASSERT(std::current_exception() == nullptr);
        }
        CPPUNIT_ASSERT_EQUAL(before.fingerprint, run({.seed = 9}, some_program).fingerprint);
    }

    void the_same_seed_gives_the_same_run() {
        for (const simulation::scheduler_kind kind : simulation::all_schedulers) {
            const report first = run({.seed = 5, .scheduler = kind}, some_program);
            const report second = run({.seed = 5, .scheduler = kind}, some_program);
            CPPUNIT_ASSERT_EQUAL(first.fingerprint, second.fingerprint);
            CPPUNIT_ASSERT_EQUAL(first.points, second.points);
            CPPUNIT_ASSERT(first.virtual_time == second.virtual_time);
        }
    }

    void another_seed_gives_another_run() {
        std::set<std::uint64_t> seen;
        for (std::uint64_t seed = 0; seed < 100; ++seed)
            seen.insert(run({.seed = seed}, some_program).fingerprint);
        CPPUNIT_ASSERT(seen.size() > 95);
    }

    void each_scheduler_gives_another_run() {
        std::set<std::uint64_t> seen;
        for (const simulation::scheduler_kind kind : simulation::all_schedulers)
            seen.insert(run({.scheduler = kind}, some_program).fingerprint);
        CPPUNIT_ASSERT_EQUAL(simulation::all_schedulers.size(), seen.size());
    }

    void an_active_wait_for_another_thread_ends() {
        simulation::explore({.runs = 300}, [] {
            sync::atomic<bool> is_over = false;
            sync::thread other("other", [&] { is_over.store(true, sync::release); });
            while (!is_over.load(sync::acquire)) {
            }
            other.join();
        });
    }

    void random_numbers_follow_from_the_seed() {
        const auto numbers = [](std::uint64_t seed) {
            std::pair<std::uint64_t, std::uint64_t> drawn;
            const report seen = run({.seed = seed}, [&] {
                drawn.first = simulation::random();
                drawn.second = simulation::random();
            });
            CPPUNIT_ASSERT(!seen.failure);
            return drawn;
        };
        CPPUNIT_ASSERT(numbers(1) == numbers(1));
        CPPUNIT_ASSERT(numbers(1) != numbers(2));
        CPPUNIT_ASSERT(numbers(1).first != numbers(1).second);
    }

    void outside_a_program_there_is_nothing_to_ask() {
        CPPUNIT_ASSERT_THROW(simulation::fail("why"), std::logic_error);
        CPPUNIT_ASSERT_THROW(simulation::settle(), std::logic_error);
        CPPUNIT_ASSERT_THROW(simulation::sleep_for(1s), std::logic_error);
        CPPUNIT_ASSERT_THROW(simulation::allow_faults(false), std::logic_error);
        CPPUNIT_ASSERT_THROW(static_cast<void>(simulation::random()), std::logic_error);
    }

    void a_program_inside_a_program_is_refused() {
        const report seen = run({}, [] { static_cast<void>(run({}, [] {})); });
        CPPUNIT_ASSERT_EQUAL(std::string("the program threw: yot_run: a simulation inside a "
                                         "simulation: run them one by one"),
                             seen.failure.value());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(simulation_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
