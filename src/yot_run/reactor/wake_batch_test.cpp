#include <yot_run/reactor/wake_batch.hpp>

#include <yot_run/task/waker_probe.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class wake_batch_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(wake_batch_test);
    CPPUNIT_TEST(wakers_are_called_in_order_and_once);
    CPPUNIT_TEST(an_empty_waker_takes_no_room);
    CPPUNIT_TEST(a_full_batch_says_so_until_it_is_called);
    CPPUNIT_TEST(what_is_left_is_called_at_the_end);
    CPPUNIT_TEST_SUITE_END();

public:
    void wakers_are_called_in_order_and_once() {
        std::vector<int> called;
        std::array<waker_probe, 3> probes;
        for (int i = 0; i < 3; ++i)
            probes[std::size_t(i)].on_wake = [&called, i] { called.push_back(i); };
        wake_batch batch;
        for (const std::size_t i : {2U, 0U, 1U}) batch.add(probes[i].make());
        CPPUNIT_ASSERT(called.empty());
        batch.wake_all();
        batch.wake_all();
        CPPUNIT_ASSERT((called == std::vector<int>{2, 0, 1}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, batch.called());
    }

    void an_empty_waker_takes_no_room() {
        wake_batch batch;
        for (std::size_t i = 0; i < 2 * wake_batch::capacity; ++i) batch.add(waker());
        CPPUNIT_ASSERT(!batch.full());
        batch.wake_all();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, batch.called());
    }

    void a_full_batch_says_so_until_it_is_called() {
        waker_probe probe;
        wake_batch batch;
        for (std::size_t i = 0; i < wake_batch::capacity; ++i) {
            CPPUNIT_ASSERT(!batch.full());
            batch.add(probe.make());
        }
        CPPUNIT_ASSERT(batch.full());
        batch.wake_all();
        CPPUNIT_ASSERT(!batch.full());
        CPPUNIT_ASSERT_EQUAL(int(wake_batch::capacity), probe.wakes());
        CPPUNIT_ASSERT_EQUAL(0, probe.alive());
    }

    void what_is_left_is_called_at_the_end() {
        waker_probe probe;
        {
            wake_batch batch;
            batch.add(probe.make());
        }
        CPPUNIT_ASSERT_EQUAL(1, probe.wakes());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(wake_batch_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
