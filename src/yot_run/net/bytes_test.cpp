#include <yot_run/net/bytes.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace yot_run::net {

class bytes_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(bytes_test);
    CPPUNIT_TEST(text_is_seen_as_bytes_and_back_in_place);
    CPPUNIT_TEST_SUITE_END();

public:
    void text_is_seen_as_bytes_and_back_in_place() {
        const std::string text("a\0\xff", 3);
        const const_buffer bytes = as_bytes(text);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, bytes.size());
        CPPUNIT_ASSERT(bytes[2] == std::byte{0xff});
        CPPUNIT_ASSERT(as_text(bytes) == text);
        CPPUNIT_ASSERT(as_text(bytes).data() == text.data());
        CPPUNIT_ASSERT(as_bytes("").empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(bytes_test);

}  // namespace yot_run::net
