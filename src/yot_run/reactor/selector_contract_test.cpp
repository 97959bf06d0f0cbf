// What <yot_run/reactor/selector.hpp> promises, on each selector: epoll on the kernel of the system,
// epoll on the simulated one, and kqueue. Events are waited for, since a kernel may need a moment;
// that there is none any more is asked once there was one.
#include <yot_run/reactor/selector.hpp>

#include <yot_run/reactor/socket_pair.hpp>
#include <yot_run/reactor/tcp_pair.hpp>
#include YOT_RUN_TEST_KERNEL

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

using namespace std::chrono_literals;
using sys::call;

class selector_contract_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(selector_contract_test);
    CPPUNIT_TEST(what_is_ready_when_it_is_added_is_reported_once);
    CPPUNIT_TEST(any_token_comes_back);
    CPPUNIT_TEST(each_arrival_is_reported_once);
    CPPUNIT_TEST(an_arrival_is_reported_although_there_was_something_to_read);
    CPPUNIT_TEST(a_socket_without_room_is_silent_until_there_is_some);
    CPPUNIT_TEST(each_connection_is_reported);
    CPPUNIT_TEST(a_socket_that_connects_becomes_writable);
    CPPUNIT_TEST(a_refused_connection_is_an_error);
    CPPUNIT_TEST(a_peer_that_sends_no_more_closes_reading_only);
    CPPUNIT_TEST(the_end_comes_with_what_was_sent_before);
    CPPUNIT_TEST(ending_ones_own_direction_is_not_the_end_of_the_other);
    CPPUNIT_TEST(when_both_have_ended_their_directions_both_are_closed);
    CPPUNIT_TEST(a_reset_closes_both_directions_and_is_an_error);
    CPPUNIT_TEST(an_end_that_came_before_it_was_added_is_reported);
    CPPUNIT_TEST(what_was_removed_is_not_reported);
    CPPUNIT_TEST(what_was_removed_can_be_added_again);
    CPPUNIT_TEST(what_is_closed_is_removed);
    CPPUNIT_TEST(a_number_used_again_has_its_new_token_only);
    CPPUNIT_TEST(what_does_not_fit_is_reported_by_the_next_wait);
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
    void setUp() override {
        kernel_.emplace();
        selector_.emplace(selector::open().value());
    }
    void tearDown() override {
        selector_.reset();
        kernel_.reset();
    }

    void what_is_ready_when_it_is_added_is_reported_once() {
        const tcp_pair pair = tcp_pair::make();
        add(pair.left, 42);
        const selector_event seen = wait_for(42, &selector_event::writable);
        CPPUNIT_ASSERT((seen == selector_event{.token = 42, .writable = true}));
        CPPUNIT_ASSERT(is_silent());
    }

    void any_token_comes_back() {
        for (const std::uint64_t token : {0ULL, 1ULL, 0x8000'0000'0000'0000ULL, ~1ULL}) {
            const tcp_pair pair = tcp_pair::make();
            add(pair.left, token);
            CPPUNIT_ASSERT(wait_for(token, &selector_event::writable).writable);
        }
    }

    void each_arrival_is_reported_once() {
        const tcp_pair pair = added();
        for (int i = 0; i < 3; ++i) {
            write_byte(pair.right);
            const selector_event seen = wait_for(7, &selector_event::readable);
            CPPUNIT_ASSERT(!seen.read_closed && !seen.write_closed && !seen.error);
            CPPUNIT_ASSERT(is_silent());
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, read_all(pair.left));
            CPPUNIT_ASSERT(is_silent());
        }
    }

    void an_arrival_is_reported_although_there_was_something_to_read() {
        const tcp_pair pair = added();
        for (int i = 0; i < 3; ++i) {
            write_byte(pair.right);
            static_cast<void>(wait_for(7, &selector_event::readable));
            CPPUNIT_ASSERT(is_silent());
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, read_all(pair.left));
    }

    void a_socket_without_room_is_silent_until_there_is_some() {
        const tcp_pair pair = tcp_pair::make();
        add(pair.left, 7);
        static_cast<void>(wait_for(7, &selector_event::writable));
        // What is under way makes room, so more than once.
        do {
            fill(pair.left);
        } while (!is_silent());
        selector_event seen;
        for (int i = 0; i < 1000 && !seen.writable; ++i) {
            static_cast<void>(read_all(pair.right));
            seen = merged(7, wait(10ms));
        }
        CPPUNIT_ASSERT((seen == selector_event{.token = 7, .writable = true}));
    }

    void each_connection_is_reported() {
        const sys::descriptor listener = listening_socket();
        add(listener, 7);
        CPPUNIT_ASSERT(is_silent());
        std::vector<sys::descriptor> clients;
        for (int i = 0; i < 3; ++i) {  // None of which is accepted.
            clients.push_back(connecting_to(listener));
            const selector_event seen = wait_for(7, &selector_event::readable);
            CPPUNIT_ASSERT((seen == selector_event{.token = 7, .readable = true}));
            CPPUNIT_ASSERT(is_silent());
        }
    }

    void a_socket_that_connects_becomes_writable() {
        const sys::descriptor listener = listening_socket();
        const sys::descriptor client = connecting_to(listener);
        add(client, 7);
        const selector_event seen = wait_for(7, &selector_event::writable);
        CPPUNIT_ASSERT((seen == selector_event{.token = 7, .writable = true}));
        sys::take_socket_error(client.get()).value();
    }

    void a_refused_connection_is_an_error() {
        const sys::descriptor unheard = bound_socket();
        const sys::descriptor client = connecting_to(unheard);
        add(client, 7);
        CPPUNIT_ASSERT(has(wait_for(7, &selector_event::error), both_ready));
        CPPUNIT_ASSERT(sys::take_socket_error(client.get()).error() ==
                       std::errc::connection_refused);
    }

    void a_peer_that_sends_no_more_closes_reading_only() {
        const tcp_pair pair = added();
        sys::shutdown(pair.right.get(), sys::shutdown_side::write).value();
        const selector_event seen = wait_for(7, &selector_event::read_closed);
        CPPUNIT_ASSERT(seen.readable);
        CPPUNIT_ASSERT(!seen.write_closed && !seen.error);
        CPPUNIT_ASSERT(is_silent());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, read_all(pair.left));
        write_byte(pair.left);
    }

    void the_end_comes_with_what_was_sent_before() {
        const tcp_pair pair = added();
        write_byte(pair.right);
        sys::shutdown(pair.right.get(), sys::shutdown_side::write).value();
        const selector_event seen = wait_for(7, &selector_event::read_closed);
        CPPUNIT_ASSERT(seen.readable);
        CPPUNIT_ASSERT(!seen.write_closed && !seen.error);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, read_all(pair.left));
    }

    void ending_ones_own_direction_is_not_the_end_of_the_other() {
        const tcp_pair pair = added();
        sys::shutdown(pair.left.get(), sys::shutdown_side::write).value();
        const selector_event own = merged(7, wait(0ms));
        CPPUNIT_ASSERT(!own.readable && !own.read_closed && !own.error);
        write_byte(pair.right);
        const selector_event seen = wait_for(7, &selector_event::readable);
        CPPUNIT_ASSERT(!seen.read_closed && !seen.error);
    }

    void when_both_have_ended_their_directions_both_are_closed() {
        const tcp_pair pair = added();
        sys::shutdown(pair.left.get(), sys::shutdown_side::write).value();
        sys::shutdown(pair.right.get(), sys::shutdown_side::write).value();
        const selector_event seen =
            wait_for(7, &selector_event::read_closed, &selector_event::write_closed);
        CPPUNIT_ASSERT(!seen.error);
    }

    void a_reset_closes_both_directions_and_is_an_error() {
        tcp_pair pair = added();
        sys::set_linger(pair.right.get(), 0s).value();
        pair.right.reset();
        const selector_event seen = wait_for(7, &selector_event::read_closed,
                                             &selector_event::write_closed, &selector_event::error);
        CPPUNIT_ASSERT(has(seen, both_ready));
        CPPUNIT_ASSERT(is_silent());
        CPPUNIT_ASSERT(sys::take_socket_error(pair.left.get()).error() ==
                       std::errc::connection_reset);
    }

    void an_end_that_came_before_it_was_added_is_reported() {
        tcp_pair half = added(1);
        sys::shutdown(half.right.get(), sys::shutdown_side::write).value();
        static_cast<void>(wait_for(1, &selector_event::read_closed));
        tcp_pair reset = added(2);
        sys::set_linger(reset.right.get(), 0s).value();
        reset.right.reset();
        static_cast<void>(wait_for(2, &selector_event::error));
        for (const tcp_pair* pair : {&half, &reset}) {
            selector_->remove(pair->left.get()).value();
            add(pair->left, 3);
            const selector_event seen = wait_for(3, &selector_event::read_closed);
            CPPUNIT_ASSERT_EQUAL(pair == &reset, seen.write_closed);
            CPPUNIT_ASSERT_EQUAL(pair == &reset, seen.error);
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

    void what_does_not_fit_is_reported_by_the_next_wait() {
        const std::array pairs{added(1), added(2), added(3)};
        for (const tcp_pair& pair : pairs) write_byte(pair.right);
        std::map<std::uint64_t, int> readable;
        while (readable.size() < pairs.size()) {
            const auto events = wait(10s, 1);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events.size());
            if (events[0].readable) ++readable[events[0].token];
        }
        CPPUNIT_ASSERT(is_silent());
        for (const auto& [token, times] : readable) CPPUNIT_ASSERT_EQUAL(1, times);
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
            if (refused) continue;
            ++failures;
            CPPUNIT_ASSERT(refused.error() == std::errc::not_enough_memory);
            write_byte(pair.right);
            CPPUNIT_ASSERT(is_silent());
            CPPUNIT_ASSERT(selector_->remove(pair.left.get()).error() ==
                           std::errc::no_such_file_or_directory);
            add(pair.left, 2);
            static_cast<void>(wait_for(2, &selector_event::readable, &selector_event::writable));
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
    static constexpr ready_bits both_ready = ready_bits::readable | ready_bits::writable;

    static bool has(const selector_event& event, ready_bits bits) {
        return (event.bits() & bits) == bits;
    }
    static int lowest_free_number() { return sys::socket(AF_INET).value().get(); }

    void add(const sys::descriptor& socket, std::uint64_t token) {
        selector_->add(socket.get(), token).value();
    }
    // A pair whose left end is added with this token, and what was ready then has been reported.
    tcp_pair added(std::uint64_t token = 7) {
        tcp_pair pair = tcp_pair::make();
        add(pair.left, token);
        static_cast<void>(wait_for(token, &selector_event::writable));
        return pair;
    }

    std::vector<selector_event> wait(sys::duration timeout, std::size_t most = 16) {
        std::vector<selector_event> events(most);
        events.resize(selector_->wait(events, timeout).value().events);
        return events;
    }
    // Nothing is reported now.
    bool is_silent() { return wait(0ms).empty(); }
    // All events as one; each must be of this token.
    static selector_event merged(std::uint64_t token, const std::vector<selector_event>& events) {
        selector_event all{.token = token};
        for (const selector_event& each : events) {
            CPPUNIT_ASSERT_EQUAL(token, each.token);
            all.readable |= each.readable;
            all.writable |= each.writable;
            all.read_closed |= each.read_closed;
            all.write_closed |= each.write_closed;
            all.error |= each.error;
        }
        return all;
    }
    // Waits until all of these have been reported with this token, and says what else was.
    template <class... Flags>
    selector_event wait_for(std::uint64_t token, Flags selector_event::*... flags) {
        std::vector<selector_event> all;
        while (!(... && std::ranges::any_of(all, flags))) {
            const auto events = wait(10s);
            CPPUNIT_ASSERT_MESSAGE("what was waited for has not come", !events.empty());
            all.insert(all.end(), events.begin(), events.end());
        }
        return merged(token, all);
    }

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

    std::optional<test_kernel> kernel_;
    std::optional<selector> selector_;
    std::array<selector_event, 16> events_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(selector_contract_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
