#include <yot_run/simulation/simulation.hpp>
#include <yot_run/sync/sync.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace yot_run::inline YOT_RUN_WORLD::sync {
namespace {

struct first_tag;
struct second_tag;
using first_slot = thread_slot<int, first_tag>;
using second_slot = thread_slot<int, second_tag>;

// None of so many runs may fail.
void run_often(const std::function<void()>& program) {
    simulation::explore({.runs = 200}, program);
}

}  // namespace

class thread_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(thread_test);
    CPPUNIT_TEST(a_thread_takes_what_can_only_be_moved_and_destroys_it);
    CPPUNIT_TEST(a_thread_knows_whether_it_is_the_current_one);
    CPPUNIT_TEST(a_thread_that_is_being_joined_is_still_itself);
    CPPUNIT_TEST(no_thread_cannot_be_joined);
    CPPUNIT_TEST(beyond_the_limit_there_are_no_threads);
    CPPUNIT_TEST(each_thread_has_its_own_slots);
    CPPUNIT_TEST(there_are_as_many_hardware_threads_as_chosen);
    CPPUNIT_TEST(what_needs_no_other_thread_works_outside_a_program);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_thread_takes_what_can_only_be_moved_and_destroys_it() {
        run_often([] {
            const auto counted = std::make_shared<int>(5);
            int seen = 0;
            thread other("mover", [&seen, kept = counted, value = std::make_unique<int>(5)] {
                seen = *value;
            });
            other.join();
            CPPUNIT_ASSERT_EQUAL(5, seen);
            CPPUNIT_ASSERT_EQUAL(1L, counted.use_count());
        });
    }

    void a_thread_knows_whether_it_is_the_current_one() {
        run_often([] {
            thread other;
            CPPUNIT_ASSERT(!other.joinable());
            CPPUNIT_ASSERT(!other.is_current());
            mutex started;
            lock until_assigned(started);
            bool inside = false;
            other = thread("self", [&] {
                const lock held(started);
                inside = other.is_current();
            });
            CPPUNIT_ASSERT(other.joinable());
            CPPUNIT_ASSERT(!other.is_current());
            until_assigned.unlock();
            other.join();
            CPPUNIT_ASSERT(inside);
            CPPUNIT_ASSERT(!other.joinable());
        });
    }

    void a_thread_that_is_being_joined_is_still_itself() {
        run_often([] {
            bool inside = false;
            thread other;
            other = thread("self", [&] {
                simulation::settle();  // Until somebody waits in join.
                inside = other.is_current();
            });
            other.join();
            CPPUNIT_ASSERT(inside);
        });
    }

    void no_thread_cannot_be_joined() {
        run_often([] { CPPUNIT_ASSERT_THROW(thread().join(), std::system_error); });
    }

    void beyond_the_limit_there_are_no_threads() {
        simulation::exploration what{.runs = 30};
        what.with.thread_limit = 3;  // With the one that runs the program.
        simulation::explore(what, [] {
            thread first("first", [] {});
            thread second("second", [] { simulation::settle(); });
            first.join();
            first = thread("third", [] { simulation::settle(); });
            try {
                thread("fourth", [] {});
                CPPUNIT_FAIL("a thread too many");
            } catch (const std::system_error& error) {
                CPPUNIT_ASSERT(error.code() == std::errc::resource_unavailable_try_again);
            }
            first.join();
            second.join();
        });
    }

    void each_thread_has_its_own_slots() {
        run_often([] {
            int mine = 1;
            CPPUNIT_ASSERT(first_slot::get() == nullptr);
            first_slot::set(&mine);
            CPPUNIT_ASSERT(second_slot::get() == nullptr);
            thread other("other", [&] {
                CPPUNIT_ASSERT(first_slot::get() == nullptr);
                int other_ones = 2;
                first_slot::set(&other_ones);
                simulation::settle();
                CPPUNIT_ASSERT_EQUAL(2, *first_slot::get());
            });
            other.join();
            CPPUNIT_ASSERT(first_slot::get() == &mine);
        });
        CPPUNIT_ASSERT(first_slot::get() == nullptr);
    }

    void there_are_as_many_hardware_threads_as_chosen() {
        CPPUNIT_ASSERT_EQUAL(1U, hardware_threads());
        unsigned seen = 0;
        const auto report =
            simulation::run({.hardware_threads = 12}, [&] { seen = hardware_threads(); });
        CPPUNIT_ASSERT(!report.failure);
        CPPUNIT_ASSERT_EQUAL(12U, seen);
    }

    void what_needs_no_other_thread_works_outside_a_program() {
        atomic<int> number = 1;
        CPPUNIT_ASSERT_EQUAL(1, number.fetch_add(1, relaxed));
        int expected = 2;
        CPPUNIT_ASSERT(number.compare_exchange_weak(expected, 3, relaxed));
        mutex guard;
        condition_variable changed;
        const lock held(guard);
        changed.notify_all();
        int value = 1;
        first_slot::set(&value);
        CPPUNIT_ASSERT(first_slot::get() == &value);
        first_slot::set(nullptr);
        CPPUNIT_ASSERT_THROW(thread("none", [] {}), std::logic_error);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(thread_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
