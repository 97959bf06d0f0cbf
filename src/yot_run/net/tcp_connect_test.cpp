#include <yot_run/net/tcp_connect.hpp>

#include <yot_run/net/test_driver.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cstring>
#include <deque>
#include <stdexcept>

namespace yot_run::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

// A port at which nobody listens: reserved, so that nobody will.
class deaf_port {
public:
    deaf_port() : socket_(sys::socket(AF_INET).value()) {
        sys::bind(socket_.get(), socket_address::loopback(0).to_raw()).value();
    }
    [[nodiscard]] socket_address address() const {
        return socket_address::from_raw(sys::getsockname(socket_.get()).value()).value();
    }

private:
    sys::descriptor socket_;
};

// A listener whose queue is full: the next one that connects has to wait. Linux drops its requests,
// and the system of the one who connects repeats them, after a second at first.
class full_listener {
public:
    explicit full_listener(test_driver& driver)
        : listener_(tcp_listener::bind(socket_address::loopback(0), {.backlog = 1}).value()) {
        for (;;) {
            connect_future attempt(address());
            if (driver.poll_once(attempt).is_pending()) {
                driver.turn();
                auto again = driver.poll_once(attempt);
                if (again.is_pending()) return;
                queued_.push_back(std::move(again).value().value());
                continue;
            }
            CPPUNIT_ASSERT(queued_.size() < 16);
            connect_future next(address());
            queued_.push_back(driver.run(next).value());
        }
    }
    [[nodiscard]] socket_address address() const { return listener_.local_address().value(); }
    void accept_all(test_driver& driver) {
        for (;;) {
            accept_future accepting = listener_.accept();
            if (driver.poll_once(accepting).is_pending()) return;
        }
    }

private:
    tcp_listener listener_;
    std::deque<tcp_stream> queued_;
};

}  // namespace

class tcp_connect_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(tcp_connect_test);
    CPPUNIT_TEST(both_ends_of_a_connection_know_each_other);
    CPPUNIT_TEST(ipv6_connects_too);
    CPPUNIT_TEST(nobody_listening_is_connection_refused);
    CPPUNIT_TEST(a_connection_that_takes_its_time_is_made);
    CPPUNIT_TEST(the_timeout_ends_a_connect_that_waits);
    CPPUNIT_TEST(a_connection_within_the_timeout_is_made);
    CPPUNIT_TEST(dropping_a_connect_closes_its_socket);
    CPPUNIT_TEST(connecting_outside_a_runtime_says_what_to_do);
    CPPUNIT_TEST(after_the_reactor_is_gone_connect_is_canceled);
    CPPUNIT_TEST_SUITE_END();

public:
    void both_ends_of_a_connection_know_each_other() {
        test_driver driver;
        tcp_listener listener = tcp_listener::bind(socket_address::loopback(0)).value();
        const stream_pair pair = connect_pair(driver, listener);
        CPPUNIT_ASSERT_EQUAL(listener.local_address().value(), pair.client.peer_address().value());
        CPPUNIT_ASSERT_EQUAL(pair.client.local_address().value(),
                             pair.server.peer_address().value());
        CPPUNIT_ASSERT_EQUAL(pair.server.local_address().value(),
                             pair.client.peer_address().value());
    }

    void ipv6_connects_too() {
        test_driver driver;
        auto listener = tcp_listener::bind(socket_address::loopback(0, address_family::ipv6));
        // A machine without IPv6 has nothing to test here.
        if (!listener) {
            CPPUNIT_ASSERT(listener.error() == std::errc::address_not_available ||
                           listener.error() == std::errc::address_family_not_supported);
            return;
        }
        const stream_pair pair = connect_pair(driver, *listener);
        CPPUNIT_ASSERT(pair.server.peer_address().value().is_ipv6());
        CPPUNIT_ASSERT_EQUAL(pair.client.local_address().value(),
                             pair.server.peer_address().value());
    }

    void nobody_listening_is_connection_refused() {
        test_driver driver;
        const deaf_port port;
        const std::ptrdiff_t before = open_descriptors();
        connect_future connecting = tcp_stream::connect(port.address());
        const auto connected = driver.run(connecting);
        CPPUNIT_ASSERT(connected.error() == std::errc::connection_refused);
        // Closed already, although the future is still there.
        CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
    }

    void a_connection_that_takes_its_time_is_made() {
        test_driver driver;
        full_listener listener(driver);
        connect_future waiting = tcp_stream::connect(listener.address());
        CPPUNIT_ASSERT(driver.poll_once(waiting).is_pending());
        driver.turn();
        CPPUNIT_ASSERT(driver.poll_once(waiting).is_pending());
        listener.accept_all(driver);
        const auto connected = driver.run(waiting);
        CPPUNIT_ASSERT_EQUAL(listener.address(), connected.value().peer_address().value());
    }

    void the_timeout_ends_a_connect_that_waits() {
        test_driver driver;
        const full_listener listener(driver);
        const std::ptrdiff_t before = open_descriptors();
        const sys::time_point begin = sys::now();
        auto waiting = tcp_stream::connect(listener.address(), milliseconds(10));
        CPPUNIT_ASSERT(driver.run(waiting).error() == std::errc::timed_out);
        CPPUNIT_ASSERT(sys::now() - begin >= milliseconds(10));
        CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
    }

    void a_connection_within_the_timeout_is_made() {
        test_driver driver;
        tcp_listener listener = tcp_listener::bind(socket_address::loopback(0)).value();
        auto [client, accepted] = driver.run_all(
            tcp_stream::connect(listener.local_address().value(), minutes(5)), listener.accept());
        CPPUNIT_ASSERT(client.has_value() && accepted.has_value());
        const deaf_port port;
        CPPUNIT_ASSERT(driver.run(tcp_stream::connect(port.address(), minutes(5))).error() ==
                       std::errc::connection_refused);
    }

    void dropping_a_connect_closes_its_socket() {
        test_driver driver;
        const full_listener listener(driver);
        const std::ptrdiff_t before = open_descriptors();
        {
            connect_future unpolled = tcp_stream::connect(listener.address());
            connect_future waiting = tcp_stream::connect(listener.address());
            auto limited = tcp_stream::connect(listener.address(), minutes(5));
            CPPUNIT_ASSERT(driver.poll_once(waiting).is_pending());
            CPPUNIT_ASSERT(driver.poll_once(limited).is_pending());
            CPPUNIT_ASSERT_EQUAL(before + 2, open_descriptors());
        }
        CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
    }

    void connecting_outside_a_runtime_says_what_to_do() {
        environment nowhere;
        const waker waker = noop_waker();
        context cx(waker, nowhere);
        connect_future connecting = tcp_stream::connect(socket_address::loopback(1));
        try {
            static_cast<void>(connecting.poll(cx));
            CPPUNIT_FAIL("connected without a reactor");
        } catch (const std::logic_error& error) {
            CPPUNIT_ASSERT(std::strstr(error.what(), "runtime::block_on") != nullptr);
        }
    }

    void after_the_reactor_is_gone_connect_is_canceled() {
        test_driver driver;
        const full_listener listener(driver);
        wake_counter woken;
        connect_future waiting = tcp_stream::connect(listener.address());
        CPPUNIT_ASSERT(driver.poll_once(waiting, woken).is_pending());
        driver.reactor().shut_down();
        CPPUNIT_ASSERT_EQUAL(1U, woken.count());
        CPPUNIT_ASSERT(driver.run(waiting).error() == std::errc::operation_canceled);
        connect_future late = tcp_stream::connect(listener.address());
        CPPUNIT_ASSERT(driver.run(late).error() == std::errc::operation_canceled);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(tcp_connect_test);

}  // namespace yot_run::net
