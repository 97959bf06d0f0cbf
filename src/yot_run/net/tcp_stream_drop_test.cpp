#include <yot_run/net/tcp_stream.hpp>

#include <yot_run/net/test_driver.hpp>
#include <yot_run/net/test_streams.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <string>
#include <vector>

namespace yot_run::net {

class tcp_stream_drop_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(tcp_stream_drop_test);
    CPPUNIT_TEST(a_dropped_read_loses_nothing);
    CPPUNIT_TEST(a_read_exact_dropped_anywhere_tells_how_far_it_came);
    CPPUNIT_TEST(a_write_all_dropped_anywhere_tells_how_far_it_came);
    CPPUNIT_TEST_SUITE_END();

public:
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(tcp_stream_drop_test);

}  // namespace yot_run::net
