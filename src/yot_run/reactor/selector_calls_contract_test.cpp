// What the calls of the selectors of <yot_run/reactor/selector.hpp> do, also when they fail.
#include <yot_run/reactor/selector_fixture.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cerrno>
#include <optional>

namespace yot_run::inline YOT_RUN_WORLD::internal {

using namespace std::chrono_literals;
using sys::call;

class selector_calls_contract_test : public selector_fixture {
    CPPUNIT_TEST_SUITE(selector_calls_contract_test);
    CPPUNIT_TEST(any_token_comes_back);
    CPPUNIT_TEST(what_was_removed_is_not_reported);
    CPPUNIT_TEST(what_was_removed_is_not_reported_when_it_gets_room);
    CPPUNIT_TEST(what_was_removed_can_be_added_again);
    CPPUNIT_TEST(what_is_closed_is_removed);
    CPPUNIT_TEST(a_number_used_again_has_its_new_token_only);
    CPPUNIT_TEST(what_is_not_open_or_not_added_is_an_error);
    CPPUNIT_TEST(an_add_that_fails_leaves_nothing_behind);
    CPPUNIT_TEST(an_open_that_fails_leaves_nothing_behind);
    CPPUNIT_TEST(a_timeout_is_never_early);
    CPPUNIT_TEST(a_wake_ends_the_next_wait);
    CPPUNIT_TEST(many_wakes_end_one_wait);
    CPPUNIT_TEST(a_wake_does_not_hide_events);
    CPPUNIT_TEST(a_wake_and_an_event_share_the_room);
    CPPUNIT_TEST(a_wait_that_fails_loses_no_wake_and_no_event);
    CPPUNIT_TEST(after_a_wake_that_failed_the_next_one_tries_again);
    CPPUNIT_TEST_SUITE_END();

public:
    void any_token_comes_back() {
        for (const std::uint64_t token : {0ULL, 1ULL, 0x8000'0000'0000'0000ULL, ~1ULL}) {
            const tcp_pair pair = tcp_pair::make();
            add(pair.left, token);
            CPPUNIT_ASSERT(wait_for(token, &selector_event::writable).writable);
        }
    }

    void what_was_removed_is_not_reported() {
        const tcp_pair pair = added();
        write_byte(pair.right);
        while (read_all(pair.left) == 0) continue;  // So the event is there.
        selector_->remove(pair.left.get()).value();
        CPPUNIT_ASSERT(is_silent());
        write_byte(pair.right);
        CPPUNIT_ASSERT(is_silent());
    }

    void what_was_removed_is_not_reported_when_it_gets_room() {
        const tcp_pair pair = added();
        do {
            fill(pair.left);
        } while (!is_silent());
        selector_->remove(pair.left.get()).value();
        while (read_all(pair.right) > 0) continue;
        // What is under way has come when the socket takes more.
        while (!sys::send(pair.left.get(), std::array{std::byte()}))
            static_cast<void>(read_all(pair.right));
        CPPUNIT_ASSERT(is_silent());
    }

    void what_was_removed_can_be_added_again() {
        const tcp_pair pair = added();
        for (std::uint64_t token = 10; token < 13; ++token) {
            selector_->remove(pair.left.get()).value();
            write_byte(pair.right);
            CPPUNIT_ASSERT(is_silent());
            add(pair.left, token);
            static_cast<void>(
                wait_for(token, &selector_event::readable, &selector_event::writable));
            CPPUNIT_ASSERT(is_silent());
        }
    }

    void what_is_closed_is_removed() {
        tcp_pair pair = added();
        write_byte(pair.right);
        const int number = pair.left.get();
        pair.left.reset();
        CPPUNIT_ASSERT(is_silent());
        CPPUNIT_ASSERT(selector_->remove(number).error() == std::errc::bad_file_descriptor);
    }

    void a_number_used_again_has_its_new_token_only() {
        const sys::descriptor listener = listening_socket();
        tcp_pair first = added(1);
        const int number = first.left.get();
        first.left.reset();
        const auto others = fill_below(number);
        const sys::descriptor second = connecting_to(listener);
        CPPUNIT_ASSERT_EQUAL(number, second.get());
        CPPUNIT_ASSERT(is_silent());
        add(second, 2);
        static_cast<void>(wait_for(2, &selector_event::writable));
        CPPUNIT_ASSERT(is_silent());
    }

    void what_is_not_open_or_not_added_is_an_error() {
        tcp_pair pair = tcp_pair::make();
        CPPUNIT_ASSERT(selector_->remove(pair.left.get()).error() ==
                       std::errc::no_such_file_or_directory);
        const int number = pair.left.get();
        pair.left.reset();
        for (const int closed : {number, -1}) {
            CPPUNIT_ASSERT(selector_->add(closed, 1).error() == std::errc::bad_file_descriptor);
            CPPUNIT_ASSERT(selector_->remove(closed).error() == std::errc::bad_file_descriptor);
        }
        CPPUNIT_ASSERT(is_silent());
    }

    void an_add_that_fails_leaves_nothing_behind() {
        int failures = 0;
        for (std::uint64_t nth = 1; nth <= 2; ++nth) {  // kqueue adds in two steps, epoll in one.
            const tcp_pair pair = tcp_pair::make();
            kernel_->fail(call::epoll_add, ENOMEM, nth);
            const auto refused = selector_->add(pair.left.get(), 1);
            kernel_->forget_faults();
            write_byte(pair.right);
            if (!refused) {
                ++failures;
                CPPUNIT_ASSERT(refused.error() == std::errc::not_enough_memory);
                CPPUNIT_ASSERT(is_silent());
                CPPUNIT_ASSERT(selector_->remove(pair.left.get()).error() ==
                               std::errc::no_such_file_or_directory);
                add(pair.left, 1);
            }
            static_cast<void>(wait_for(1, &selector_event::readable, &selector_event::writable));
        }
        CPPUNIT_ASSERT(failures > 0);
    }

    void an_open_that_fails_leaves_nothing_behind() {
        int failures = 0;
        const int lowest = lowest_free_number();
        for (const call step : {call::epoll_create, call::event_create, call::epoll_add}) {
            kernel_->fail(step, ENOMEM);
            const auto refused = selector::open();
            kernel_->forget_faults();
            if (refused) continue;
            ++failures;
            CPPUNIT_ASSERT(refused.error() == std::errc::not_enough_memory);
            CPPUNIT_ASSERT_EQUAL(lowest, lowest_free_number());
        }
        CPPUNIT_ASSERT(failures >= 2);
    }

    void a_timeout_is_never_early() {
        for (const sys::duration timeout : {1ns, 999'999ns, 1'500'000ns, 3'000'000ns}) {
            const sys::time_point begin = sys::now();
            const auto ended = selector_->wait(events_, timeout).value();
            CPPUNIT_ASSERT(sys::now() - begin >= timeout);
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, ended.events);
            CPPUNIT_ASSERT(!ended.woken);
        }
    }

    void a_wake_ends_the_next_wait() {
        for (int i = 0; i < 3; ++i) {
            selector_->wake();
            const auto ended = selector_->wait(events_, std::nullopt).value();
            CPPUNIT_ASSERT(ended.woken);
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, ended.events);
        }
    }

    void many_wakes_end_one_wait() {
        for (int i = 0; i < 10; ++i) selector_->wake();
        CPPUNIT_ASSERT(selector_->wait(events_, std::nullopt).value().woken);
        CPPUNIT_ASSERT(!selector_->wait(events_, 0ms).value().woken);
    }

    void a_wake_does_not_hide_events() {
        const tcp_pair pair = added();
        write_byte(pair.right);
        selector_->wake();
        wait_for_a_wake_and_an_arrival(events_.size());
    }

    void a_wake_and_an_event_share_the_room() {
        const tcp_pair pair = added();
        write_byte(pair.right);
        selector_->wake();
        wait_for_a_wake_and_an_arrival(1);
    }

    void a_wait_that_fails_loses_no_wake_and_no_event() {
        const tcp_pair pair = added();
        write_byte(pair.right);
        selector_->wake();
        kernel_->fail(call::epoll_wait, ENOMEM);
        CPPUNIT_ASSERT(selector_->wait(events_, 0ms).error() == std::errc::not_enough_memory);
        kernel_->forget_faults();
        wait_for_a_wake_and_an_arrival(events_.size());
    }

    void after_a_wake_that_failed_the_next_one_tries_again() {
        kernel_->fail(call::event_signal, EBADF);
        selector_->wake();
        kernel_->forget_faults();
        CPPUNIT_ASSERT(!selector_->wait(events_, 0ms).value().woken);
        selector_->wake();
        CPPUNIT_ASSERT(selector_->wait(events_, std::nullopt).value().woken);
    }

private:
    static int lowest_free_number() { return sys::socket(AF_INET).value().get(); }
    // Until there was one of each, then no more.
    void wait_for_a_wake_and_an_arrival(std::size_t room) {
        int wakes = 0;
        int arrivals = 0;
        while (wakes == 0 || arrivals == 0) {
            const auto ended = selector_->wait(std::span(events_).first(room), 10s).value();
            CPPUNIT_ASSERT(ended.woken || ended.events > 0);
            CPPUNIT_ASSERT(ended.events + (ended.woken ? 1 : 0) <= room);
            wakes += ended.woken ? 1 : 0;
            for (std::size_t i = 0; i < ended.events; ++i) arrivals += events_[i].readable ? 1 : 0;
        }
        const auto last = selector_->wait(events_, 0ms).value();
        CPPUNIT_ASSERT(!last.woken && last.events == 0);
        CPPUNIT_ASSERT_EQUAL(1, wakes);
        CPPUNIT_ASSERT_EQUAL(1, arrivals);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(selector_calls_contract_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
