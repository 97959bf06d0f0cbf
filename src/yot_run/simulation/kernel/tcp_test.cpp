#include <yot_run/simulation/kernel/loopback.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

namespace yot_run::sys_simulated {
namespace {

using std::chrono::seconds;

constexpr std::uint32_t everything = EPOLLIN | EPOLLOUT | EPOLLRDHUP;
// After the connection is over, and nobody may write any more.
constexpr std::uint32_t over = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP;

// All bytes differ from their neighbours, so that none can be lost unseen.
std::string numbered(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i % 251);
    return text;
}

}  // namespace

class tcp_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(tcp_test);
    CPPUNIT_TEST(both_ends_know_their_names);
    CPPUNIT_TEST(a_full_connection_takes_no_more_and_loses_nothing);
    CPPUNIT_TEST(room_is_an_event_when_a_third_is_free);
    CPPUNIT_TEST(the_end_comes_after_the_data);
    CPPUNIT_TEST(the_other_direction_stays_open);
    CPPUNIT_TEST(a_full_close_is_reported_as_a_hangup);
    CPPUNIT_TEST(a_close_with_unread_data_resets);
    CPPUNIT_TEST(a_close_without_linger_resets);
    CPPUNIT_TEST(data_for_a_closed_end_resets);
    CPPUNIT_TEST(data_outlives_the_end_that_sent_it);
    CPPUNIT_TEST(a_refused_connection_is_an_error_once);
    CPPUNIT_TEST(a_listener_that_ends_resets_those_that_wait);
    CPPUNIT_TEST(a_full_backlog_drops_requests_and_takes_them_later);
    CPPUNIT_TEST(a_request_that_nobody_answers_times_out);
    CPPUNIT_TEST(a_wait_for_ever_lasts_until_a_request_is_answered);
    CPPUNIT_TEST(a_closed_request_is_not_repeated);
    CPPUNIT_TEST(each_connection_has_a_port_of_its_own);
    CPPUNIT_TEST(connections_are_accepted_in_their_order);
    CPPUNIT_TEST_SUITE_END();

    std::optional<machine> kernel_;
    std::optional<machine::scope> current_;

public:
    void setUp() override {
        kernel_.emplace(machine::options{.send_buffer = 3000, .receive_buffer = 4000});
        current_.emplace(*kernel_);
    }
    void tearDown() override {
        current_.reset();
        kernel_.reset();
    }

    void both_ends_know_their_names() {
        const connection made = connected();
        const auto name = [](const auto& told) { return port_in(told.value()); };
        CPPUNIT_ASSERT(name(getsockname(made.client.get())) != 0);
        CPPUNIT_ASSERT_EQUAL(name(getsockname(made.client.get())),
                             name(getpeername(made.server.get())));
        CPPUNIT_ASSERT_EQUAL(name(getpeername(made.client.get())),
                             name(getsockname(made.server.get())));
    }

    void a_full_connection_takes_no_more_and_loses_nothing() {
        const connection made = connected();
        const std::string text = numbered(100'000);
        std::string arrived;
        for (std::size_t sent = 0; sent < text.size();) {
            const auto rest = bytes(text).subspan(sent);
            // The buffers of both ends, of which the receiver's has room for half of its size.
            CPPUNIT_ASSERT_EQUAL(std::min(rest.size(), std::size_t{5000}),
                                 send(made.client.get(), rest).value());
            sent += std::min(rest.size(), std::size_t{5000});
            if (sent < text.size()) {
                CPPUNIT_ASSERT(send(made.client.get(), rest).error() ==
                               std::errc::operation_would_block);
            }
            while (arrived.size() < sent) arrived += received(made.server, 777);
        }
        CPPUNIT_ASSERT(arrived == text);
    }

    void room_is_an_event_when_a_third_is_free() {
        const connection made = connected();
        const descriptor epoll = epoll_create().value();
        watch(epoll, made.client, EPOLLOUT | EPOLLET);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events_of(epoll).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{5000}, fill(made.client));
        CPPUNIT_ASSERT_EQUAL(std::size_t{999}, received(made.server, 999).size());
        CPPUNIT_ASSERT(events_of(epoll).empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, received(made.server, 1).size());
        CPPUNIT_ASSERT(events_of(epoll) == reported({{0, EPOLLOUT}}));
        static_cast<void>(received(made.server));
        CPPUNIT_ASSERT(events_of(epoll).empty());  // Nobody has found it full since.
    }

    void the_end_comes_after_the_data() {
        connection made = connected();
        const descriptor epoll = epoll_create().value();
        watch(epoll, made.server, everything | EPOLLET);
        const std::size_t sent = fill(made.client);
        made.client.reset();
        CPPUNIT_ASSERT(events_of(epoll) == reported({{0, EPOLLIN | EPOLLOUT}}));
        std::size_t arrived = received(made.server, 2000).size();
        CPPUNIT_ASSERT(events_of(epoll) == reported({{0, EPOLLIN | EPOLLOUT}}));
        arrived += received(made.server, 2000).size();
        CPPUNIT_ASSERT(events_of(epoll) == reported({{0, everything}}));
        arrived += received(made.server, 2000).size();
        CPPUNIT_ASSERT_EQUAL(sent, arrived);
        CPPUNIT_ASSERT_EQUAL(std::string(), received(made.server));
    }

    void the_other_direction_stays_open() {
        const connection made = connected();
        sys_simulated::shutdown(made.client.get(), shutdown_side::write).value();
        CPPUNIT_ASSERT_EQUAL(std::string(), received(made.server));
        CPPUNIT_ASSERT(send(made.client.get(), bytes("x")).error() == std::errc::broken_pipe);
        static_cast<void>(send(made.server.get(), bytes("late")).value());
        CPPUNIT_ASSERT_EQUAL(std::string("late"), received(made.client));
    }

    void a_full_close_is_reported_as_a_hangup() {
        const connection made = connected();
        const descriptor epoll = epoll_create().value();
        watch(epoll, made.client, everything | EPOLLET, 1);
        static_cast<void>(events_of(epoll));
        sys_simulated::shutdown(made.server.get(), shutdown_side::write).value();
        CPPUNIT_ASSERT(events_of(epoll) == reported({{1, everything}}));
        sys_simulated::shutdown(made.client.get(), shutdown_side::write).value();
        CPPUNIT_ASSERT(events_of(epoll) == reported({{1, over}}));
        take_socket_error(made.client.get()).value();
    }

    void a_close_with_unread_data_resets() {
        connection made = connected();
        const descriptor epoll = epoll_create().value();
        watch(epoll, made.client, everything | EPOLLET);
        static_cast<void>(send(made.client.get(), bytes("unread")).value());
        made.server.reset();
        CPPUNIT_ASSERT(events_of(epoll) == reported({{0, over | EPOLLERR}}));
        std::array<std::byte, 1> into;
        CPPUNIT_ASSERT(recv(made.client.get(), into).error() == std::errc::connection_reset);
        CPPUNIT_ASSERT_EQUAL(std::string(), received(made.client));  // Said once.
    }

    void a_close_without_linger_resets() {
        connection made = connected();
        set_linger(made.server.get(), seconds(0)).value();
        static_cast<void>(send(made.server.get(), bytes("sent before")).value());
        made.server.reset();
        CPPUNIT_ASSERT(send(made.client.get(), bytes("x")).error() == std::errc::connection_reset);
        CPPUNIT_ASSERT_EQUAL(std::string("sent before"), received(made.client));
    }

    void data_for_a_closed_end_resets() {
        connection made = connected();
        made.server.reset();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, send(made.client.get(), bytes("x")).value());
        CPPUNIT_ASSERT(send(made.client.get(), bytes("x")).error() == std::errc::broken_pipe);
    }

    void data_outlives_the_end_that_sent_it() {
        connection made = connected();
        const std::string text = numbered(5000);
        CPPUNIT_ASSERT_EQUAL(text.size(), send(made.client.get(), bytes(text)).value());
        made.client.reset();
        std::string arrived;
        for (std::string more = "x"; !more.empty(); arrived += more) more = received(made.server);
        CPPUNIT_ASSERT(arrived == text);
    }

    void a_refused_connection_is_an_error_once() {
        descriptor listening = listener();
        const raw_address nobody = getsockname(listening.get()).value();
        listening.reset();
        const descriptor client = socket(AF_INET).value();
        const descriptor epoll = epoll_create().value();
        watch(epoll, client, everything | EPOLLET);
        static_cast<void>(events_of(epoll));
        CPPUNIT_ASSERT(sys_simulated::connect(client.get(), nobody).error() ==
                       std::errc::operation_in_progress);
        CPPUNIT_ASSERT(events_of(epoll) == reported({{0, over | EPOLLERR}}));
        CPPUNIT_ASSERT(take_socket_error(client.get()).error() == std::errc::connection_refused);
        take_socket_error(client.get()).value();
    }

    void a_listener_that_ends_resets_those_that_wait() {
        descriptor listening = listener();
        const descriptor client = connecting_to(listening);
        listening.reset();
        CPPUNIT_ASSERT(take_socket_error(client.get()).error() == std::errc::connection_reset);
    }

    void a_full_backlog_drops_requests_and_takes_them_later() {
        const descriptor listening = listener(0);
        const descriptor epoll = epoll_create().value();
        const descriptor first = connecting_to(listening);
        const descriptor second = connecting_to(listening);
        watch(epoll, second, EPOLLOUT | EPOLLET, 2);
        static_cast<void>(accept(listening.get()).value());
        CPPUNIT_ASSERT(!accept(listening.get()).has_value());
        kernel_->advance(std::chrono::milliseconds(999));
        CPPUNIT_ASSERT(events_of(epoll).empty());
        kernel_->advance(std::chrono::milliseconds(1));
        CPPUNIT_ASSERT(events_of(epoll) == reported({{2, EPOLLOUT}}));
        static_cast<void>(accept(listening.get()).value());
    }

    void a_request_that_nobody_answers_times_out() {
        const descriptor listening = listener(0);
        const descriptor first = connecting_to(listening);
        const descriptor second = connecting_to(listening);
        const descriptor epoll = epoll_create().value();
        watch(epoll, second, EPOLLOUT | EPOLLET, 2);
        const time_point begin = now();
        CPPUNIT_ASSERT(events_of(epoll, seconds(1000)) ==
                       reported({{2, EPOLLOUT | EPOLLERR | EPOLLHUP}}));
        CPPUNIT_ASSERT(now() - begin == seconds(131));
        CPPUNIT_ASSERT(take_socket_error(second.get()).error() == std::errc::timed_out);
    }

    void a_wait_for_ever_lasts_until_a_request_is_answered() {
        const descriptor listening = listener(0);
        const descriptor first = connecting_to(listening);
        const descriptor second = connecting_to(listening);
        static_cast<void>(accept(listening.get()).value());
        const descriptor epoll = epoll_create().value();
        watch(epoll, listening, EPOLLIN);
        std::array<epoll_event, 1> events;
        const time_point begin = now();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, epoll_wait(epoll.get(), events, std::nullopt).value());
        CPPUNIT_ASSERT(now() - begin == seconds(1));
    }

    void a_closed_request_is_not_repeated() {
        const descriptor listening = listener(0);
        const descriptor first = connecting_to(listening);
        static_cast<void>(connecting_to(listening));  // And closed at once.
        static_cast<void>(accept(listening.get()).value());
        kernel_->advance(seconds(1000));
        CPPUNIT_ASSERT(!accept(listening.get()).has_value());
    }

    void each_connection_has_a_port_of_its_own() {
        const descriptor listening = listener();
        std::vector<connection> all;
        for (int i = 0; i < 100; ++i) all.push_back(connected_to(listening));
        std::vector<std::uint16_t> ports;
        for (const connection& each : all)
            ports.push_back(port_in(getsockname(each.client.get()).value()));
        std::ranges::sort(ports);
        CPPUNIT_ASSERT(std::ranges::adjacent_find(ports) == ports.end());
    }

    void connections_are_accepted_in_their_order() {
        const descriptor listening = listener();
        std::vector<descriptor> clients;
        for (int i = 0; i < 3; ++i) clients.push_back(connecting_to(listening));
        for (const descriptor& each : clients) {
            const raw_address peer = accept(listening.get()).value().peer;
            CPPUNIT_ASSERT_EQUAL(port_in(getsockname(each.get()).value()), port_in(peer));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(tcp_test);

}  // namespace yot_run::sys_simulated
