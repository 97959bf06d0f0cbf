#include <yot_run/sync/deferred_count.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>

namespace yot_run::inline YOT_RUN_WORLD::sync {

class deferred_count_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(deferred_count_test);
    CPPUNIT_TEST(nobody_is_the_last_before_it_is_settled);
    CPPUNIT_TEST(settling_finds_that_all_have_left);
    CPPUNIT_TEST(the_last_to_leave_is_told_so);
    CPPUNIT_TEST(many_may_leave_at_once);
    CPPUNIT_TEST(what_the_owner_counted_may_be_negative);
    CPPUNIT_TEST_SUITE_END();

public:
    void nobody_is_the_last_before_it_is_settled() {
        deferred_count count;
        count.join();
        CPPUNIT_ASSERT(!count.leave());
        CPPUNIT_ASSERT(!count.leave());
        CPPUNIT_ASSERT(count.settle(1));
    }

    void settling_finds_that_all_have_left() {
        deferred_count none;
        CPPUNIT_ASSERT(none.settle(0));
        deferred_count joined;
        joined.join();
        CPPUNIT_ASSERT(!joined.leave());
        CPPUNIT_ASSERT(joined.settle(0));
    }

    void the_last_to_leave_is_told_so() {
        deferred_count count;
        count.join();
        CPPUNIT_ASSERT(!count.settle(2));
        CPPUNIT_ASSERT(!count.leave());
        CPPUNIT_ASSERT(!count.leave());
        CPPUNIT_ASSERT(count.leave());
    }

    void many_may_leave_at_once() {
        deferred_count count;
        CPPUNIT_ASSERT(!count.leave(3));
        CPPUNIT_ASSERT(!count.settle(10));
        CPPUNIT_ASSERT(!count.leave(2));
        CPPUNIT_ASSERT(count.leave(5));
    }

    void what_the_owner_counted_may_be_negative() {
        deferred_count count;
        for (int i = 0; i < 3; ++i) count.join();
        CPPUNIT_ASSERT(!count.settle(-2));
        CPPUNIT_ASSERT(count.leave());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(deferred_count_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
