#include <yot_run/task/outcome.hpp>

#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::census, test::tracked;

std::exception_ptr an_error() { return std::make_exception_ptr(std::runtime_error("no luck")); }

struct alignas(128) wide {
    int number;
};

// Moving it throws when the test says so.
struct throws_when_moved {
    explicit throws_when_moved(census& seen, bool& armed) : life(seen), armed_(&armed) {}
    throws_when_moved(throws_when_moved&& other) : life(other.life), armed_(other.armed_) {
        if (*armed_) throw std::runtime_error("cannot move");
    }
    tracked life;
    bool* armed_;
};

}  // namespace

class outcome_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(outcome_test);
    CPPUNIT_TEST(it_starts_with_nothing);
    CPPUNIT_TEST(a_value_is_taken_once_and_nothing_stays);
    CPPUNIT_TEST(void_completes_without_a_value);
    CPPUNIT_TEST(an_exception_is_rethrown_and_nothing_stays);
    CPPUNIT_TEST(a_cancelled_one_throws_task_cancelled);
    CPPUNIT_TEST(move_only_values_pass_through);
    CPPUNIT_TEST(values_are_destroyed_exactly_once);
    CPPUNIT_TEST(a_value_that_throws_on_its_way_in_leaves_room_for_the_exception);
    CPPUNIT_TEST(a_value_that_throws_on_its_way_out_is_gone);
    CPPUNIT_TEST(over_aligned_values_are_aligned);
    CPPUNIT_TEST(an_exception_pointer_can_be_a_value);
    CPPUNIT_TEST(clearing_destroys_what_is_there);
    CPPUNIT_TEST_SUITE_END();

public:
    void it_starts_with_nothing() {
        const outcome<int> place;
        CPPUNIT_ASSERT(place.how() == ending::none);
    }

    void a_value_is_taken_once_and_nothing_stays() {
        outcome<int> place;
        place.complete(7);
        CPPUNIT_ASSERT(place.how() == ending::completed);
        CPPUNIT_ASSERT_EQUAL(7, place.take());
        CPPUNIT_ASSERT(place.how() == ending::none);
    }

    void void_completes_without_a_value() {
        outcome<void> place;
        place.complete();
        CPPUNIT_ASSERT(place.how() == ending::completed);
        place.take();
        CPPUNIT_ASSERT(place.how() == ending::none);
    }

    void an_exception_is_rethrown_and_nothing_stays() {
        outcome<int> place;
        place.fail(an_error());
        CPPUNIT_ASSERT(place.how() == ending::failed);
        CPPUNIT_ASSERT(place.error() != nullptr);
        CPPUNIT_ASSERT_THROW(place.take(), std::runtime_error);
        CPPUNIT_ASSERT(place.how() == ending::none);
    }

    void a_cancelled_one_throws_task_cancelled() {
        outcome<int> place;
        place.cancel();
        CPPUNIT_ASSERT(place.how() == ending::cancelled);
        CPPUNIT_ASSERT_THROW(place.take(), task_cancelled);
        CPPUNIT_ASSERT(place.how() == ending::none);
    }

    void move_only_values_pass_through() {
        outcome<std::unique_ptr<int>> place;
        place.complete(std::make_unique<int>(5));
        CPPUNIT_ASSERT_EQUAL(5, *place.take());
    }

    void values_are_destroyed_exactly_once() {
        census seen;
        {
            outcome<tracked> place;
            place.complete(seen, 3);
            CPPUNIT_ASSERT_EQUAL(1, seen.alive);
            {
                const tracked taken = place.take();
                CPPUNIT_ASSERT_EQUAL(3, taken.number);
                CPPUNIT_ASSERT_EQUAL(1, seen.alive);
            }
            CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        }
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
    }

    void a_value_that_throws_on_its_way_in_leaves_room_for_the_exception() {
        census seen;
        bool armed = true;
        outcome<throws_when_moved> place;
        try {
            place.complete(throws_when_moved(seen, armed));
            CPPUNIT_FAIL("moving should have thrown");
        } catch (const std::runtime_error&) {
            place.fail(std::current_exception());
        }
        CPPUNIT_ASSERT(place.how() == ending::failed);
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_THROW(place.take(), std::runtime_error);
    }

    void a_value_that_throws_on_its_way_out_is_gone() {
        census seen;
        bool armed = false;
        outcome<throws_when_moved> place;
        place.complete(seen, armed);
        armed = true;
        CPPUNIT_ASSERT_THROW(place.take(), std::runtime_error);
        CPPUNIT_ASSERT(place.how() == ending::none);
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
    }

    void over_aligned_values_are_aligned() {
        outcome<wide> place;
        place.complete(wide{4});
        CPPUNIT_ASSERT_EQUAL(std::uintptr_t{0}, reinterpret_cast<std::uintptr_t>(&place) % 128);
        const wide taken = place.take();
        CPPUNIT_ASSERT_EQUAL(4, taken.number);
    }

    void an_exception_pointer_can_be_a_value() {
        outcome<std::exception_ptr> place;
        place.complete(an_error());
        CPPUNIT_ASSERT(place.how() == ending::completed);
        CPPUNIT_ASSERT(place.take() != nullptr);
    }

    void clearing_destroys_what_is_there() {
        census seen;
        outcome<tracked> place;
        place.complete(seen);
        place.clear();
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT(place.how() == ending::none);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(outcome_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
