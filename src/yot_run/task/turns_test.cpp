#include <yot_run/task/turns.hpp>

#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class turns_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(turns_test);
    CPPUNIT_TEST(everybody_has_a_turn_first_to_last);
    CPPUNIT_TEST(whoever_says_so_ends_the_round);
    CPPUNIT_TEST(without_budget_nobody_has_a_turn);
    CPPUNIT_TEST(a_round_goes_on_where_the_budget_ended);
    CPPUNIT_TEST(a_greedy_child_leaves_the_others_every_second_round);
    CPPUNIT_TEST(after_a_whole_round_the_first_is_first_again);
    CPPUNIT_TEST(no_children_are_no_trouble);
    CPPUNIT_TEST_SUITE_END();

    using order = std::vector<std::size_t>;

    waker_probe counts;
    waker own = counts.make();
    environment inside;
    turns<3> three;
    order called;

    // One round. Every child charges what `cost` says.
    void round(unsigned budget, std::vector<unsigned> cost = {0, 0, 0}) {
        called.clear();
        context cx(own, inside, budget);
        three.poll(cx, [&](auto index) {
            called.push_back(index);
            for (unsigned charged = 0; charged < cost[index]; ++charged) cx.charge();
            return true;
        });
    }

public:
    void everybody_has_a_turn_first_to_last() {
        for (int i = 0; i < 3; ++i) {
            round(1);
            CPPUNIT_ASSERT(called == (order{0, 1, 2}));
        }
        CPPUNIT_ASSERT_EQUAL(0, counts.wakes());
    }

    void whoever_says_so_ends_the_round() {
        context cx(own, inside);
        three.poll(cx, [&](auto index) {
            called.push_back(index);
            return index < 1;
        });
        CPPUNIT_ASSERT(called == (order{0, 1}));
    }

    void without_budget_nobody_has_a_turn() {
        round(0);
        CPPUNIT_ASSERT(called.empty());
        CPPUNIT_ASSERT_EQUAL(1, counts.wakes());
    }

    void a_round_goes_on_where_the_budget_ended() {
        round(2, {1, 1, 1});
        CPPUNIT_ASSERT(called == (order{0, 1}));
        CPPUNIT_ASSERT_EQUAL(1, counts.wakes());
        round(5, {1, 1, 1});
        CPPUNIT_ASSERT(called == (order{2, 0, 1}));
        CPPUNIT_ASSERT_EQUAL(1, counts.wakes());
        round(5, {1, 1, 1});
        CPPUNIT_ASSERT(called == (order{0, 1, 2}));
    }

    void a_greedy_child_leaves_the_others_every_second_round() {
        for (int i = 0; i < 3; ++i) {
            round(4, {4, 0, 0});
            CPPUNIT_ASSERT(called == (order{0}));
            round(4, {4, 0, 0});
            CPPUNIT_ASSERT(called == (order{1, 2, 0}));
        }
    }

    void after_a_whole_round_the_first_is_first_again() {
        round(2, {0, 2, 0});
        CPPUNIT_ASSERT(called == (order{0, 1}));
        round(1);
        CPPUNIT_ASSERT(called == (order{2, 0, 1}));
        round(1);
        CPPUNIT_ASSERT(called == (order{0, 1, 2}));
    }

    void no_children_are_no_trouble() {
        context cx(own, inside, 0);
        turns<0>().poll(cx, [](auto) { return true; });
        CPPUNIT_ASSERT_EQUAL(0, counts.wakes());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(turns_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
