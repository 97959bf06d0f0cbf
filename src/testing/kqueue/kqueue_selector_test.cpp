// What only the selector of kqueue does.
#include <yot_run/reactor/kqueue_selector.hpp>

#include <yot_run/reactor/socket_pair.hpp>
#include <yot_run/reactor/tcp_pair.hpp>
#include <testing/kernels/simulated.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>

namespace yot_run::inline YOT_RUN_WORLD::internal {

using sys_simulated::call;
using sys_simulated::machine;

class kqueue_selector_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(kqueue_selector_test);
    CPPUNIT_TEST(the_two_directions_come_apart);
    CPPUNIT_TEST(ending_ones_own_direction_closes_it_at_once);
    CPPUNIT_TEST(an_error_that_was_taken_is_told_no_more_but_the_end_is);
    CPPUNIT_TEST(an_unconnected_socket_is_nothing_yet);
    CPPUNIT_TEST(a_closed_number_is_silent_although_its_socket_has_another);
    CPPUNIT_TEST(many_wakes_cost_one_signal);
    CPPUNIT_TEST(a_selector_is_one_descriptor);
    CPPUNIT_TEST(a_signal_of_the_system_ends_a_wait_without_events);
    CPPUNIT_TEST(an_add_takes_back_what_it_added_and_no_more_calls);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override {
        kernel_.emplace();
        selector_.emplace(kqueue_selector::open().value());
    }
    void tearDown() override {
        selector_.reset();
        kernel_.reset();
    }

    void the_two_directions_come_apart() {
        const tcp_pair pair = tcp_pair::make();
        write_byte(pair.right);
        selector_->add(pair.left.get(), 7).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, wait());
        CPPUNIT_ASSERT((events_[0] == selector_event{.token = 7, .readable = true}));
        CPPUNIT_ASSERT((events_[1] == selector_event{.token = 7, .writable = true}));
    }

    void ending_ones_own_direction_closes_it_at_once() {
        const tcp_pair pair = added();
        sys::shutdown(pair.left.get(), sys::shutdown_side::write).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, wait());
        const selector_event expected{.token = 7, .writable = true, .write_closed = true};
        CPPUNIT_ASSERT(events_[0] == expected);
        sys::shutdown(pair.left.get(), sys::shutdown_side::read).value();
        const auto seen = std::span(events_).first(wait());
        CPPUNIT_ASSERT(std::ranges::any_of(seen, &selector_event::read_closed));
    }

    void an_error_that_was_taken_is_told_no_more_but_the_end_is() {
        tcp_pair pair = added();
        sys::set_linger(pair.right.get(), std::chrono::seconds(0)).value();
        pair.right.reset();
        CPPUNIT_ASSERT(sys::take_socket_error(pair.left.get()).error() ==
                       std::errc::connection_reset);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, wait());
        for (const selector_event& event : std::span(events_).first(2)) {
            CPPUNIT_ASSERT(!event.error);
            CPPUNIT_ASSERT(event.read_closed || event.write_closed);
        }
    }

    void an_unconnected_socket_is_nothing_yet() {
        const sys::descriptor listener = listening_socket();
        const sys::descriptor socket = sys::socket(AF_INET).value();
        selector_->add(socket.get(), 7).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, wait());
        static_cast<void>(
            sys::connect(socket.get(), sys::getsockname(listener.get()).value()).error());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, wait());
        CPPUNIT_ASSERT((events_[0] == selector_event{.token = 7, .writable = true}));
    }

    void a_closed_number_is_silent_although_its_socket_has_another() {
        tcp_pair pair = added();
        const sys::descriptor second(machine::current().duplicate(pair.left.get()).value());
        pair.left.reset();
        write_byte(pair.right);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, wait());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, read_all(second));
    }

    void many_wakes_cost_one_signal() {
        for (std::uint64_t round = 1; round <= 3; ++round) {
            for (int i = 0; i < 10; ++i) selector_->wake();
            CPPUNIT_ASSERT_EQUAL(round, machine::current().calls(call::event_signal));
            CPPUNIT_ASSERT(selector_->wait(events_, std::nullopt).value().woken);
        }
    }

    void a_selector_is_one_descriptor() {
        CPPUNIT_ASSERT_EQUAL(1, machine::current().open_descriptors());
        selector_.reset();
        CPPUNIT_ASSERT_EQUAL(0, machine::current().open_descriptors());
    }

    void a_signal_of_the_system_ends_a_wait_without_events() {
        const tcp_pair pair = added();
        write_byte(pair.right);
        kernel_->fail(call::epoll_wait, EINTR);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, wait());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, wait());
    }

    void an_add_takes_back_what_it_added_and_no_more_calls() {
        const tcp_pair pair = tcp_pair::make();
        kernel_->fail(call::epoll_add, ENOMEM, 2);
        CPPUNIT_ASSERT(selector_->add(pair.left.get(), 7).error() == std::errc::not_enough_memory);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, machine::current().calls(call::epoll_delete));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, wait());
    }

private:
    std::size_t wait() { return selector_->wait(events_, sys::duration::zero()).value().events; }
    // A pair whose left end is added, and what was ready then has been reported.
    tcp_pair added() {
        tcp_pair pair = tcp_pair::make();
        selector_->add(pair.left.get(), 7).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, wait());
        return pair;
    }

    std::optional<test_kernel> kernel_;
    std::optional<kqueue_selector> selector_;
    std::array<selector_event, 16> events_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(kqueue_selector_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
