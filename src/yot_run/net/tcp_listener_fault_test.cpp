#include <yot_run/net/tcp_listener.hpp>

#include <yot_run/net/test_driver.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace yot_run::net {
namespace {

using std::chrono::milliseconds;
namespace fault_plan = sys::fault_plan;
using sys::call;

sys::descriptor connecting_to(const tcp_listener& listener) {
    sys::descriptor made = sys::socket(AF_INET).value();
    const io_result<void> begun =
        sys::connect(made.get(), listener.local_address().value().to_raw());
    CPPUNIT_ASSERT(begun.has_value() || begun.error() == std::errc::operation_in_progress);
    return made;
}

// A listener, a connection that waits there, and what was reported.
struct scene {
    test_driver driver;
    std::vector<int> reported;
    tcp_listener listener =
        tcp_listener::bind(socket_address::loopback(0), {.on_accept_error =
                                                             [this](const std::error_code& error) {
                                                                 reported.push_back(error.value());
                                                             }})
            .value();
    sys::descriptor client = connecting_to(listener);
    std::uint64_t accepts_before = fault_plan::calls(call::accept);

    [[nodiscard]] std::uint64_t accepts() const {
        return fault_plan::calls(call::accept) - accepts_before;
    }
};

}  // namespace

class tcp_listener_fault_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(tcp_listener_fault_test);
    CPPUNIT_TEST(out_of_descriptors_it_pauses_reports_and_goes_on);
    CPPUNIT_TEST(each_lack_of_resources_is_survived);
    CPPUNIT_TEST(while_the_lack_lasts_it_does_not_spin);
    CPPUNIT_TEST(a_pause_outlasts_a_dropped_accept);
    CPPUNIT_TEST(a_bad_connection_is_passed_over_in_the_same_poll);
    CPPUNIT_TEST(bad_connections_without_end_do_not_make_it_spin);
    CPPUNIT_TEST(a_success_and_an_empty_queue_start_all_over);
    CPPUNIT_TEST(a_connection_that_cannot_be_watched_is_dropped);
    CPPUNIT_TEST(an_error_of_the_listener_itself_is_returned);
    CPPUNIT_TEST(a_pause_ends_when_the_reactor_is_gone);
    CPPUNIT_TEST(each_call_of_bind_may_fail);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { fault_plan::clear(); }
    void tearDown() override { fault_plan::clear(); }

    void out_of_descriptors_it_pauses_reports_and_goes_on() {
        scene s;
        fault_plan::fail(call::accept, EMFILE, 1, 3);
        const sys::time_point begin = sys::now();
        CPPUNIT_ASSERT(s.driver.run(s.listener.accept()).has_value());
        CPPUNIT_ASSERT(sys::now() - begin >= milliseconds(5 + 10 + 20));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{4}, s.accepts());
        CPPUNIT_ASSERT(std::vector({EMFILE, EMFILE, EMFILE}) == s.reported);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, s.listener.accept_errors().count);
        CPPUNIT_ASSERT(s.listener.accept_errors().last == std::errc::too_many_files_open);
    }

    void each_lack_of_resources_is_survived() {
        for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
            scene s;
            fault_plan::fail(call::accept, error);
            CPPUNIT_ASSERT(s.driver.run(s.listener.accept()).has_value());
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, s.accepts());
            CPPUNIT_ASSERT(std::vector({error}) == s.reported);
        }
    }

    void while_the_lack_lasts_it_does_not_spin() {
        scene s;
        fault_plan::fail(call::accept, EMFILE, 1, fault_plan::for_ever);
        const std::array<int, 6> due_ms{0, 5, 15, 35, 75, 155};  // When the calls may come.
        const sys::time_point begin = sys::now();
        accept_future accepting = s.listener.accept();
        wake_counter woken;
        while (s.accepts() < due_ms.size()) {
            const unsigned before = woken.count();
            for (int i = 0; i < 100; ++i) {  // However often it is polled during a pause.
                CPPUNIT_ASSERT(s.driver.poll_once(accepting, woken).is_pending());
                const std::size_t calls = std::min<std::size_t>(s.accepts(), due_ms.size());
                CPPUNIT_ASSERT(sys::now() - begin >= milliseconds(due_ms[calls - 1]));
            }
            s.driver.turn_until_woken(woken, before);
        }
        fault_plan::fail(call::accept, 0, 1, 0);
        CPPUNIT_ASSERT(s.driver.run(accepting).has_value());
    }

    void a_pause_outlasts_a_dropped_accept() {
        scene s;
        fault_plan::fail(call::accept, EMFILE, 1, fault_plan::for_ever);
        const sys::time_point begin = sys::now();
        const auto pausing = [&] { return sys::now() - begin < milliseconds(5); };
        do {
            accept_future dropped = s.listener.accept();
            CPPUNIT_ASSERT(s.driver.poll_once(dropped).is_pending());
            if (pausing()) CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, s.accepts());
        } while (pausing());
        fault_plan::fail(call::accept, 0, 1, 0);
        CPPUNIT_ASSERT(s.driver.run(s.listener.accept()).has_value());
    }

    void a_bad_connection_is_passed_over_in_the_same_poll() {
        for (const int error : {ECONNABORTED, EPROTO, EPERM, ENETDOWN, EHOSTUNREACH, ETIMEDOUT}) {
            scene s;
            fault_plan::fail(call::accept, error, 1, 15);
            accept_future accepting = s.listener.accept();
            CPPUNIT_ASSERT(s.driver.poll_once(accepting).value().has_value());
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{16}, s.accepts());
            CPPUNIT_ASSERT_EQUAL(std::size_t{15}, s.reported.size());
        }
    }

    void bad_connections_without_end_do_not_make_it_spin() {
        scene s;
        fault_plan::fail(call::accept, ECONNABORTED, 1, fault_plan::for_ever);
        accept_future accepting = s.listener.accept();
        wake_counter woken;
        const sys::time_point begin = sys::now();
        CPPUNIT_ASSERT(s.driver.poll_once(accepting, woken).is_pending());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{16}, s.accepts());
        CPPUNIT_ASSERT_EQUAL(0U, woken.count());
        s.driver.turn_until_woken(woken);
        CPPUNIT_ASSERT(sys::now() - begin >= milliseconds(5));
        CPPUNIT_ASSERT(s.driver.poll_once(accepting).is_pending());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{32}, s.accepts());
    }

    void a_success_and_an_empty_queue_start_all_over() {
        scene s;
        // Ten bad connections are passed over at once, but twenty in a row would not be.
        for (int i = 0; i < 5; ++i) {
            const sys::descriptor client = connecting_to(s.listener);
            fault_plan::fail(call::accept, ECONNABORTED, 1, 10);
            accept_future accepting = s.listener.accept();
            CPPUNIT_ASSERT(s.driver.poll_once(accepting).value().has_value());
        }
        CPPUNIT_ASSERT(s.driver.run(s.listener.accept()).has_value());  // The last one.
        for (int i = 0; i < 5; ++i) {
            fault_plan::fail(call::accept, ECONNABORTED, 1, 10);
            accept_future accepting = s.listener.accept();
            wake_counter woken;
            auto answer = s.driver.poll_once(accepting, woken);
            CPPUNIT_ASSERT(answer.is_pending());
            const sys::descriptor client = connecting_to(s.listener);
            s.driver.turn_until_woken(woken);
            CPPUNIT_ASSERT(s.driver.poll_once(accepting).value().has_value());
        }
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{100}, s.listener.accept_errors().count);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, s.driver.reactor().counters().timers_fired);
    }

    void a_connection_that_cannot_be_watched_is_dropped() {
        for (const int error : {ENOMEM, ENOSPC}) {
            scene s;
            const std::ptrdiff_t before = open_descriptors();
            fault_plan::fail(call::epoll_add, error);
            accept_future accepting = s.listener.accept();
            CPPUNIT_ASSERT(s.driver.poll_once(accepting).is_pending());
            CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
            CPPUNIT_ASSERT(std::vector({error}) == s.reported);
            const sys::descriptor another = connecting_to(s.listener);
            CPPUNIT_ASSERT(s.driver.run(accepting).has_value());
        }
    }

    void an_error_of_the_listener_itself_is_returned() {
        scene s;
        for (const int error : {EBADF, EINVAL, ENOTSOCK, EFAULT}) {
            fault_plan::fail(call::accept, error);
            CPPUNIT_ASSERT_EQUAL(error, s.driver.run(s.listener.accept()).error().value());
        }
        CPPUNIT_ASSERT(s.reported.empty());
        CPPUNIT_ASSERT(s.driver.run(s.listener.accept()).has_value());
        fault_plan::fail(call::getsockname, ENOBUFS);
        CPPUNIT_ASSERT(s.listener.local_address().error() == std::errc::no_buffer_space);
    }

    void a_pause_ends_when_the_reactor_is_gone() {
        scene s;
        fault_plan::fail(call::accept, EMFILE, 1, fault_plan::for_ever);
        wake_counter woken;
        accept_future accepting = s.listener.accept();
        CPPUNIT_ASSERT(s.driver.poll_once(accepting, woken).is_pending());
        s.driver.reactor().shut_down();
        CPPUNIT_ASSERT_EQUAL(1U, woken.count());
        CPPUNIT_ASSERT(s.driver.run(accepting).error() == std::errc::operation_canceled);
    }

    void each_call_of_bind_may_fail() {
        test_driver driver;
        const std::ptrdiff_t before = open_descriptors();
        const auto check = [&](call failing, int error, std::uint64_t nth = 1) {
            fault_plan::fail(failing, error, nth);
            const auto bound =
                tcp_listener::bind(socket_address::loopback(0, address_family::ipv6));
            CPPUNIT_ASSERT_EQUAL(error, bound.error().value());
            CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
        };
        for (const int error : {EMFILE, ENFILE, EAFNOSUPPORT, ENOMEM}) check(call::socket, error);
        check(call::setsockopt, ENOPROTOOPT, 1);
        check(call::setsockopt, ENOPROTOOPT, 2);
        for (const int error : {EACCES, EADDRINUSE, EADDRNOTAVAIL}) check(call::bind, error);
        check(call::listen, EADDRINUSE);
        for (const int error : {ENOMEM, ENOSPC}) check(call::epoll_add, error);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, driver.reactor().counters().registered_sockets);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(tcp_listener_fault_test);

}  // namespace yot_run::net
