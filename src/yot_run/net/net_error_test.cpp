#include <yot_run/net/net_error.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace yot_run::net {

class net_error_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(net_error_test);
    CPPUNIT_TEST(an_error_has_a_name_and_a_message);
    CPPUNIT_TEST_SUITE_END();

public:
    void an_error_has_a_name_and_a_message() {
        const std::error_code error = net_error::unexpected_end_of_stream;
        CPPUNIT_ASSERT(error == net_error::unexpected_end_of_stream);
        CPPUNIT_ASSERT(bool(error));
        CPPUNIT_ASSERT_EQUAL(std::string("yot_run.net"), std::string(error.category().name()));
        CPPUNIT_ASSERT(error.message().contains("ended the stream"));
        CPPUNIT_ASSERT_EQUAL(std::string("unknown network error"), net_category().message(0));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(net_error_test);

}  // namespace yot_run::net
