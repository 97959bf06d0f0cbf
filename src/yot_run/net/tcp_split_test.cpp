#include <yot_run/net/tcp_split.hpp>

#include <yot_run/net/test_driver.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace yot_run::net {
namespace {

// Blocks its thread until a future is ready, while another thread takes the reactor's turns.
class blocked_thread {
public:
    template <future F>
    output_of<F> wait_for(environment& where, F&& polled) {
        const waker mine({this, &functions});
        for (;;) {
            context cx(mine, where);
            poll<output_of<F>> answer = polled.poll(cx);
            if (answer.is_ready()) return std::move(answer).value();
            sync::lock guard(mutex_);
            while (!woken_) changed_.wait(guard);
            woken_ = false;
        }
    }

private:
    static raw_waker clone(const void* data) noexcept { return {data, &functions}; }
    static void wake(const void* data) noexcept {
        auto& self = *static_cast<blocked_thread*>(const_cast<void*>(data));
        const sync::lock guard(self.mutex_);
        self.woken_ = true;
        self.changed_.notify_one();
    }
    static void drop(const void* /*data*/) noexcept {}
    static constexpr waker_functions functions{clone, wake, wake, drop};

    sync::mutex mutex_;
    sync::condition_variable changed_;
    bool woken_ = false;
};

}  // namespace

class tcp_split_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(tcp_split_test);
    CPPUNIT_TEST(the_halves_read_and_write);
    CPPUNIT_TEST(dropping_the_write_half_ends_that_direction_only);
    CPPUNIT_TEST(dropping_the_read_half_leaves_the_write_half);
    CPPUNIT_TEST(the_second_half_closes_the_connection);
    CPPUNIT_TEST(assigning_a_write_half_ends_the_old_ones_direction);
    CPPUNIT_TEST(a_half_moves_without_ending_anything);
    CPPUNIT_TEST(the_halves_may_be_used_by_two_threads);
    CPPUNIT_TEST_SUITE_END();

public:
    void the_halves_read_and_write() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        const socket_address peer = pair.client.peer_address().value();
        auto [reader, writer] = std::move(pair.client).split();
        CPPUNIT_ASSERT_EQUAL(-1, pair.client.native_handle());
        CPPUNIT_ASSERT_EQUAL(peer, reader.peer_address().value());
        CPPUNIT_ASSERT_EQUAL(peer, writer.peer_address().value());
        CPPUNIT_ASSERT_EQUAL(pair.server.peer_address().value(), reader.local_address().value());
        CPPUNIT_ASSERT_EQUAL(pair.server.peer_address().value(), writer.local_address().value());

        std::array<std::byte, 8> into;
        const std::array pieces{as_bytes("b"), as_bytes("c")};
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, driver.run(writer.write(as_bytes("a"))).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, driver.run(writer.writev(pieces)).value());
        const_buffer rest = as_bytes("defgh");
        driver.run(writer.write_all(rest)).value();
        CPPUNIT_ASSERT(rest.empty());
        driver.run(pair.server.read_exact(into)).value();
        CPPUNIT_ASSERT_EQUAL(std::string("abcdefgh"), std::string(as_text(into)));

        driver.run(pair.server.write_all(into)).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1},
                             driver.run(reader.read(std::span(into).first(1))).value());
        std::span<std::byte> left = std::span(into).subspan(1);
        driver.run(reader.read_exact(left)).value();
        CPPUNIT_ASSERT(left.empty());
    }

    void dropping_the_write_half_ends_that_direction_only() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        auto halves = std::move(pair.client).split();
        std::optional<write_half> writer(std::move(halves.second));
        driver.run(writer->write_all(as_bytes("bye"))).value();
        writer.reset();
        std::array<std::byte, 8> into;
        CPPUNIT_ASSERT(driver.run(pair.server.read_exact(into)).error() ==
                       net_error::unexpected_end_of_stream);
        CPPUNIT_ASSERT_EQUAL(std::string("bye"), std::string(as_text(into).substr(0, 3)));
        driver.run(pair.server.write_all(as_bytes("answer"))).value();
        driver.run(halves.first.read_exact(std::span(into).first(6))).value();
        CPPUNIT_ASSERT_EQUAL(std::string("answer"), std::string(as_text(into).substr(0, 6)));
    }

    void dropping_the_read_half_leaves_the_write_half() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        auto halves = std::move(pair.client).split();
        {
            const read_half dropped = std::move(halves.first);
        }
        driver.run(halves.second.write_all(as_bytes("abc"))).value();
        std::array<std::byte, 3> into;
        driver.run(pair.server.read_exact(into)).value();
        halves.second.shutdown().value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.run(pair.server.read(into)).value());
        CPPUNIT_ASSERT(driver.run(halves.second.write(as_bytes("x"))).error() ==
                       std::errc::broken_pipe);
    }

    void the_second_half_closes_the_connection() {
        test_driver driver;
        tcp_listener listener = tcp_listener::bind(socket_address::loopback(0)).value();
        for (const bool reader_first : {true, false}) {
            stream_pair pair = connect_pair(driver, listener);
            const std::ptrdiff_t before = open_descriptors();
            auto halves = std::move(pair.client).split();
            std::optional<read_half> reader(std::move(halves.first));
            std::optional<write_half> writer(std::move(halves.second));
            if (reader_first)
                reader.reset();
            else
                writer.reset();
            CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
            reader.reset();
            writer.reset();
            CPPUNIT_ASSERT_EQUAL(before - 1, open_descriptors());
        }
    }

    void assigning_a_write_half_ends_the_old_ones_direction() {
        test_driver driver;
        tcp_listener listener = tcp_listener::bind(socket_address::loopback(0)).value();
        stream_pair first = connect_pair(driver, listener);
        stream_pair second = connect_pair(driver, listener);
        auto old_halves = std::move(first.client).split();
        auto new_halves = std::move(second.client).split();
        old_halves.second = std::move(new_halves.second);
        std::array<std::byte, 3> into;
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, driver.run(first.server.read(into)).value());
        driver.run(old_halves.second.write_all(as_bytes("abc"))).value();
        driver.run(second.server.read_exact(into)).value();
    }

    void a_half_moves_without_ending_anything() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        auto halves = std::move(pair.client).split();
        write_half writer(std::move(halves.second));
        write_half& same = writer;
        writer = std::move(same);
        std::array<std::byte, 3> into;
        read_future reading = pair.server.read(into);
        driver.turn();
        CPPUNIT_ASSERT(driver.poll_once(reading).is_pending());
        driver.run(writer.write_all(as_bytes("abc"))).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, driver.run(reading).value());
    }

    void the_halves_may_be_used_by_two_threads() {
        test_driver driver;
        stream_pair pair = connect_pair(driver);
        auto [client_reader, client_writer] = std::move(pair.client).split();
        environment& where = driver.environment();
        const std::vector<std::byte> sent(1024 * 1024, std::byte{42});
        std::vector<std::byte> got(sent.size());
        sync::atomic<int> running = 3;
        const auto finish = [&] {
            // Relaxed: the results are read after the threads were joined.
            running.fetch_sub(1, sync::relaxed);
            driver.reactor().interrupt();
        };

        sync::thread writing("writer", [&] {
            blocked_thread().wait_for(where, client_writer.write_all(sent)).value();
            finish();
        });
        sync::thread reading("reader", [&] {
            blocked_thread().wait_for(where, client_reader.read_exact(got)).value();
            finish();
        });
        sync::thread echoing("echo", [&] {
            blocked_thread blocked;
            std::vector<std::byte> part(16 * 1024);
            for (std::size_t done = 0; done < sent.size();) {
                const std::size_t count = blocked.wait_for(where, pair.server.read(part)).value();
                const auto echoed = std::span(part).first(count);
                blocked.wait_for(where, pair.server.write_all(echoed)).value();
                done += count;
            }
            finish();
        });
        while (running.load(sync::relaxed) > 0) {
            driver.reactor().turn(std::nullopt).value();
        }
        writing.join();
        reading.join();
        echoing.join();
        CPPUNIT_ASSERT(sent == got);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(tcp_split_test);

}  // namespace yot_run::net
