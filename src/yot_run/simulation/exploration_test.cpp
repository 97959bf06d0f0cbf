#include <yot_run/simulation/simulation.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/sys.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using simulation::exploration, simulation::explore, simulation::run_failed;

constexpr const char* variable = "YOT_RUN_SIMULATION";

// Sets the variable, for a time.
class replaying {
public:
    explicit replaying(const std::string& text) { ::setenv(variable, text.c_str(), 1); }
    replaying(const replaying&) = delete;
    replaying& operator=(const replaying&) = delete;
    ~replaying() { ::unsetenv(variable); }
};

// Two threads of which one overtakes the other in some runs.
void sometimes_wrong() {
    sync::atomic<int> turn = 0;
    sync::thread other("other", [&] { turn.store(1, sync::relaxed); });
    const int seen = turn.load(sync::relaxed);
    other.join();
    if (seen == 1) simulation::fail("overtaken");
}

run_failed failure_of(const exploration& what, const std::function<void()>& program) {
    try {
        explore(what, program);
    } catch (const run_failed& failed) {
        return failed;
    }
    throw std::runtime_error("no run failed");
}

}  // namespace

class exploration_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(exploration_test);
    CPPUNIT_TEST(all_runs_take_place_when_none_fails);
    CPPUNIT_TEST(schedulers_take_turns);
    CPPUNIT_TEST(each_run_has_its_own_copy_of_the_program);
    CPPUNIT_TEST(the_first_run_that_fails_is_the_last);
    CPPUNIT_TEST(what_a_failure_says_ends_with_the_line_that_repeats_it);
    CPPUNIT_TEST(the_variable_repeats_just_that_run);
    CPPUNIT_TEST(nonsense_in_the_variable_is_refused);
    CPPUNIT_TEST(without_a_scheduler_nothing_can_be_explored);
    CPPUNIT_TEST(a_descriptor_that_stays_open_is_a_failure);
    CPPUNIT_TEST_SUITE_END();

public:
    void all_runs_take_place_when_none_fails() {
        std::uint64_t runs = 0;
        const auto total = explore({.runs = 50}, [&] {
            ++runs;
            simulation::sleep_for(std::chrono::seconds(1));
        });
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{50}, runs);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{50}, total.runs);
        CPPUNIT_ASSERT(total.virtual_time >= std::chrono::seconds(50));
        CPPUNIT_ASSERT(total.points > 0);
    }

    void schedulers_take_turns() {
        std::set<simulation::scheduler_kind> seen;
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
            std::uint64_t left = seed;
            const auto failed = failure_of({.runs = seed}, [&] {
                if (--left == 0) simulation::fail("now");
            });
            CPPUNIT_ASSERT_EQUAL(seed, failed.with().seed);
            seen.insert(failed.with().scheduler);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, seen.size());
    }

    void each_run_has_its_own_copy_of_the_program() {
        explore({.runs = 3}, [runs = 0]() mutable { CPPUNIT_ASSERT_EQUAL(1, ++runs); });
    }

    void the_first_run_that_fails_is_the_last() {
        int runs = 0;
        const auto failed = failure_of({.runs = 10}, [&] {
            if (++runs == 4) simulation::fail("the fourth");
        });
        CPPUNIT_ASSERT_EQUAL(4, runs);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{4}, failed.with().seed);
        CPPUNIT_ASSERT_EQUAL(std::string("the fourth"), failed.what_happened().failure.value());
    }

    void what_a_failure_says_ends_with_the_line_that_repeats_it() {
        const auto failed = failure_of(
            {.with = {.seed = 42}, .schedulers = {simulation::scheduler_kind::starving}}, [] {
                { const auto closed = sys::event_create(); }
                simulation::fail("on purpose");
            });
        CPPUNIT_ASSERT_EQUAL(std::string("yot_run: a simulated program failed: on purpose\n"
                                         "Its last system calls:\n"
                                         "  main: event_create\n"
                                         "  main: close\n"
                                         "YOT_RUN_SIMULATION=42:starving"),
                             std::string(failed.what()));
    }

    void the_variable_repeats_just_that_run() {
        const auto failed = failure_of({}, sometimes_wrong);
        const std::string text = failed.what();
        const replaying again(text.substr(text.rfind('=') + 1));
        int runs = 0;
        const auto repeated = failure_of({.runs = 7, .with = {.seed = 1234}}, [&] {
            ++runs;
            sometimes_wrong();
        });
        CPPUNIT_ASSERT_EQUAL(1, runs);
        CPPUNIT_ASSERT_EQUAL(failed.what_happened().fingerprint,
                             repeated.what_happened().fingerprint);
        CPPUNIT_ASSERT_EQUAL(text, std::string(repeated.what()));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, explore({}, [] {}).runs);
    }

    void nonsense_in_the_variable_is_refused() {
        for (const char* const text :
             {"", "17", "uniform", ":uniform", "17:", "17:fair", "-1:uniform", "17 :uniform",
              "18446744073709551616:uniform"}) {
            const replaying nothing(text);
            try {
                explore({.runs = 1}, [] {});
                CPPUNIT_FAIL(text);
            } catch (const std::invalid_argument& error) {
                CPPUNIT_ASSERT_EQUAL(
                    "yot_run: YOT_RUN_SIMULATION is '" + std::string(text) +
                        "', but should be like 17:uniform (or priorities, or starving)",
                    std::string(error.what()));
            }
        }
    }

    void without_a_scheduler_nothing_can_be_explored() {
        CPPUNIT_ASSERT_THROW(explore({.schedulers = {}}, [] {}), std::invalid_argument);
    }

    void a_descriptor_that_stays_open_is_a_failure() {
        const auto leave_one = [] {
            auto event = sys::event_create().value();
            static_cast<void>(std::move(event).release());
        };
        const auto failed = failure_of({}, leave_one);
        CPPUNIT_ASSERT_EQUAL(std::string("1 descriptors are still open"),
                             failed.what_happened().failure.value());
        CPPUNIT_ASSERT_EQUAL(std::string("main: event_create"),
                             failed.what_happened().last_calls.back());
        explore({.runs = 1, .requires_closed_descriptors = false}, leave_one);
    }

};

CPPUNIT_TEST_SUITE_REGISTRATION(exploration_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
