#include <yot_run/simulation/kernel/loopback.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>

namespace yot_run::sys_simulated {

class epoll_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(epoll_test);
    CPPUNIT_TEST(what_is_true_already_is_reported);
    CPPUNIT_TEST(an_edge_comes_with_all_data_even_if_some_was_there);
    CPPUNIT_TEST(an_edge_is_reported_once);
    CPPUNIT_TEST(a_level_is_reported_while_it_lasts);
    CPPUNIT_TEST(an_edge_comes_with_each_connection);
    CPPUNIT_TEST(a_signal_is_an_edge_and_a_drain_takes_all_of_them);
    CPPUNIT_TEST(one_shot_is_silent_until_it_is_modified);
    CPPUNIT_TEST(errors_and_hangups_are_reported_unasked);
    CPPUNIT_TEST(modifying_reports_what_is_true_then);
    CPPUNIT_TEST(an_event_that_nobody_asked_for_is_none);
    CPPUNIT_TEST(what_finds_no_place_comes_first_next_time);
    CPPUNIT_TEST(levels_take_turns);
    CPPUNIT_TEST(a_closed_number_is_reported_while_its_file_is_open);
    CPPUNIT_TEST(a_number_used_again_is_not_watched);
    CPPUNIT_TEST(two_numbers_of_one_file_are_two_watches);
    CPPUNIT_TEST(a_removed_watch_is_silent);
    CPPUNIT_TEST(two_instances_are_both_told);
    CPPUNIT_TEST(an_instance_may_end_before_what_it_watches);
    CPPUNIT_TEST(spurious_events_tell_no_lies);
    CPPUNIT_TEST(without_the_option_there_are_no_spurious_events);
    CPPUNIT_TEST(an_instance_inside_another_is_refused);
    CPPUNIT_TEST_SUITE_END();

    std::optional<machine> kernel_;
    std::optional<machine::scope> current_;
    descriptor epoll_;

    static void signal(const descriptor& event) { event_signal(event.get()).value(); }
    [[nodiscard]] descriptor watched_event(std::uint32_t events, std::uint64_t token) const {
        descriptor made = event_create().value();
        watch(epoll_, made, events, token);
        return made;
    }

public:
    void setUp() override {
        kernel_.emplace();
        current_.emplace(*kernel_);
        epoll_ = epoll_create().value();
    }
    void tearDown() override {
        epoll_.reset();
        current_.reset();
        kernel_.reset();
    }

    void what_is_true_already_is_reported() {
        const connection made = connected();
        static_cast<void>(send(made.client.get(), bytes("x")).value());
        watch(epoll_, made.server, EPOLLIN | EPOLLOUT | EPOLLET, 1);
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLIN | EPOLLOUT}}));
    }

    void an_edge_comes_with_all_data_even_if_some_was_there() {
        const connection made = connected();
        watch(epoll_, made.server, EPOLLIN | EPOLLET, 1);
        for (int i = 0; i < 3; ++i) {
            static_cast<void>(send(made.client.get(), bytes("x")).value());
            CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLIN}}));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("xxx"), received(made.server));
    }

    void an_edge_is_reported_once() {
        const connection made = connected();
        watch(epoll_, made.server, EPOLLIN | EPOLLET, 1);
        static_cast<void>(send(made.client.get(), bytes("ab")).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events_of(epoll_).size());
        CPPUNIT_ASSERT(events_of(epoll_).empty());
        CPPUNIT_ASSERT_EQUAL(std::string("a"), received(made.server, 1));
        CPPUNIT_ASSERT(events_of(epoll_).empty());
    }

    void a_level_is_reported_while_it_lasts() {
        const connection made = connected();
        watch(epoll_, made.server, EPOLLIN, 1);
        static_cast<void>(send(made.client.get(), bytes("x")).value());
        for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLIN}}));
        static_cast<void>(received(made.server));
        CPPUNIT_ASSERT(events_of(epoll_).empty());
    }

    void an_edge_comes_with_each_connection() {
        const descriptor listening = listener();
        watch(epoll_, listening, EPOLLIN | EPOLLET, 1);
        const descriptor first = connecting_to(listening);
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLIN}}));
        const descriptor second = connecting_to(listening);
        const descriptor third = connecting_to(listening);
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLIN}}));
        static_cast<void>(accept(listening.get()).value());
        // Two are waiting, and nothing new has happened: whoever stops here, stops for good.
        CPPUNIT_ASSERT(events_of(epoll_).empty());
    }

    void a_signal_is_an_edge_and_a_drain_takes_all_of_them() {
        const descriptor event = watched_event(EPOLLIN | EPOLLET, 1);
        signal(event);
        signal(event);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events_of(epoll_).size());
        signal(event);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events_of(epoll_).size());
        signal(event);
        event_drain(event.get()).value();
        event_drain(event.get()).value();
        CPPUNIT_ASSERT(events_of(epoll_).empty());
    }

    void one_shot_is_silent_until_it_is_modified() {
        const descriptor event = watched_event(EPOLLIN | EPOLLONESHOT, 1);
        signal(event);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events_of(epoll_).size());
        signal(event);
        CPPUNIT_ASSERT(events_of(epoll_).empty());
        epoll_modify(epoll_.get(), event.get(), EPOLLIN | EPOLLONESHOT, 2).value();
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{2, EPOLLIN}}));
    }

    void errors_and_hangups_are_reported_unasked() {
        connection made = connected();
        watch(epoll_, made.client, EPOLLET, 1);
        set_linger(made.server.get(), std::chrono::seconds(0)).value();
        made.server.reset();
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLERR | EPOLLHUP}}));
        const descriptor unconnected = socket(AF_INET).value();
        watch(epoll_, unconnected, 0, 2);
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{2, EPOLLHUP}}));
    }

    void modifying_reports_what_is_true_then() {
        const connection made = connected();
        watch(epoll_, made.server, EPOLLIN | EPOLLET, 1);
        static_cast<void>(send(made.client.get(), bytes("x")).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events_of(epoll_).size());
        epoll_modify(epoll_.get(), made.server.get(), EPOLLIN | EPOLLOUT | EPOLLET, 9).value();
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{9, EPOLLIN | EPOLLOUT}}));
    }

    void an_event_that_nobody_asked_for_is_none() {
        const connection made = connected();
        watch(epoll_, made.server, EPOLLRDHUP | EPOLLET, 1);
        static_cast<void>(send(made.client.get(), bytes("x")).value());
        CPPUNIT_ASSERT(events_of(epoll_).empty());
        sys_simulated::shutdown(made.client.get(), shutdown_side::write).value();
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLRDHUP}}));
    }

    void what_finds_no_place_comes_first_next_time() {
        const auto now = std::chrono::nanoseconds::zero();
        const descriptor one = watched_event(EPOLLIN | EPOLLET, 1);
        const descriptor two = watched_event(EPOLLIN | EPOLLET, 2);
        const descriptor three = watched_event(EPOLLIN | EPOLLET, 3);
        for (const descriptor* each : {&three, &one, &two}) signal(*each);
        CPPUNIT_ASSERT(events_of(epoll_, now, 1) == reported({{3, EPOLLIN}}));
        signal(three);
        CPPUNIT_ASSERT(events_of(epoll_, now, 2) == reported({{1, EPOLLIN}, {2, EPOLLIN}}));
        CPPUNIT_ASSERT(events_of(epoll_, now, 2) == reported({{3, EPOLLIN}}));
    }

    void levels_take_turns() {
        const auto now = std::chrono::nanoseconds::zero();
        const descriptor one = watched_event(EPOLLIN, 1);
        const descriptor two = watched_event(EPOLLIN, 2);
        signal(one);
        signal(two);
        for (std::uint64_t i = 0; i < 4; ++i)
            CPPUNIT_ASSERT(events_of(epoll_, now, 1) == reported({{1 + i % 2, EPOLLIN}}));
    }

    void a_closed_number_is_reported_while_its_file_is_open() {
        descriptor event = watched_event(EPOLLIN, 1);
        const int number = event.get();
        descriptor copy(kernel_->duplicate(number).value());
        event.reset();
        signal(copy);
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLIN}}));
        CPPUNIT_ASSERT(epoll_delete(epoll_.get(), number).error() ==
                       std::errc::bad_file_descriptor);
        CPPUNIT_ASSERT(!epoll_delete(epoll_.get(), copy.get()).has_value());
        copy.reset();
        CPPUNIT_ASSERT(events_of(epoll_).empty());
    }

    void a_number_used_again_is_not_watched() {
        descriptor event = watched_event(EPOLLIN, 1);
        signal(event);
        const int number = event.get();
        event.reset();
        const descriptor other = event_create().value();
        CPPUNIT_ASSERT_EQUAL(number, other.get());
        signal(other);
        CPPUNIT_ASSERT(events_of(epoll_).empty());
        watch(epoll_, other, EPOLLIN, 2);
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{2, EPOLLIN}}));
    }

    void two_numbers_of_one_file_are_two_watches() {
        const descriptor event = watched_event(EPOLLIN | EPOLLET, 1);
        const descriptor copy(kernel_->duplicate(event.get()).value());
        watch(epoll_, copy, EPOLLIN | EPOLLET, 2);
        CPPUNIT_ASSERT(!epoll_add(epoll_.get(), copy.get(), EPOLLIN, 3).has_value());
        signal(event);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, events_of(epoll_).size());
    }

    void a_removed_watch_is_silent() {
        const descriptor event = watched_event(EPOLLIN, 1);
        signal(event);
        epoll_delete(epoll_.get(), event.get()).value();
        CPPUNIT_ASSERT(events_of(epoll_).empty());
        CPPUNIT_ASSERT(!epoll_delete(epoll_.get(), event.get()).has_value());
    }

    void two_instances_are_both_told() {
        const descriptor other = epoll_create().value();
        const descriptor event = watched_event(EPOLLIN | EPOLLET, 1);
        watch(other, event, EPOLLIN | EPOLLET, 2);
        signal(event);
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLIN}}));
        CPPUNIT_ASSERT(events_of(other) == reported({{2, EPOLLIN}}));
    }

    void an_instance_may_end_before_what_it_watches() {
        const descriptor event = watched_event(EPOLLIN, 1);
        epoll_.reset();
        signal(event);
        event_drain(event.get()).value();
    }

    void spurious_events_tell_no_lies() {
        machine kernel({.has_spurious_events = true});
        const machine::scope current(kernel);
        const descriptor epoll = epoll_create().value();
        const descriptor set = event_create().value();
        const descriptor unset = event_create().value();
        watch(epoll, set, EPOLLIN | EPOLLET, 1);
        watch(epoll, unset, EPOLLIN | EPOLLET, 2);
        signal(set);
        std::size_t reports = 0;
        for (int i = 0; i < 1000; ++i) {
            for (const auto& each : events_of(epoll)) {
                CPPUNIT_ASSERT(each == reported::value_type(1, EPOLLIN));
                ++reports;
            }
        }
        CPPUNIT_ASSERT(reports > 50 && reports < 200);  // One in eight.
    }

    void without_the_option_there_are_no_spurious_events() {
        const descriptor event = watched_event(EPOLLIN | EPOLLET, 1);
        signal(event);
        std::size_t reports = 0;
        for (int i = 0; i < 1000; ++i) reports += events_of(epoll_).size();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, reports);
    }

    void an_instance_inside_another_is_refused() {
        const descriptor inner = epoll_create().value();
        CPPUNIT_ASSERT_THROW(static_cast<void>(epoll_add(epoll_.get(), inner.get(), EPOLLIN, 1)),
                             std::logic_error);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(epoll_test);

}  // namespace yot_run::sys_simulated
