#include <yot_run/reactor/reactor.hpp>

#include <yot_run/reactor/reactor_thread.hpp>
#include <yot_run/sys/faulted.hpp>
#include <yot_run/task/waker_probe.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cerrno>
#include <chrono>

namespace yot_run::inline YOT_RUN_WORLD::internal {

using namespace std::chrono_literals;
namespace fault_plan = sys::fault_plan;
using sys::call;

class reactor_fault_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(reactor_fault_test);
    CPPUNIT_TEST(a_reactor_that_cannot_be_made_is_an_error);
    CPPUNIT_TEST(a_turn_that_cannot_wait_fires_its_timers_and_says_so);
    CPPUNIT_TEST(every_descriptor_is_closed_with_the_reactor);
    CPPUNIT_TEST(a_thread_that_cannot_wait_fires_timers_does_not_spin_and_stops);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { fault_plan::clear(); }
    void tearDown() override { fault_plan::clear(); }

    void a_reactor_that_cannot_be_made_is_an_error() {
        fault_plan::fail(call::event_create, EMFILE);
        CPPUNIT_ASSERT(reactor::create().error() == std::errc::too_many_files_open);
    }

    void a_turn_that_cannot_wait_fires_its_timers_and_says_so() {
        const auto made = reactor::create().value();
        waker_probe probe;
        timer_entry timer;
        CPPUNIT_ASSERT(made->arm(timer, sys::now(), probe.make()) == timer_status::armed);
        fault_plan::fail(call::epoll_wait, EBADF, 1, fault_plan::for_ever);
        while (probe.wakes() == 0)
            CPPUNIT_ASSERT(made->turn(1h).error() == std::errc::bad_file_descriptor);
        const reactor_counters counters = made->counters();
        CPPUNIT_ASSERT_EQUAL(counters.turns, counters.failed_turns);
        CPPUNIT_ASSERT(counters.failed_turns > 0);
        fault_plan::clear();
        CPPUNIT_ASSERT(made->turn(0s).has_value());
        CPPUNIT_ASSERT_EQUAL(counters.failed_turns, made->counters().failed_turns);
    }

    void every_descriptor_is_closed_with_the_reactor() {
        {
            const auto made = reactor::create().value();
            made->shut_down();
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, fault_plan::calls(call::close));
        }
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, fault_plan::calls(call::close));
    }

    void a_thread_that_cannot_wait_fires_timers_does_not_spin_and_stops() {
        const auto made = reactor::create().value();
        fault_plan::fail(call::epoll_wait, EBADF, 1, fault_plan::for_ever);
        waker_probe probe;
        waiting_thread self(probe);
        timer_entry timer;
        const sys::time_point begin = sys::now();
        reactor_thread thread(made, "reactor");
        CPPUNIT_ASSERT(made->arm(timer, begin + 50ms, probe.make()) == timer_status::armed);
        CPPUNIT_ASSERT(self.wait());
        thread.stop();
        const auto longest = std::chrono::ceil<std::chrono::milliseconds>(sys::now() - begin);
        const auto turns = std::int64_t(made->counters().turns);
        CPPUNIT_ASSERT(turns > 0);
        CPPUNIT_ASSERT(turns <= longest / 10ms + 2);  // One in ten milliseconds, and both ends.
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(reactor_fault_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
