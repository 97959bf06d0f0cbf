#include <yot_run/task/waker.hpp>

#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <type_traits>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {

class waker_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(waker_test);
    CPPUNIT_TEST(dropping_gives_up_ownership_once);
    CPPUNIT_TEST(waking_consumes_the_waker);
    CPPUNIT_TEST(waking_by_reference_keeps_it);
    CPPUNIT_TEST(a_clone_is_another_owner);
    CPPUNIT_TEST(moving_leaves_an_empty_waker);
    CPPUNIT_TEST(assigning_drops_the_old_one);
    CPPUNIT_TEST(assigning_a_waker_to_itself_keeps_it);
    CPPUNIT_TEST(clones_will_wake_the_same);
    CPPUNIT_TEST(other_wakers_are_not_known_to_wake_the_same);
    CPPUNIT_TEST(released_parts_can_be_taken_back);
    CPPUNIT_TEST(swapping_exchanges_owners);
    CPPUNIT_TEST(a_borrowed_waker_owns_nothing);
    CPPUNIT_TEST(the_noop_waker_does_nothing);
    CPPUNIT_TEST_SUITE_END();

    internal::waker_probe counts;

public:
    void dropping_gives_up_ownership_once() {
        {
            const waker one = counts.make();
            CPPUNIT_ASSERT_EQUAL(1, counts.alive());
        }
        CPPUNIT_ASSERT_EQUAL(0, counts.alive());
        CPPUNIT_ASSERT_EQUAL(0, counts.wakes());
    }

    void waking_consumes_the_waker() {
        waker one = counts.make();
        std::move(one).wake();
        CPPUNIT_ASSERT(!one);
        CPPUNIT_ASSERT_EQUAL(1, counts.wakes());
        CPPUNIT_ASSERT_EQUAL(0, counts.alive());
    }

    void waking_by_reference_keeps_it() {
        const waker one = counts.make();
        one.wake_by_ref();
        one.wake_by_ref();
        CPPUNIT_ASSERT(one);
        CPPUNIT_ASSERT_EQUAL(2, counts.wakes());
        CPPUNIT_ASSERT_EQUAL(1, counts.alive());
    }

    void a_clone_is_another_owner() {
        static_assert(!std::is_copy_constructible_v<waker>);
        static_assert(!std::is_copy_assignable_v<waker>);
        waker one = counts.make();
        waker other = one.clone();
        CPPUNIT_ASSERT_EQUAL(2, counts.alive());
        one = {};
        CPPUNIT_ASSERT_EQUAL(1, counts.alive());
        std::move(other).wake();
        CPPUNIT_ASSERT_EQUAL(1, counts.wakes());
        CPPUNIT_ASSERT_EQUAL(0, counts.alive());
    }

    void moving_leaves_an_empty_waker() {
        waker one = counts.make();
        const waker other(std::move(one));
        CPPUNIT_ASSERT(!one);
        CPPUNIT_ASSERT(other);
        CPPUNIT_ASSERT_EQUAL(1, counts.alive());
        CPPUNIT_ASSERT_EQUAL(0, counts.clones());
        one = counts.make();  // An empty one may be assigned to.
        CPPUNIT_ASSERT(one);
    }

    void assigning_drops_the_old_one() {
        internal::waker_probe others;
        waker one = counts.make();
        one = others.make();
        CPPUNIT_ASSERT_EQUAL(0, counts.alive());
        CPPUNIT_ASSERT_EQUAL(1, others.alive());
        one = {};
        CPPUNIT_ASSERT_EQUAL(0, others.alive());
    }

    void assigning_a_waker_to_itself_keeps_it() {
        waker one = counts.make();
        waker& same = one;
        one = std::move(same);
        CPPUNIT_ASSERT(one);
        CPPUNIT_ASSERT_EQUAL(1, counts.alive());
    }

    void clones_will_wake_the_same() {
        const waker one = counts.make();
        CPPUNIT_ASSERT(one.will_wake(one));
        CPPUNIT_ASSERT(one.will_wake(one.clone()));
    }

    void other_wakers_are_not_known_to_wake_the_same() {
        internal::waker_probe others;
        const waker one = counts.make();
        CPPUNIT_ASSERT(!one.will_wake(others.make()));
        CPPUNIT_ASSERT(!one.will_wake(noop_waker()));
        CPPUNIT_ASSERT(!one.will_wake(waker()));
        CPPUNIT_ASSERT(!waker().will_wake(one));
    }

    void released_parts_can_be_taken_back() {
        waker one = counts.make();
        const raw_waker parts = one.release();
        CPPUNIT_ASSERT(!one);
        CPPUNIT_ASSERT_EQUAL(1, counts.alive());
        waker(parts).wake_by_ref();
        CPPUNIT_ASSERT_EQUAL(1, counts.wakes());
        CPPUNIT_ASSERT_EQUAL(0, counts.alive());
    }

    void swapping_exchanges_owners() {
        internal::waker_probe others;
        waker one = counts.make();
        waker other = others.make();
        one.swap(other);
        one.wake_by_ref();
        CPPUNIT_ASSERT_EQUAL(1, others.wakes());
        CPPUNIT_ASSERT_EQUAL(0, counts.wakes());
    }

    void a_borrowed_waker_owns_nothing() {
        waker one = counts.make();
        const raw_waker parts = one.release();
        {
            const borrowed_waker borrowed(parts);
            borrowed.get().wake_by_ref();
            CPPUNIT_ASSERT_EQUAL(1, counts.alive());
            const waker clone = borrowed.get().clone();
            CPPUNIT_ASSERT_EQUAL(2, counts.alive());
        }
        CPPUNIT_ASSERT_EQUAL(1, counts.alive());
        one = waker(parts);
    }

    void the_noop_waker_does_nothing() {
        waker one = noop_waker();
        one.wake_by_ref();
        CPPUNIT_ASSERT(one.will_wake(noop_waker()));
        waker other = one.clone();
        std::move(other).wake();
        CPPUNIT_ASSERT(one);
        CPPUNIT_ASSERT(!other);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(waker_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
