#include <yot_run/net/tcp_stream.hpp>

#include <yot_run/net/test_driver.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

namespace yot_run::net {
namespace {

using std::chrono::seconds;
namespace fault_plan = sys::fault_plan;
using sys::call;

}  // namespace

class tcp_stream_fault_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(tcp_stream_fault_test);
    CPPUNIT_TEST(an_error_of_a_call_is_given_and_leaves_the_stream_usable);
    CPPUNIT_TEST(an_error_in_the_middle_tells_how_far_it_came);
    CPPUNIT_TEST(short_transfers_add_up);
    CPPUNIT_TEST(short_transfers_yield_when_the_budget_is_used_up);
    CPPUNIT_TEST(a_writer_that_moves_nothing_does_not_spin);
    CPPUNIT_TEST(waiting_makes_no_calls);
    CPPUNIT_TEST(nothing_asked_for_makes_no_calls);
    CPPUNIT_TEST(options_report_the_errors_of_their_calls);
    CPPUNIT_TEST(a_failing_close_leaks_nothing);
    CPPUNIT_TEST(a_descriptor_is_closed_after_its_registration);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { fault_plan::clear(); }
    void tearDown() override { fault_plan::clear(); }

    void an_error_of_a_call_is_given_and_leaves_the_stream_usable() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        const std::ptrdiff_t before = open_descriptors();
        std::array<std::byte, 4> into;
        const std::array pieces{as_bytes("a"), as_bytes("b")};
        for (const int error : {ECONNRESET, ETIMEDOUT, ENOBUFS, ENOMEM, EIO}) {
            fault_plan::fail(call::recv, error);
            CPPUNIT_ASSERT_EQUAL(error, driver.run(pair.client.read(into)).error().value());
            fault_plan::fail(call::recv, error);
            CPPUNIT_ASSERT_EQUAL(error, driver.run(pair.client.read_exact(into)).error().value());
            fault_plan::fail(call::send, error);
            CPPUNIT_ASSERT_EQUAL(error, driver.run(pair.client.write(into)).error().value());
            fault_plan::fail(call::send, error);
            CPPUNIT_ASSERT_EQUAL(error, driver.run(pair.client.write_all(into)).error().value());
            fault_plan::fail(call::sendmsg, error);
            CPPUNIT_ASSERT_EQUAL(error, driver.run(pair.client.writev(pieces)).error().value());
        }
        driver.run(pair.client.write_all(as_bytes("good"))).value();
        driver.run(pair.server.read_exact(into)).value();
        CPPUNIT_ASSERT_EQUAL(std::string("good"), std::string(as_text(into)));
        CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
    }

    void an_error_in_the_middle_tells_how_far_it_came() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        fault_plan::short_io(call::send, 3);
        fault_plan::fail(call::send, ECONNRESET, 3);
        const_buffer rest = as_bytes("0123456789");
        CPPUNIT_ASSERT(driver.run(pair.client.write_all(rest)).error() ==
                       std::errc::connection_reset);
        CPPUNIT_ASSERT_EQUAL(std::string("6789"), std::string(as_text(rest)));
        std::array<std::byte, 8> into;
        std::span<std::byte> left(into);
        fault_plan::short_io(call::recv, 2);
        fault_plan::fail(call::recv, ETIMEDOUT, 3);
        CPPUNIT_ASSERT(driver.run(pair.server.read_exact(left)).error() == std::errc::timed_out);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, left.size());
    }

    void short_transfers_add_up() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        fault_plan::short_io(call::send, 1);
        fault_plan::short_io(call::sendmsg, 3);
        fault_plan::short_io(call::recv, 2);
        const std::string text = "the quick brown fox jumps over the lazy dog";
        std::vector<std::byte> into(text.size());
        driver.run_all(pair.client.write_all(as_bytes(text)), pair.server.read_exact(into));
        CPPUNIT_ASSERT_EQUAL(text, std::string(as_text(into)));
        CPPUNIT_ASSERT_EQUAL(text.size(), std::size_t{fault_plan::calls(call::send)});
        const std::array pieces{as_bytes("ab"), as_bytes("cd")};
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, driver.run(pair.client.writev(pieces)).value());
    }

    void short_transfers_yield_when_the_budget_is_used_up() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        fault_plan::short_io(call::send, 1);
        const std::string text(100, 'x');
        const_buffer rest = as_bytes(text);
        write_all_future writing = pair.client.write_all(rest);
        wake_counter woken;
        CPPUNIT_ASSERT(driver.poll_once(writing, woken, 9).is_pending());
        CPPUNIT_ASSERT_EQUAL(std::size_t{90}, rest.size());
        CPPUNIT_ASSERT_EQUAL(1U, woken.count());
        driver.run(writing).value();
        CPPUNIT_ASSERT(rest.empty());
    }

    void a_writer_that_moves_nothing_does_not_spin() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        fault_plan::short_io(call::send, 0);
        CPPUNIT_ASSERT(driver.run(pair.client.write_all(as_bytes("x"))).error() ==
                       std::errc::io_error);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fault_plan::calls(call::send));
    }

    void waiting_makes_no_calls() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        std::array<std::byte, 4> into;
        read_future reading = pair.server.read(into);
        wake_counter woken;
        CPPUNIT_ASSERT(driver.poll_once(reading, woken).is_pending());
        const std::uint64_t before = fault_plan::calls(call::recv);
        for (int i = 0; i < 100; ++i) {
            CPPUNIT_ASSERT(driver.poll_once(reading, woken).is_pending());
        }
        CPPUNIT_ASSERT_EQUAL(before, fault_plan::calls(call::recv));
        CPPUNIT_ASSERT_EQUAL(0U, woken.count());
    }

    void nothing_asked_for_makes_no_calls() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.run(pair.client.read({})).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.run(pair.client.write({})).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.run(pair.client.writev({})).value());
        driver.run(pair.client.write_all(const_buffer())).value();
        for (const call kind : {call::recv, call::send, call::sendmsg}) {
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, fault_plan::calls(kind));
        }
    }

    void options_report_the_errors_of_their_calls() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        tcp_stream& stream = pair.client;
        const auto check = [](call failing, auto operation, std::uint64_t nth = 1) {
            fault_plan::fail(failing, ENOBUFS, nth);
            CPPUNIT_ASSERT(operation().error() == std::errc::no_buffer_space);
        };
        check(call::setsockopt, [&] { return stream.set_nodelay(true); });
        check(call::getsockopt, [&] { return stream.nodelay(); });
        for (std::uint64_t nth = 1; nth <= 4; ++nth) {
            check(call::setsockopt, [&] { return stream.set_keepalive(keepalive_options()); }, nth);
            CPPUNIT_ASSERT(!stream.keepalive().value());
            check(call::getsockopt, [&] { return stream.keepalive(); }, nth);
        }
        check(call::setsockopt, [&] { return stream.set_keepalive(std::nullopt); });
        check(call::set_linger, [&] { return stream.set_linger(seconds(1)); });
        check(call::get_linger, [&] { return stream.linger(); });
        check(call::getpeername, [&] { return stream.peer_address(); });
        check(call::getsockname, [&] { return stream.local_address(); });
        check(call::shutdown, [&] { return stream.shutdown(shutdown_side::write); });
        auto halves = std::move(stream).split();
        check(call::shutdown, [&] { return halves.second.shutdown(); });
        fault_plan::fail(call::shutdown, ENOTCONN);  // Of the write_half's destructor: no harm.
    }

    void a_failing_close_leaks_nothing() {
        test_driver driver;
        const std::ptrdiff_t before = open_descriptors();
        fault_plan::fail(call::close, EIO, 1, fault_plan::for_ever);
        {
            const stream_pair pair = connect_pair(driver);
        }
        CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, fault_plan::calls(call::close));
        // The same with deregistration: closing ends it anyway.
        fault_plan::fail(call::epoll_delete, ENOMEM, 1, fault_plan::for_ever);
        {
            const stream_pair pair = connect_pair(driver);
        }
        CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, driver.reactor().counters().registered_sockets);
    }

    void a_descriptor_is_closed_after_its_registration() {
        test_driver driver;
        tcp_listener listener = tcp_listener::bind(socket_address::loopback(0)).value();
        {
            stream_pair first = connect_pair(driver, listener);
            stream_pair second = connect_pair(driver, listener);
            first.client = std::move(second.client);
            listener = tcp_listener::bind(socket_address::loopback(0)).value();
        }
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{5}, fault_plan::calls(call::epoll_delete));
        // The kernel refuses to deregister what is closed.
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, fault_plan::failed_calls(call::epoll_delete));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(tcp_stream_fault_test);

}  // namespace yot_run::net
