#include <yot_run/net/tcp_stream.hpp>

#include <yot_run/net/test_driver.hpp>
#include <yot_run/net/test_streams.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <csignal>
#include <optional>
#include <utility>

namespace yot_run::net {
namespace {

using std::chrono::seconds;

}  // namespace

class tcp_stream_close_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(tcp_stream_close_test);
    CPPUNIT_TEST(after_half_a_close_the_other_half_works);
    CPPUNIT_TEST(a_direction_that_was_shut_down_says_so);
    CPPUNIT_TEST(a_shutdown_ends_what_waits);
    CPPUNIT_TEST(a_reset_is_an_error_for_reader_and_writer);
    CPPUNIT_TEST(writing_to_a_closed_peer_raises_no_signal);
    CPPUNIT_TEST(after_the_reactor_is_gone_operations_are_canceled);
    CPPUNIT_TEST(a_stream_that_was_moved_from_has_no_descriptor);
    CPPUNIT_TEST(assigning_a_stream_closes_the_old_one);
    CPPUNIT_TEST_SUITE_END();

public:
    void after_half_a_close_the_other_half_works() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        driver.run(pair.client.write_all(as_bytes("last"))).value();
        pair.client.shutdown(shutdown_side::write).value();
        expect_text(driver, pair.server, "last");
        std::array<std::byte, 4> into;
        for (int i = 0; i < 3; ++i) {  // The end stays.
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.run(pair.server.read(into)).value());
        }
        driver.run(pair.server.write_all(as_bytes("still here"))).value();
        expect_text(driver, pair.client, "still here");
    }

    void a_direction_that_was_shut_down_says_so() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        pair.client.shutdown(shutdown_side::write).value();
        CPPUNIT_ASSERT(driver.run(pair.client.write(as_bytes("x"))).error() ==
                       std::errc::broken_pipe);
        pair.client.shutdown(shutdown_side::read).value();
        std::array<std::byte, 4> into;
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.run(pair.client.read(into)).value());
        pair.server.shutdown(shutdown_side::both).value();
        CPPUNIT_ASSERT(driver.run(pair.server.write_all(as_bytes("x"))).error() ==
                       std::errc::broken_pipe);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.run(pair.server.read(into)).value());
    }

    void a_shutdown_ends_what_waits() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        small_buffers(pair.client);
        fill(driver, pair.client);
        std::array<std::byte, 4> into;
        wake_counter reader_woken;
        wake_counter writer_woken;
        read_future reading = pair.client.read(into);
        write_future writing = pair.client.write(as_bytes("x"));
        CPPUNIT_ASSERT(driver.poll_once(reading, reader_woken).is_pending());
        CPPUNIT_ASSERT(driver.poll_once(writing, writer_woken).is_pending());
        pair.client.shutdown(shutdown_side::both).value();
        driver.turn_until_woken(reader_woken);
        driver.turn_until_woken(writer_woken);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.run(reading).value());
        CPPUNIT_ASSERT(driver.run(writing).error() == std::errc::broken_pipe);
    }

    void a_reset_is_an_error_for_reader_and_writer() {
        test_driver driver;
        tcp_listener listener = tcp_listener::bind(socket_address::loopback(0)).value();
        std::array<std::byte, 4> into;
        for (const bool waiting : {true, false}) {
            stream_pair pair = connect_pair(driver, listener);
            wake_counter woken;
            read_future reading = pair.server.read(into);
            if (waiting) CPPUNIT_ASSERT(driver.poll_once(reading, woken).is_pending());
            pair.client.set_linger(seconds(0)).value();
            {
                const tcp_stream dropped = std::move(pair.client);
            }
            if (waiting) driver.turn_until_woken(woken);
            CPPUNIT_ASSERT(driver.run(reading).error() == std::errc::connection_reset);
            CPPUNIT_ASSERT(driver.run(pair.server.write(as_bytes("x"))).error() ==
                           std::errc::broken_pipe);
        }
        stream_pair pair = connect_pair(driver, listener);
        pair.client.set_linger(seconds(0)).value();
        {
            const tcp_stream dropped = std::move(pair.client);
        }
        CPPUNIT_ASSERT(driver.run(pair.server.write(as_bytes("x"))).error() ==
                       std::errc::connection_reset);
    }

    void writing_to_a_closed_peer_raises_no_signal() {
        // A SIGPIPE would end the test program here.
        CPPUNIT_ASSERT(std::signal(SIGPIPE, SIG_DFL) != SIG_ERR);
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        {
            const tcp_stream dropped = std::move(pair.server);
        }
        io_result<std::size_t> written;
        while (written) written = driver.run(pair.client.write(as_bytes("x")));
        CPPUNIT_ASSERT(written.error() == std::errc::broken_pipe ||
                       written.error() == std::errc::connection_reset);
        const std::array pieces{as_bytes("x")};
        CPPUNIT_ASSERT(driver.run(pair.client.writev(pieces)).error() == std::errc::broken_pipe);
    }

    void after_the_reactor_is_gone_operations_are_canceled() {
        std::optional<test_driver> driver(std::in_place);
        stream_pair pair = connect_pair(*driver);
        std::array<std::byte, 4> into;
        wake_counter woken;
        read_future waiting = pair.client.read(into);
        CPPUNIT_ASSERT(driver->poll_once(waiting, woken).is_pending());
        driver->reactor().shut_down();
        CPPUNIT_ASSERT_EQUAL(1U, woken.count());
        const auto canceled = std::errc::operation_canceled;
        CPPUNIT_ASSERT(driver->run(waiting).error() == canceled);
        CPPUNIT_ASSERT(driver->run(pair.client.write(as_bytes("x"))).error() == canceled);
        CPPUNIT_ASSERT(driver->run(pair.client.write_all(as_bytes("x"))).error() == canceled);
        CPPUNIT_ASSERT(driver->run(pair.client.read_exact(into)).error() == canceled);
        driver.reset();  // The streams outlive their reactor.
    }

    void a_stream_that_was_moved_from_has_no_descriptor() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        std::array<std::byte, 4> into;
        {
            // So that nothing but the missing descriptor can make the next read ready.
            read_future nothing_there = pair.client.read(into);
            CPPUNIT_ASSERT(driver.poll_once(nothing_there).is_pending());
        }
        const tcp_stream moved = std::move(pair.client);
        CPPUNIT_ASSERT_EQUAL(-1, pair.client.native_handle());
        const auto bad = std::errc::bad_file_descriptor;
        read_future reading = pair.client.read(into);
        auto answer = driver.poll_once(reading);
        CPPUNIT_ASSERT(answer.is_ready());
        CPPUNIT_ASSERT(answer.value().error() == bad);
        CPPUNIT_ASSERT(driver.run(pair.client.write(as_bytes("x"))).error() == bad);
        CPPUNIT_ASSERT(pair.client.peer_address().error() == bad);
        CPPUNIT_ASSERT(pair.client.shutdown(shutdown_side::both).error() == bad);
        CPPUNIT_ASSERT(pair.client.nodelay().error() == bad);
        CPPUNIT_ASSERT(pair.client.keepalive().error() == bad);
        CPPUNIT_ASSERT(pair.client.linger().error() == bad);
    }

    void assigning_a_stream_closes_the_old_one() {
        test_driver driver;
        tcp_listener listener = tcp_listener::bind(socket_address::loopback(0)).value();
        stream_pair first = connect_pair(driver, listener);
        stream_pair second = connect_pair(driver, listener);
        const std::ptrdiff_t before = open_descriptors();
        const int number = second.client.native_handle();
        first.client = std::move(second.client);
        CPPUNIT_ASSERT_EQUAL(before - 1, open_descriptors());
        CPPUNIT_ASSERT_EQUAL(number, first.client.native_handle());
        std::array<std::byte, 4> into;
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.run(first.server.read(into)).value());
        read_future reading = first.client.read(into);
        wake_counter woken;
        CPPUNIT_ASSERT(driver.poll_once(reading, woken).is_pending());
        driver.run(second.server.write_all(as_bytes("ab"))).value();
        driver.turn_until_woken(woken);  // Its registration came along.
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, driver.run(reading).value());
        // Those that are left: the assigned one, both servers and the listener.
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{4}, driver.reactor().counters().registered_sockets);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(tcp_stream_close_test);

}  // namespace yot_run::net
