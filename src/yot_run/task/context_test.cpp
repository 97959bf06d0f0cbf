#include <yot_run/task/context.hpp>

#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

namespace yot_run::inline YOT_RUN_WORLD {

class context_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(context_test);
    CPPUNIT_TEST(it_hands_on_the_waker_and_the_environment);
    CPPUNIT_TEST(within_the_budget_nobody_must_yield);
    CPPUNIT_TEST(a_used_up_budget_wakes_and_yields);
    CPPUNIT_TEST(a_budget_of_nothing_yields_at_once);
    CPPUNIT_TEST(charging_a_used_up_budget_does_not_make_a_new_one);
    CPPUNIT_TEST(a_child_context_shares_the_budget);
    CPPUNIT_TEST(a_child_context_wakes_its_own_waker);
    CPPUNIT_TEST_SUITE_END();

    internal::waker_probe counts;
    waker parent_waker = counts.make();
    environment inside;

public:
    void it_hands_on_the_waker_and_the_environment() {
        const context cx(parent_waker, inside);
        CPPUNIT_ASSERT(&cx.waker() == &parent_waker);
        CPPUNIT_ASSERT(&cx.environment() == &inside);
    }

    void within_the_budget_nobody_must_yield() {
        context cx(parent_waker, inside);
        for (unsigned used = 0; used < default_budget; ++used) {
            CPPUNIT_ASSERT(!cx.must_yield());
            cx.charge();
        }
        CPPUNIT_ASSERT_EQUAL(0, counts.wakes());
    }

    void a_used_up_budget_wakes_and_yields() {
        context cx(parent_waker, inside, 2);
        cx.charge();
        CPPUNIT_ASSERT(!cx.must_yield());
        cx.charge();
        CPPUNIT_ASSERT(cx.must_yield());
        CPPUNIT_ASSERT_EQUAL(1, counts.wakes());
    }

    void a_budget_of_nothing_yields_at_once() {
        const context cx(parent_waker, inside, 0);
        CPPUNIT_ASSERT(cx.must_yield());
        CPPUNIT_ASSERT_EQUAL(1, counts.wakes());
    }

    void charging_a_used_up_budget_does_not_make_a_new_one() {
        context cx(parent_waker, inside, 1);
        cx.charge();
        cx.charge();
        CPPUNIT_ASSERT(cx.must_yield());
    }

    void a_child_context_shares_the_budget() {
        internal::waker_probe others;
        const waker child_waker = others.make();
        context parent(parent_waker, inside, 2);
        {
            context child(child_waker, parent);
            CPPUNIT_ASSERT(&child.environment() == &inside);
            child.charge();
            context grandchild(child_waker, child);
            grandchild.charge();
            CPPUNIT_ASSERT(child.must_yield());
        }
        CPPUNIT_ASSERT(parent.must_yield());
    }

    void a_child_context_wakes_its_own_waker() {
        internal::waker_probe others;
        const waker child_waker = others.make();
        context parent(parent_waker, inside, 0);
        const context child(child_waker, parent);
        CPPUNIT_ASSERT(child.must_yield());
        CPPUNIT_ASSERT_EQUAL(1, others.wakes());
        CPPUNIT_ASSERT_EQUAL(0, counts.wakes());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(context_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
