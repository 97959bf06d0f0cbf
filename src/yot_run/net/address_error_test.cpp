#include <yot_run/net/address_error.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <set>
#include <string>

namespace yot_run::net {

class address_error_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(address_error_test);
    CPPUNIT_TEST(every_error_says_something_of_its_own);
    CPPUNIT_TEST(errors_compare_with_errc);
    CPPUNIT_TEST(an_unknown_number_still_has_a_message);
    CPPUNIT_TEST_SUITE_END();

public:
    void every_error_says_something_of_its_own() {
        std::set<std::string> messages;
        for (int value = 1; value <= static_cast<int>(address_error::unknown_family); ++value) {
            messages.insert(make_error_code(static_cast<address_error>(value)).message());
        }
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(address_error::unknown_family),
                             messages.size());
        CPPUNIT_ASSERT(!messages.contains(address_category().message(0)));
    }

    void errors_compare_with_errc() {
        const std::error_code bad_port = address_error::bad_port;
        CPPUNIT_ASSERT(bad_port == address_error::bad_port);
        CPPUNIT_ASSERT(bad_port != address_error::bad_ipv4);
        CPPUNIT_ASSERT(bad_port == std::errc::invalid_argument);
        const std::error_code family = address_error::unknown_family;
        CPPUNIT_ASSERT(family == std::errc::address_family_not_supported);
        CPPUNIT_ASSERT_EQUAL(std::string("yot_run.address"),
                             std::string(bad_port.category().name()));
    }

    void an_unknown_number_still_has_a_message() {
        CPPUNIT_ASSERT_EQUAL(std::string("unknown address error"), address_category().message(99));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(address_error_test);

}  // namespace yot_run::net
