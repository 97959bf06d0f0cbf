#include <yot_run/net/tcp_stream.hpp>

#include <yot_run/net/test_driver.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace {

// Counts what this program allocates; see operations_allocate_nothing.
std::size_t allocations = 0;

void* counted_allocation(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted_allocation(size); }
void* operator new[](std::size_t size) { return counted_allocation(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace yot_run::net {
namespace {

using std::chrono::seconds;

std::vector<std::byte> pattern(std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i % 251);
    return bytes;
}

// Reads exactly as much text as is expected, and compares.
void expect_text(test_driver& driver, tcp_stream& stream, std::string_view expected) {
    std::vector<std::byte> got(expected.size());
    driver.run(stream.read_exact(got)).value();
    CPPUNIT_ASSERT_EQUAL(std::string(expected), std::string(as_text(got)));
}

// Writes until the stream takes no more, and returns how much it took. The kernel may have news
// about room already, so it has to be found full a second time, after a turn.
std::size_t fill(test_driver& driver, tcp_stream& stream) {
    const std::vector<std::byte> bytes = pattern(64 * 1024);
    std::size_t written = 0;
    for (bool was_full = false;;) {
        write_future writing = stream.write(bytes);
        auto answer = driver.poll_once(writing);
        if (answer.is_ready()) {
            written += answer.value().value();
        } else if (std::exchange(was_full, true)) {
            return written;
        }
        driver.turn();
    }
}

void small_buffers(tcp_stream& stream) {
    for (const auto option : {sys::socket_option::send_buffer, sys::socket_option::receive_buffer}) {
        sys::setsockopt(stream.native_handle(), option, 4096).value();
    }
}

}  // namespace

class tcp_stream_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(tcp_stream_test);
    CPPUNIT_TEST(both_ends_read_what_the_other_writes);
    CPPUNIT_TEST(a_read_takes_what_there_is);
    CPPUNIT_TEST(a_read_waits_until_something_comes);
    CPPUNIT_TEST(nothing_asked_for_is_ready_at_once);
    CPPUNIT_TEST(a_big_write_waits_for_room_and_arrives_whole);
    CPPUNIT_TEST(a_write_into_a_full_stream_waits_for_room);
    CPPUNIT_TEST(pieces_arrive_in_order_however_many);
    CPPUNIT_TEST(an_early_end_is_named_and_tells_how_far_it_came);
    CPPUNIT_TEST(after_half_a_close_the_other_half_works);
    CPPUNIT_TEST(a_direction_that_was_shut_down_says_so);
    CPPUNIT_TEST(a_shutdown_ends_what_waits);
    CPPUNIT_TEST(a_reset_is_an_error_for_reader_and_writer);
    CPPUNIT_TEST(writing_to_a_closed_peer_raises_no_signal);
    CPPUNIT_TEST(a_dropped_read_loses_nothing);
    CPPUNIT_TEST(a_read_exact_dropped_anywhere_tells_how_far_it_came);
    CPPUNIT_TEST(a_write_all_dropped_anywhere_tells_how_far_it_came);
    CPPUNIT_TEST(a_span_that_is_not_kept_is_copied);
    CPPUNIT_TEST(reader_and_writer_wait_at_the_same_time);
    CPPUNIT_TEST(a_long_read_lets_others_have_a_turn);
    CPPUNIT_TEST(after_the_reactor_is_gone_operations_are_canceled);
    CPPUNIT_TEST(a_stream_that_was_moved_from_has_no_descriptor);
    CPPUNIT_TEST(assigning_a_stream_closes_the_old_one);
    CPPUNIT_TEST(options_are_read_back_as_set);
    CPPUNIT_TEST(options_out_of_range_are_refused);
    CPPUNIT_TEST(operations_allocate_nothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void both_ends_read_what_the_other_writes() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        driver.run(pair.client.write_all(as_bytes("ping"))).value();
        expect_text(driver, pair.server, "ping");
        driver.run(pair.server.write_all(as_bytes("pong!"))).value();
        expect_text(driver, pair.client, "pong!");
    }

    void a_read_takes_what_there_is() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        CPPUNIT_ASSERT_EQUAL(std::size_t{5},
                             driver.run(pair.client.write(as_bytes("abcde"))).value());
        std::array<std::byte, 3> part;
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, driver.run(pair.server.read(part)).value());
        CPPUNIT_ASSERT_EQUAL(std::string("abc"), std::string(as_text(part)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, driver.run(pair.server.read(part)).value());
        CPPUNIT_ASSERT_EQUAL(std::string("de"), std::string(as_text(part).substr(0, 2)));
    }

    void a_read_waits_until_something_comes() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        std::array<std::byte, 64> into;
        // Again and again: after each of these reads, which are short, it has to wait for news.
        for (int i = 0; i < 100; ++i) {
            wake_counter woken;
            read_future reading = pair.server.read(into);
            CPPUNIT_ASSERT(driver.poll_once(reading, woken).is_pending());
            driver.turn();
            CPPUNIT_ASSERT_EQUAL(0U, woken.count());
            driver.run(pair.client.write_all(as_bytes("x"))).value();
            driver.turn_until_woken(woken);
            auto answer = driver.poll_once(reading, woken);
            CPPUNIT_ASSERT(answer.is_ready());
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, answer.value().value());
        }
    }

    void nothing_asked_for_is_ready_at_once() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        fill(driver, pair.client);
        read_future reading = pair.client.read({});
        write_future writing = pair.client.write({});
        const std::vector<const_buffer> empty_pieces(200);
        writev_future pieces = pair.client.writev(empty_pieces);
        writev_future no_pieces = pair.client.writev({});
        read_exact_future exactly = pair.client.read_exact(std::span<std::byte>());
        write_all_future all = pair.client.write_all(const_buffer());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.poll_once(reading).value().value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.poll_once(writing).value().value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.poll_once(pieces).value().value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.poll_once(no_pieces).value().value());
        CPPUNIT_ASSERT(driver.poll_once(exactly).value().has_value());
        CPPUNIT_ASSERT(driver.poll_once(all).value().has_value());
    }

    void a_big_write_waits_for_room_and_arrives_whole() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        const std::vector<std::byte> sent = pattern(32 * 1024 * 1024);  // More than buffers hold.
        std::vector<std::byte> got(sent.size());
        auto [written, read] =
            driver.run_all(pair.client.write_all(sent), pair.server.read_exact(got));
        CPPUNIT_ASSERT(written.has_value() && read.has_value());
        CPPUNIT_ASSERT(sent == got);
    }

    void a_write_into_a_full_stream_waits_for_room() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        small_buffers(pair.client);
        const std::size_t written = fill(driver, pair.client);
        wake_counter woken;
        write_future writing = pair.client.write(as_bytes("more"));
        CPPUNIT_ASSERT(driver.poll_once(writing, woken).is_pending());
        CPPUNIT_ASSERT_EQUAL(0U, woken.count());
        std::vector<std::byte> got(written);
        driver.run(pair.server.read_exact(got)).value();
        driver.turn_until_woken(woken);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, driver.run(writing).value());
        expect_text(driver, pair.server, "more");
    }

    void pieces_arrive_in_order_however_many() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        std::vector<std::string> texts;
        std::string whole;
        for (int i = 0; i < 500; ++i) {
            texts.push_back(i % 3 == 0 ? "" : std::to_string(i));
            whole += texts.back();
        }
        std::vector<const_buffer> pieces(100);  // Empty ones first: more than one call takes.
        for (const std::string& text : texts) pieces.push_back(as_bytes(text));
        std::span<const const_buffer> left(pieces);
        while (!left.empty()) {
            std::size_t written = driver.run(pair.client.writev(left)).value();
            while (!left.empty() && written >= left.front().size()) {
                written -= left.front().size();
                left = left.subspan(1);
            }
            // The buffer has room for all of it, so a piece is written whole or not at all.
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, written);
        }
        expect_text(driver, pair.server, whole);
    }

    void an_early_end_is_named_and_tells_how_far_it_came() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        driver.run(pair.client.write_all(as_bytes("abc"))).value();
        pair.client.shutdown(shutdown_side::write).value();
        std::array<std::byte, 8> into;
        std::span<std::byte> left(into);
        CPPUNIT_ASSERT(driver.run(pair.server.read_exact(left)).error() ==
                       net_error::unexpected_end_of_stream);
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, left.size());
        CPPUNIT_ASSERT_EQUAL(std::string("abc"), std::string(as_text(into).substr(0, 3)));
    }

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
            { const tcp_stream dropped = std::move(pair.client); }
            if (waiting) driver.turn_until_woken(woken);
            CPPUNIT_ASSERT(driver.run(reading).error() == std::errc::connection_reset);
            CPPUNIT_ASSERT(driver.run(pair.server.write(as_bytes("x"))).error() ==
                           std::errc::broken_pipe);
        }
        stream_pair pair = connect_pair(driver, listener);
        pair.client.set_linger(seconds(0)).value();
        { const tcp_stream dropped = std::move(pair.client); }
        CPPUNIT_ASSERT(driver.run(pair.server.write(as_bytes("x"))).error() ==
                       std::errc::connection_reset);
    }

    void writing_to_a_closed_peer_raises_no_signal() {
        // A SIGPIPE would end the test program here.
        CPPUNIT_ASSERT(std::signal(SIGPIPE, SIG_DFL) != SIG_ERR);
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        { const tcp_stream dropped = std::move(pair.server); }
        io_result<std::size_t> written;
        while (written) written = driver.run(pair.client.write(as_bytes("x")));
        CPPUNIT_ASSERT(written.error() == std::errc::broken_pipe ||
                       written.error() == std::errc::connection_reset);
        const std::array pieces{as_bytes("x")};
        CPPUNIT_ASSERT(driver.run(pair.client.writev(pieces)).error() == std::errc::broken_pipe);
    }

    void a_dropped_read_loses_nothing() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        std::array<std::byte, 8> into;
        {
            read_future waiting = pair.server.read(into);
            CPPUNIT_ASSERT(driver.poll_once(waiting).is_pending());
        }
        driver.run(pair.client.write_all(as_bytes("kept"))).value();
        {
            wake_counter woken;
            read_future waiting = pair.client.read(into);
            CPPUNIT_ASSERT(driver.poll_once(waiting, woken).is_pending());
            driver.run(pair.server.write_all(as_bytes("also kept"))).value();
            driver.turn_until_woken(woken);
        }  // Dropped after the wake, before the poll.
        expect_text(driver, pair.server, "kept");
        expect_text(driver, pair.client, "also kept");
    }

    void a_read_exact_dropped_anywhere_tells_how_far_it_came() {
        test_driver driver;
        const std::string text = "0123456789";
        for (std::size_t come = 0; come < text.size(); ++come) {
            stream_pair pair = connect_pair(driver);
            std::array<std::byte, 10> into;
            std::span<std::byte> left(into);
            if (come > 0) {
                driver.run(pair.client.write_all(as_bytes(text.substr(0, come)))).value();
            }
            {
                read_exact_future reading = pair.server.read_exact(left);
                CPPUNIT_ASSERT(driver.poll_once(reading).is_pending());
            }
            CPPUNIT_ASSERT_EQUAL(text.size() - come, left.size());
            driver.run(pair.client.write_all(as_bytes(text).subspan(come))).value();
            driver.run(pair.server.read_exact(left)).value();
            CPPUNIT_ASSERT_EQUAL(text, std::string(as_text(into)));
        }
    }

    void a_write_all_dropped_anywhere_tells_how_far_it_came() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        small_buffers(pair.client);
        const std::vector<std::byte> sent = pattern(512 * 1024);
        std::vector<std::byte> got;
        std::vector<std::byte> part(10'007);
        const_buffer left(sent);
        while (got.size() < sent.size()) {
            if (!left.empty()) {
                write_all_future writing = pair.client.write_all(left);
                static_cast<void>(driver.poll_once(writing));
            }
            const std::size_t written = sent.size() - left.size();
            if (got.size() == written) {
                driver.turn();
                continue;
            }
            const std::size_t count = driver.run(pair.server.read(part)).value();
            got.insert(got.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count));
            CPPUNIT_ASSERT(got.size() <= written);
        }
        CPPUNIT_ASSERT(got == sent);
    }

    void a_span_that_is_not_kept_is_copied() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        const const_buffer text = as_bytes("abc");
        driver.run(pair.client.write_all(text)).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, text.size());
        std::array<std::byte, 3> into;
        const std::span<std::byte> whole(into);
        driver.run(pair.server.read_exact(whole)).value();
        CPPUNIT_ASSERT_EQUAL(std::string("abc"), std::string(as_text(whole)));
        // A future may move until it is polled, also one that has a copy.
        read_exact_future made = pair.server.read_exact(into);
        read_exact_future moved = std::move(made);
        driver.run(pair.client.write_all(as_bytes("def"))).value();
        driver.run(moved).value();
        CPPUNIT_ASSERT_EQUAL(std::string("def"), std::string(as_text(into)));
    }

    void reader_and_writer_wait_at_the_same_time() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        small_buffers(pair.client);
        const std::size_t written = fill(driver, pair.client);
        std::array<std::byte, 4> into;
        wake_counter reader_woken;
        wake_counter writer_woken;
        read_future reading = pair.client.read(into);
        write_future writing = pair.client.write(as_bytes("x"));
        CPPUNIT_ASSERT(driver.poll_once(reading, reader_woken).is_pending());
        CPPUNIT_ASSERT(driver.poll_once(writing, writer_woken).is_pending());
        std::vector<std::byte> got(written);
        driver.run(pair.server.read_exact(got)).value();
        driver.turn_until_woken(writer_woken);
        CPPUNIT_ASSERT(driver.poll_once(writing, writer_woken).is_ready());
        CPPUNIT_ASSERT(driver.poll_once(reading, reader_woken).is_pending());
        driver.run(pair.server.write_all(as_bytes("abcd"))).value();
        const unsigned before = reader_woken.count();
        driver.turn_until_woken(reader_woken, before);
        CPPUNIT_ASSERT(driver.poll_once(reading, reader_woken).is_ready());
    }

    void a_long_read_lets_others_have_a_turn() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        // So that each recv is short, and read_exact goes round for each.
        std::vector<std::byte> into(1000);
        std::span<std::byte> left(into);
        read_exact_future reading = pair.server.read_exact(left);
        wake_counter woken;
        driver.run(pair.client.write_all(as_bytes("abc"))).value();
        CPPUNIT_ASSERT(driver.poll_once(reading, woken, 0).is_pending());
        // One transfer is what it may do at least. It then asked to be polled again.
        CPPUNIT_ASSERT_EQUAL(std::size_t{997}, left.size());
        CPPUNIT_ASSERT_EQUAL(1U, woken.count());
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
        const tcp_stream moved = std::move(pair.client);
        CPPUNIT_ASSERT_EQUAL(-1, pair.client.native_handle());
        const auto bad = std::errc::bad_file_descriptor;
        std::array<std::byte, 4> into;
        CPPUNIT_ASSERT(driver.run(pair.client.read(into)).error() == bad);
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

    void options_are_read_back_as_set() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        tcp_stream& stream = pair.client;
        for (const bool on : {true, false}) {
            stream.set_nodelay(on).value();
            CPPUNIT_ASSERT_EQUAL(on, stream.nodelay().value());
        }
        CPPUNIT_ASSERT(!stream.keepalive().value());
        stream.set_keepalive(keepalive_options{seconds(7), seconds(8), 9}).value();
        const keepalive_options options = stream.keepalive().value().value();
        CPPUNIT_ASSERT(options.idle == seconds(7));
        CPPUNIT_ASSERT(options.interval == seconds(8));
        CPPUNIT_ASSERT_EQUAL(9, options.probes);
        stream.set_keepalive(std::nullopt).value();
        CPPUNIT_ASSERT(!stream.keepalive().value());
        CPPUNIT_ASSERT(!stream.linger().value());
        stream.set_linger(seconds(3)).value();
        CPPUNIT_ASSERT(stream.linger().value() == seconds(3));
        stream.set_linger(std::nullopt).value();
        CPPUNIT_ASSERT(!stream.linger().value());
    }

    void options_out_of_range_are_refused() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        for (const auto& wrong :
             {keepalive_options{.idle = seconds(0)}, keepalive_options{.idle = seconds::max()},
              keepalive_options{.idle = seconds((1LL << 32) + 5)},
              keepalive_options{.interval = seconds(-1)}, keepalive_options{.probes = 0}}) {
            CPPUNIT_ASSERT(pair.client.set_keepalive(wrong).error() ==
                           std::errc::invalid_argument);
            CPPUNIT_ASSERT(!pair.client.keepalive().value());
        }
    }

    void operations_allocate_nothing() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        std::array<std::byte, 64> into;
        const std::array pieces{as_bytes("ab"), as_bytes("cd")};
        pair.client.set_nodelay(true).value();  // Or the rounds wait for acknowledgements.
        const auto round = [&] {
            driver.run_all(pair.server.read(into), pair.client.write(as_bytes("a")));
            driver.run_all(pair.server.read_exact(std::span(into).first(4)),
                           pair.client.writev(pieces));
            driver.run_all(pair.client.read_exact(std::span(into).first(5)),
                           pair.server.write_all(as_bytes("hello")));
        };
        round();
        const std::size_t before = allocations;
        for (int i = 0; i < 100; ++i) round();
        const std::size_t after = allocations;
        CPPUNIT_ASSERT_EQUAL(before, after);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(tcp_stream_test);

}  // namespace yot_run::net
