// What the selectors of <yot_run/reactor/selector.hpp> report, and what none of them does.
#include <yot_run/reactor/selector_fixture.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <map>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

using namespace std::chrono_literals;

class selector_events_contract_test : public selector_fixture {
    CPPUNIT_TEST_SUITE(selector_events_contract_test);
    CPPUNIT_TEST(what_is_ready_when_it_is_added_is_reported_once);
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
    CPPUNIT_TEST(what_does_not_fit_is_reported_by_the_next_wait);
    CPPUNIT_TEST_SUITE_END();

public:
    void what_is_ready_when_it_is_added_is_reported_once() {
        const tcp_pair pair = tcp_pair::make();
        add(pair.left, 42);
        const selector_event seen = wait_for(42, &selector_event::writable);
        CPPUNIT_ASSERT((seen == selector_event{.token = 42, .writable = true}));
        CPPUNIT_ASSERT(is_silent());
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

private:
    static constexpr ready_bits both_ready = ready_bits::readable | ready_bits::writable;

    static bool has(const selector_event& event, ready_bits bits) {
        return (event.bits() & bits) == bits;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(selector_events_contract_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
