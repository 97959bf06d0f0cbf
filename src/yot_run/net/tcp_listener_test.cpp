#include <yot_run/net/tcp_listener.hpp>

#include <yot_run/net/test_driver.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cstring>
#include <set>
#include <stdexcept>
#include <vector>

namespace yot_run::net {
namespace {

tcp_listener listen(listen_options options = {}) {
    return tcp_listener::bind(socket_address::loopback(0), std::move(options)).value();
}

// Starts to connect, without anything that could accept or wait.
sys::descriptor connecting_to(const socket_address& address) {
    sys::descriptor made = sys::socket(address.is_ipv4() ? AF_INET : AF_INET6).value();
    const io_result<void> begun = sys::connect(made.get(), address.to_raw());
    CPPUNIT_ASSERT(begun.has_value() || begun.error() == std::errc::operation_in_progress);
    return made;
}

bool has_ipv6() {
    return tcp_listener::bind(socket_address::loopback(0, address_family::ipv6)).has_value();
}

}  // namespace

class tcp_listener_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(tcp_listener_test);
    CPPUNIT_TEST(port_zero_becomes_a_port_that_is_told);
    CPPUNIT_TEST(accept_gives_a_connection_and_where_it_comes_from);
    CPPUNIT_TEST(accept_waits_until_somebody_connects);
    CPPUNIT_TEST(connections_that_wait_are_all_accepted);
    CPPUNIT_TEST(a_dropped_accept_loses_no_connection);
    CPPUNIT_TEST(a_port_in_use_is_an_error);
    CPPUNIT_TEST(a_port_with_old_connections_may_be_reused);
    CPPUNIT_TEST(an_address_of_another_machine_is_an_error);
    CPPUNIT_TEST(ipv6_only_keeps_ipv4_out);
    CPPUNIT_TEST(a_connection_that_is_reset_early_does_no_harm);
    CPPUNIT_TEST(a_listener_may_move_between_accepts);
    CPPUNIT_TEST(dropping_a_listener_frees_its_port_and_descriptor);
    CPPUNIT_TEST(listening_outside_a_runtime_says_what_to_do);
    CPPUNIT_TEST(after_the_reactor_is_gone_accept_is_canceled);
    CPPUNIT_TEST_SUITE_END();

public:
    void port_zero_becomes_a_port_that_is_told() {
        test_driver driver;
        const tcp_listener first = listen();
        const tcp_listener second = listen();
        CPPUNIT_ASSERT(first.local_address().value().port() != 0);
        CPPUNIT_ASSERT(first.local_address().value() != second.local_address().value());
        CPPUNIT_ASSERT(first.local_address().value().ipv4() == socket_address::loopback(0).ipv4());
    }

    void accept_gives_a_connection_and_where_it_comes_from() {
        test_driver driver;
        tcp_listener listener = listen();
        auto [client, accepted] = driver.run_all(
            tcp_stream::connect(listener.local_address().value()), listener.accept());
        auto& [stream, peer] = *accepted;
        CPPUNIT_ASSERT_EQUAL(client->local_address().value(), peer);
        CPPUNIT_ASSERT_EQUAL(peer, stream.peer_address().value());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, listener.accept_errors().count);
    }

    void accept_waits_until_somebody_connects() {
        test_driver driver;
        tcp_listener listener = listen();
        for (int i = 0; i < 3; ++i) {
            wake_counter woken;
            accept_future accepting = listener.accept();
            CPPUNIT_ASSERT(driver.poll_once(accepting, woken).is_pending());
            driver.turn();
            CPPUNIT_ASSERT_EQUAL(0U, woken.count());
            const sys::descriptor client = connecting_to(listener.local_address().value());
            driver.turn_until_woken(woken);
            CPPUNIT_ASSERT(driver.run(accepting).has_value());
        }
    }

    void connections_that_wait_are_all_accepted() {
        test_driver driver;
        tcp_listener listener = listen();
        std::vector<sys::descriptor> clients;
        std::set<socket_address> expected;
        for (int i = 0; i < 50; ++i) {
            clients.push_back(connecting_to(listener.local_address().value()));
            expected.insert(
                socket_address::from_raw(sys::getsockname(clients.back().get()).value()).value());
        }
        std::set<socket_address> accepted;
        for (int i = 0; i < 50; ++i) accepted.insert(driver.run(listener.accept()).value().second);
        CPPUNIT_ASSERT(expected == accepted);
        accept_future one_more = listener.accept();
        driver.turn();
        CPPUNIT_ASSERT(driver.poll_once(one_more).is_pending());
    }

    void a_dropped_accept_loses_no_connection() {
        test_driver driver;
        tcp_listener listener = listen();
        wake_counter woken;
        sys::descriptor client;
        {
            accept_future dropped = listener.accept();
            CPPUNIT_ASSERT(driver.poll_once(dropped, woken).is_pending());
            client = connecting_to(listener.local_address().value());
            driver.turn_until_woken(woken);
        }
        CPPUNIT_ASSERT(driver.run(listener.accept()).has_value());
    }

    void a_port_in_use_is_an_error() {
        test_driver driver;
        const tcp_listener first = listen();
        const std::ptrdiff_t before = open_descriptors();
        for (const bool reuse : {true, false}) {
            const auto second =
                tcp_listener::bind(first.local_address().value(), {.reuse_address = reuse});
            CPPUNIT_ASSERT(second.error() == std::errc::address_in_use);
        }
        CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
    }

    void a_port_with_old_connections_may_be_reused() {
        test_driver driver;
        std::optional<tcp_listener> listener(listen());
        const socket_address address = listener->local_address().value();
        const stream_pair pair = connect_pair(driver, *listener);
        listener.reset();
        CPPUNIT_ASSERT(tcp_listener::bind(address, {.reuse_address = false}).error() ==
                       std::errc::address_in_use);
        CPPUNIT_ASSERT(tcp_listener::bind(address).has_value());
    }

    void an_address_of_another_machine_is_an_error() {
        test_driver driver;
        // TEST-NET-1 (RFC 5737): nobody has this one.
        const auto bound = tcp_listener::bind(socket_address::from_ipv4({192, 0, 2, 1}, 0));
        CPPUNIT_ASSERT(bound.error() == std::errc::address_not_available);
    }

    void ipv6_only_keeps_ipv4_out() {
        test_driver driver;
        if (!has_ipv6()) return;  // Nothing to test on this machine.
        for (const bool only : {false, true}) {
            tcp_listener listener = tcp_listener::bind(socket_address::any(0, address_family::ipv6),
                                                       {.ipv6_only = only})
                                        .value();
            const std::uint16_t port = listener.local_address().value().port();
            const auto connected = driver.run(tcp_stream::connect(socket_address::loopback(port)));
            if (only) {
                CPPUNIT_ASSERT(connected.error() == std::errc::connection_refused);
            } else {
                const socket_address peer = driver.run(listener.accept()).value().second;
                CPPUNIT_ASSERT(peer.to_string().starts_with("[::ffff:127.0.0.1]:"));
            }
        }
    }

    void a_connection_that_is_reset_early_does_no_harm() {
        test_driver driver;
        tcp_listener listener = listen();
        {
            const sys::descriptor client = connecting_to(listener.local_address().value());
            sys::set_linger(client.get(), std::chrono::seconds(0)).value();
        }
        const sys::descriptor client = connecting_to(listener.local_address().value());
        const auto expected =
            socket_address::from_raw(sys::getsockname(client.get()).value()).value();
        // Linux gives the dead one first, other systems an error that is passed over.
        while (driver.run(listener.accept()).value().second != expected) continue;
    }

    void a_listener_may_move_between_accepts() {
        test_driver driver;
        tcp_listener first = listen();
        const sys::descriptor client = connecting_to(first.local_address().value());
        tcp_listener second = std::move(first);
        CPPUNIT_ASSERT(driver.run(second.accept()).has_value());
        CPPUNIT_ASSERT_EQUAL(-1, first.native_handle());
        CPPUNIT_ASSERT(driver.run(first.accept()).error() == std::errc::bad_file_descriptor);
        CPPUNIT_ASSERT(first.local_address().error() == std::errc::bad_file_descriptor);
        first = std::move(second);
        const sys::descriptor another = connecting_to(first.local_address().value());
        CPPUNIT_ASSERT(driver.run(first.accept()).has_value());
    }

    void dropping_a_listener_frees_its_port_and_descriptor() {
        test_driver driver;
        const std::ptrdiff_t before = open_descriptors();
        std::optional<tcp_listener> listener(listen());
        const socket_address address = listener->local_address().value();
        {
            accept_future waiting = listener->accept();
            CPPUNIT_ASSERT(driver.poll_once(waiting).is_pending());
        }
        listener.reset();
        CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, driver.reactor().counters().registered_sockets);
        CPPUNIT_ASSERT(driver.run(tcp_stream::connect(address)).error() ==
                       std::errc::connection_refused);
    }

    void listening_outside_a_runtime_says_what_to_do() {
        try {
            static_cast<void>(listen());
            CPPUNIT_FAIL("listening without a reactor");
        } catch (const std::logic_error& error) {
            CPPUNIT_ASSERT(std::strstr(error.what(), "runtime::block_on") != nullptr);
        }
    }

    void after_the_reactor_is_gone_accept_is_canceled() {
        test_driver driver;
        tcp_listener listener = listen();
        wake_counter woken;
        accept_future accepting = listener.accept();
        CPPUNIT_ASSERT(driver.poll_once(accepting, woken).is_pending());
        driver.reactor().shut_down();
        CPPUNIT_ASSERT_EQUAL(1U, woken.count());
        CPPUNIT_ASSERT(driver.run(accepting).error() == std::errc::operation_canceled);
        CPPUNIT_ASSERT(driver.run(listener.accept()).error() == std::errc::operation_canceled);
        CPPUNIT_ASSERT(tcp_listener::bind(socket_address::loopback(0)).error() ==
                       std::errc::operation_canceled);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(tcp_listener_test);

}  // namespace yot_run::net
