#include <yot_run/net/tcp_stream.hpp>

#include <yot_run/net/test_driver.hpp>
#include <yot_run/net/test_streams.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace yot_run::net {

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
    CPPUNIT_TEST(a_span_that_is_not_kept_is_copied);
    CPPUNIT_TEST(reader_and_writer_wait_at_the_same_time);
    CPPUNIT_TEST(a_long_read_lets_others_have_a_turn);
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
        // Empty pieces are not taken for the end.
        std::vector<const_buffer> late(200);
        late.push_back(as_bytes("z"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, driver.run(pair.client.writev(late)).value());
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(tcp_stream_test);

}  // namespace yot_run::net
