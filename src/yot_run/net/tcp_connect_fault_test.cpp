#include <yot_run/net/tcp_connect.hpp>

#include <yot_run/net/test_driver.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cerrno>

namespace yot_run::net {
namespace {

using std::chrono::minutes;
namespace fault_plan = sys::fault_plan;
using sys::call;

}  // namespace

class tcp_connect_fault_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(tcp_connect_fault_test);
    CPPUNIT_TEST(each_call_of_connect_may_fail);
    CPPUNIT_TEST(an_outcome_that_is_not_known_yet_is_waited_for);
    CPPUNIT_TEST(a_connect_that_is_done_at_once_is_done);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { fault_plan::clear(); }
    void tearDown() override { fault_plan::clear(); }

    void each_call_of_connect_may_fail() {
        test_driver driver;
        const tcp_listener listener = tcp_listener::bind(socket_address::loopback(0)).value();
        const socket_address address = listener.local_address().value();
        const std::ptrdiff_t before = open_descriptors();
        const auto check = [&](call failing, int error) {
            for (const bool limited : {false, true}) {
                fault_plan::fail(failing, error);
                const auto connected = limited
                                           ? driver.run(tcp_stream::connect(address, minutes(1)))
                                           : driver.run(tcp_stream::connect(address));
                CPPUNIT_ASSERT_EQUAL(error, connected.error().value());
                CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
                CPPUNIT_ASSERT_EQUAL(std::uint64_t{1},
                                     driver.reactor().counters().registered_sockets);
            }
        };
        for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) check(call::socket, error);
        for (const int error :
             {ECONNREFUSED, ENETUNREACH, EACCES, EPERM, EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN}) {
            check(call::connect, error);
        }
        for (const int error : {ENOMEM, ENOSPC}) check(call::epoll_add, error);
        for (const int error : {ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH}) {
            check(call::take_socket_error, error);
        }
        check(call::getpeername, ENOBUFS);
        // An error of close cannot be acted on: the descriptor is gone, and the outcome stands.
        fault_plan::fail(call::close, EIO, 1, fault_plan::for_ever);
        check(call::connect, ECONNREFUSED);
    }

    void an_outcome_that_is_not_known_yet_is_waited_for() {
        test_driver driver;
        tcp_listener listener = tcp_listener::bind(socket_address::loopback(0)).value();
        // As if the handshake took longer than the first look at it.
        fault_plan::fail(call::getpeername, ENOTCONN);
        wake_counter woken;
        connect_future connecting = tcp_stream::connect(listener.local_address().value());
        CPPUNIT_ASSERT(driver.poll_once(connecting, woken).is_pending());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fault_plan::calls(call::getpeername));
        driver.turn_until_woken(woken);
        CPPUNIT_ASSERT(driver.run(connecting).has_value());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fault_plan::calls(call::connect));
    }

    void a_connect_that_is_done_at_once_is_done() {
        test_driver driver;
        tcp_listener listener = tcp_listener::bind(socket_address::loopback(0)).value();
        connect_future connecting = tcp_stream::connect(listener.local_address().value());
        const auto connected = driver.run(connecting);
        CPPUNIT_ASSERT_EQUAL(listener.local_address().value(),
                             connected.value().peer_address().value());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fault_plan::calls(call::connect));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(tcp_connect_fault_test);

}  // namespace yot_run::net
