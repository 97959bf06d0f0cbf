#include <yot_run/net/tcp_stream.hpp>

#include <yot_run/net/test_driver.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

namespace yot_run::net {
namespace {

using std::chrono::seconds;

}  // namespace

class tcp_stream_options_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(tcp_stream_options_test);
    CPPUNIT_TEST(options_are_read_back_as_set);
    CPPUNIT_TEST(options_out_of_range_are_refused);
    CPPUNIT_TEST_SUITE_END();

public:
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
            CPPUNIT_ASSERT(pair.client.set_keepalive(wrong).error() == std::errc::invalid_argument);
            CPPUNIT_ASSERT(!pair.client.keepalive().value());
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(tcp_stream_options_test);

}  // namespace yot_run::net
