#include <yot_run/net/address_text.hpp>

#include <yot_run/net/test_addresses.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

namespace yot_run::net {

class address_text_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(address_text_test);
    CPPUNIT_TEST(numbers_are_read_strictly);
    CPPUNIT_TEST(reading_agrees_with_inet_pton);
    CPPUNIT_TEST(writing_agrees_with_inet_ntop);
    CPPUNIT_TEST_SUITE_END();

public:
    void numbers_are_read_strictly() {
        CPPUNIT_ASSERT_EQUAL(0U, address_text::read_number("0", 0).value());
        CPPUNIT_ASSERT_EQUAL(65535U, address_text::read_number("65535", 65535).value());
        CPPUNIT_ASSERT_EQUAL(~0U, address_text::read_number("4294967295", ~0U).value());
        for (const char* text :
             {"", "00", "01", "-1", "+1", " 1", "1 ", "1x", "0x1", "65536", "4294967296"}) {
            CPPUNIT_ASSERT_MESSAGE(text, !address_text::read_number(text, 65535));
        }
    }

    void reading_agrees_with_inet_pton() {
        const std::vector<std::string> six{":", ":",    "::", ":0:",  "1",     "ab",
                                           "0", "ffff", "CD", "00ef", "00000", "1.2.3.4"};
        const std::vector<std::string> four{".", ".", ".", "0", "1", "25", "255", "256", "00"};
        int accepted = 0;
        for_many_seeds([&](generator& random) {
            std::string text =
                random.below(2) == 0 ? random.text(six) : c_library_text(random.ipv6());
            if (random.below(2) == 0) random.damage(text);
            const auto ipv6 = address_text::read_ipv6(text);
            CPPUNIT_ASSERT_MESSAGE(text, c_library_ipv6(text) == ipv6);
            text = random.text(four);
            const auto ipv4 = address_text::read_ipv4(text);
            CPPUNIT_ASSERT_MESSAGE(text, c_library_ipv4(text) == ipv4);
            accepted += (ipv6 ? 1 : 0) + (ipv4 ? 1 : 0);
        });
        CPPUNIT_ASSERT(accepted > 1000);  // The generator does not produce junk only.
    }

    void writing_agrees_with_inet_ntop() {
        for_many_seeds([](generator& random) {
            const ipv6_bytes bytes = random.ipv6();
            if (is_ipv4_compatible(bytes)) return;
            std::string text;
            address_text::append_ipv6(text, bytes);
            CPPUNIT_ASSERT_EQUAL(c_library_text(bytes), text);
        });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(address_text_test);

}  // namespace yot_run::net
