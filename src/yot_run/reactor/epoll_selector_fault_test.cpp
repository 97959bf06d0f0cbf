#include <yot_run/reactor/epoll_selector.hpp>

#include <yot_run/sys/faulted.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cerrno>
#include <optional>

namespace yot_run::inline YOT_RUN_WORLD::internal {

namespace fault_plan = sys::fault_plan;
using sys::call;

class epoll_selector_fault_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(epoll_selector_fault_test);
    CPPUNIT_TEST(open_closes_what_it_opened_when_a_later_step_fails);
    CPPUNIT_TEST(many_wakes_cost_one_signal);
    CPPUNIT_TEST(after_a_signal_that_failed_the_next_wake_tries_again);
    CPPUNIT_TEST(after_a_drain_that_failed_the_next_wait_tries_again);
    CPPUNIT_TEST(a_wait_that_failed_loses_no_wake);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override {
        fault_plan::clear();
        selector_.emplace(epoll_selector::open().value());
    }
    void tearDown() override {
        fault_plan::clear();
        selector_.reset();
    }

    void open_closes_what_it_opened_when_a_later_step_fails() {
        std::uint64_t opened = 0;
        for (const call step : {call::epoll_create, call::event_create, call::epoll_add}) {
            fault_plan::clear();
            fault_plan::fail(step, EMFILE);
            CPPUNIT_ASSERT(epoll_selector::open().error() == std::errc::too_many_files_open);
            CPPUNIT_ASSERT_EQUAL(opened++, fault_plan::calls(call::close));
        }
    }

    void many_wakes_cost_one_signal() {
        for (std::uint64_t round = 1; round <= 3; ++round) {
            for (int i = 0; i < 10; ++i) selector_->wake();
            CPPUNIT_ASSERT_EQUAL(round, fault_plan::calls(call::event_signal));
            CPPUNIT_ASSERT(wait().woken);
            CPPUNIT_ASSERT_EQUAL(round, fault_plan::calls(call::event_drain));
        }
        CPPUNIT_ASSERT(!wait().woken);
    }

    void after_a_signal_that_failed_the_next_wake_tries_again() {
        fault_plan::fail(call::event_signal, EBADF);
        selector_->wake();
        CPPUNIT_ASSERT(!wait().woken);
        selector_->wake();
        CPPUNIT_ASSERT(wait().woken);
    }

    void after_a_drain_that_failed_the_next_wait_tries_again() {
        fault_plan::fail(call::event_drain, EBADF);
        selector_->wake();
        CPPUNIT_ASSERT(wait().woken);
        selector_->wake();
        // Not drained, so not lowered: the first signal stands for this wake, too.
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fault_plan::calls(call::event_signal));
        CPPUNIT_ASSERT(wait().woken);
        CPPUNIT_ASSERT(!wait().woken);
        selector_->wake();
        CPPUNIT_ASSERT(wait().woken);
        CPPUNIT_ASSERT(!wait().woken);
    }

    void a_wait_that_failed_loses_no_wake() {
        selector_->wake();
        fault_plan::fail(call::epoll_wait, EBADF);
        CPPUNIT_ASSERT(selector_->wait(events_, sys::duration::zero()).error() ==
                       std::errc::bad_file_descriptor);
        CPPUNIT_ASSERT(wait().woken);
    }

private:
    selector_wait wait() { return selector_->wait(events_, sys::duration::zero()).value(); }

    std::optional<epoll_selector> selector_;
    std::array<selector_event, 4> events_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(epoll_selector_fault_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
