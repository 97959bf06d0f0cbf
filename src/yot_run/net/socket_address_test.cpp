#include <yot_run/net/socket_address.hpp>

#include <yot_run/net/test_addresses.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <netinet/in.h>

#include <sstream>
#include <type_traits>
#include <vector>

namespace yot_run::net {
namespace {

void check_refused(std::string_view text, address_error expected) {
    const io_result<socket_address> parsed = socket_address::parse(text);
    CPPUNIT_ASSERT_MESSAGE(std::string(text), !parsed.has_value());
    CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(text), make_error_code(expected).message(),
                                 parsed.error().message());
}

void check_round_trip(std::string_view text) {
    CPPUNIT_ASSERT_EQUAL(std::string(text), socket_address::parse(text).value().to_string());
}

std::string ipv6_text(const char* given) {
    return socket_address::from_ipv6(c_library_ipv6(given).value(), 1).to_string();
}

}  // namespace

class socket_address_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(socket_address_test);
    CPPUNIT_TEST(the_default_is_any_address_and_port_zero);
    CPPUNIT_TEST(factories_give_the_well_known_addresses);
    CPPUNIT_TEST(parts_are_given_back);
    CPPUNIT_TEST(what_is_written_canonically_is_read_and_written_the_same);
    CPPUNIT_TEST(ipv6_is_written_as_rfc_5952_wants_it);
    CPPUNIT_TEST(other_spellings_of_ipv6_are_read);
    CPPUNIT_TEST(a_port_is_required_and_checked);
    CPPUNIT_TEST(ipv4_is_read_strictly);
    CPPUNIT_TEST(ipv6_is_read_strictly);
    CPPUNIT_TEST(brackets_are_required_around_ipv6_only);
    CPPUNIT_TEST(a_scope_is_a_number_and_not_zero);
    CPPUNIT_TEST(nothing_may_stand_around_an_address);
    CPPUNIT_TEST(addresses_compare_by_all_their_parts);
    CPPUNIT_TEST(the_kernel_form_has_the_same_parts);
    CPPUNIT_TEST(what_the_kernel_has_of_other_families_is_refused);
    CPPUNIT_TEST(every_address_survives_text_and_kernel_form);
    CPPUNIT_TEST_SUITE_END();

public:
    void the_default_is_any_address_and_port_zero() {
        CPPUNIT_ASSERT_EQUAL(std::string("0.0.0.0:0"), socket_address().to_string());
        CPPUNIT_ASSERT_EQUAL(socket_address::any(0), socket_address());
        static_assert(std::is_trivially_copyable_v<socket_address>);
    }

    void factories_give_the_well_known_addresses() {
        using enum address_family;
        const auto text = [](const socket_address& address) { return address.to_string(); };
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:80"), text(socket_address::loopback(80)));
        CPPUNIT_ASSERT_EQUAL(std::string("[::1]:80"), text(socket_address::loopback(80, ipv6)));
        CPPUNIT_ASSERT_EQUAL(std::string("0.0.0.0:1"), text(socket_address::any(1, ipv4)));
        CPPUNIT_ASSERT_EQUAL(std::string("[::]:1"), text(socket_address::any(1, ipv6)));
    }

    void parts_are_given_back() {
        const socket_address four = socket_address::from_ipv4({1, 2, 3, 4}, 5);
        CPPUNIT_ASSERT(four.is_ipv4() && !four.is_ipv6());
        CPPUNIT_ASSERT(four.family() == address_family::ipv4);
        CPPUNIT_ASSERT((four.ipv4() == ipv4_bytes{1, 2, 3, 4}));
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{5}, four.port());
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{0}, four.scope_id());
        const ipv6_bytes bytes{0xfe, 0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
        const socket_address six = socket_address::from_ipv6(bytes, 65535, 4'000'000'000);
        CPPUNIT_ASSERT(six.is_ipv6() && !six.is_ipv4());
        CPPUNIT_ASSERT(six.ipv6() == bytes);
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{65535}, six.port());
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{4'000'000'000}, six.scope_id());
    }

    void what_is_written_canonically_is_read_and_written_the_same() {
        for (const char* text :
             {"0.0.0.0:0", "255.255.255.255:65535", "1.20.103.4:80", "[::]:0", "[::1]:80",
              "[1::]:80", "[2001:db8::1]:443", "[fe80::1%2]:80", "[fe80::%4294967295]:1",
              "[::ffff:1.2.3.4]:80", "[1:2:3:4:5:6:7:8]:9"}) {
            check_round_trip(text);
        }
    }

    void ipv6_is_written_as_rfc_5952_wants_it() {
        const auto check = [](const char* expected, const char* given) {
            CPPUNIT_ASSERT_EQUAL('[' + std::string(expected) + "]:1", ipv6_text(given));
        };
        check("2001:db8::1", "2001:0db8::0001");                // 4.1: no leading zeros.
        check("2001:db8::2:1", "2001:db8:0:0:0:0:2:1");         // 4.2.1: as short as possible.
        check("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");  // 4.2.2: not for one group.
        check("0:1:1:1:1:1:1:1", "0:1:1:1:1:1:1:1");
        check("1:1:1:1:1:1:1:0", "1:1:1:1:1:1:1:0");
        check("2001:0:0:1::1", "2001:0:0:1:0:0:0:1");        // 4.2.3: the longest run,
        check("2001:db8::1:0:0:1", "2001:db8:0:0:1:0:0:1");  // and the first of equals.
        check("::1:0:0:1:0:0", "0:0:1:0:0:1:0:0");
        check("1:0:0:1::", "1:0:0:1:0:0:0:0");
        check("2001:db8::aaaa", "2001:DB8::AAAA");       // 4.3: lower case.
        check("::ffff:192.0.2.33", "::ffff:c000:0221");  // 5: IPv4-mapped are mixed,
        check("::ffff:0.0.0.0", "::ffff:0:0");
        check("::102:304", "::1.2.3.4");  // others are not.
        check("64:ff9b::102:304", "64:ff9b::1.2.3.4");
        check("::fffe:102:304", "::fffe:1.2.3.4");
    }

    void other_spellings_of_ipv6_are_read() {
        const auto check = [](std::string_view expected, std::string_view given) {
            CPPUNIT_ASSERT_EQUAL(socket_address::parse(expected).value(),
                                 socket_address::parse(given).value());
        };
        check("[2001:db8::1]:80", "[2001:0DB8:0000:0:0::0001]:80");
        check("[::ffff:1.2.3.4]:80", "[::FFFF:102:304]:80");
        check("[1:2:3:4:5:6:102:304]:80", "[1:2:3:4:5:6:1.2.3.4]:80");
        check("[1:2:3:4:5:6:7:0]:80", "[1:2:3:4:5:6:7::]:80");
        check("[0:2:3:4:5:6:7:8]:80", "[::2:3:4:5:6:7:8]:80");
        check("[1:2:3:0:5:6:7:8]:80", "[1:2:3::5:6:7:8]:80");
    }

    void a_port_is_required_and_checked() {
        using enum address_error;
        for (const char* text : {"", "1.2.3.4", "localhost", "[::1]", "[::1]80", "[::1] :80"}) {
            check_refused(text, missing_port);
        }
        for (const char* text :
             {"1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:+1", "1.2.3.4:080", "1.2.3.4:00",
              "1.2.3.4: 80", "1.2.3.4:80 ", "1.2.3.4:0x50", "1.2.3.4:http", "1.2.3.4:4294967376",
              "1.2.3.4:18446744073709551696", "[::1]:", "[::1]::80"}) {
            check_refused(text, bad_port);
        }
    }

    void ipv4_is_read_strictly() {
        for (const char* text : {":80",          "localhost:80", "1.2.3:80",
                                 "1.2.3.4.5:80", "1.2.3.256:80", "1.2.3.04:80",
                                 "1.2.3.00:80",  "01.2.3.4:80",  "1..3.4:80",
                                 ".1.2.3:80",    "1.2.3.:80",    "1.2.3.-4:80",
                                 "1.2.3.+4:80",  " 1.2.3.4:80",  "1.2.3.4 :80",
                                 "0x1.2.3.4:80", "1.2.3.a:80",   "1,2,3,4:80",
                                 "16909060:80",  "1.2.772:80",   "4294967297.2.3.4:80"}) {
            check_refused(text, address_error::bad_ipv4);
        }
    }

    void ipv6_is_read_strictly() {
        for (const char* text : {"[]:80",
                                 "[:]:80",
                                 "[:::]:80",
                                 "[1]:80",
                                 "[1:2:3:4:5:6:7]:80",
                                 "[1:2:3:4:5:6:7:8:9]:80",
                                 "[1:2:3:4:5:6:7:8::]:80",
                                 "[::1:2:3:4:5:6:7:8]:80",
                                 "[1:2:3:4::5:6:7:8]:80",
                                 "[1::2::3]:80",
                                 "[1:::2]:80",
                                 "[:1::2]:80",
                                 "[1::2:]:80",
                                 "[:1:2:3:4:5:6:7:8]:80",
                                 "[1:2:3:4:5:6:7:8:]:80",
                                 "[12345::]:80",
                                 "[00001::]:80",
                                 "[g::]:80",
                                 "[-1::]:80",
                                 "[+1::]:80",
                                 "[0x1::]:80",
                                 "[ ::1]:80",
                                 "[::1 ]:80",
                                 "[1.2.3.4]:80",
                                 "[1.2.3.4::]:80",
                                 "[::1.2.3.4:5]:80",
                                 "[::1.2.3]:80",
                                 "[::1.2.3.256]:80",
                                 "[::1.2.3.04]:80",
                                 "[1:2:3:4:5:6:7:1.2.3.4]:80",
                                 "[1:2:3:4:5:1.2.3.4]:80",
                                 "[::1:2:3:4:5:6:1.2.3.4]:80",
                                 "[[::1]:80"}) {
            check_refused(text, address_error::bad_ipv6);
        }
    }

    void brackets_are_required_around_ipv6_only() {
        for (const char* text : {"::1:80", "::1", "2001:db8::1:80", "1.2.3.4:80:90"}) {
            check_refused(text, address_error::unbracketed_ipv6);
        }
        for (const char* text : {"[", "[::1", "[::1:80", "[1.2.3.4:80"}) {
            check_refused(text, address_error::missing_bracket);
        }
        check_refused("[1.2.3.4]:80", address_error::bad_ipv6);
        check_refused("::1]:80", address_error::unbracketed_ipv6);
    }

    void a_scope_is_a_number_and_not_zero() {
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{2},
                             socket_address::parse("[fe80::1%2]:80").value().scope_id());
        for (const char* text :
             {"[fe80::1%]:80", "[fe80::1%0]:80", "[fe80::1%02]:80", "[fe80::1%eth0]:80",
              "[fe80::1%4294967296]:80", "[fe80::1%-1]:80", "[fe80::1%1%2]:80", "[::1% 2]:80"}) {
            check_refused(text, address_error::bad_scope);
        }
        check_refused("[%2]:80", address_error::bad_ipv6);
        check_refused("1.2.3.4%2:80", address_error::bad_ipv4);
    }

    void nothing_may_stand_around_an_address() {
        using namespace std::string_view_literals;
        check_refused("1.2.3.4:80\n", address_error::bad_port);
        check_refused("1.2.3.4:80\0"sv, address_error::bad_port);
        check_refused("1.2.3\0.4:80"sv, address_error::bad_ipv4);
        check_refused("http://1.2.3.4:80", address_error::unbracketed_ipv6);
        check_refused("[::1]:80/", address_error::bad_port);
        check_refused("[::1\0]:80"sv, address_error::bad_ipv6);
    }

    void addresses_compare_by_all_their_parts() {
        const std::vector<socket_address> sorted{
            socket_address::from_ipv4({1, 2, 3, 4}, 5),
            socket_address::from_ipv4({1, 2, 3, 4}, 6),
            socket_address::from_ipv4({1, 2, 4, 0}, 1),
            socket_address::from_ipv4({9, 0, 0, 0}, 0),
            socket_address::from_ipv6({1, 2, 3, 4}, 5),
            socket_address::from_ipv6({1, 2, 3, 4}, 6),
            socket_address::from_ipv6({1, 2, 3, 4}, 6, 1),
            socket_address::from_ipv6({1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 5)};
        for (std::size_t i = 0; i < sorted.size(); ++i) {
            for (std::size_t j = 0; j < sorted.size(); ++j) {
                CPPUNIT_ASSERT_EQUAL(i == j, sorted[i] == sorted[j]);
                CPPUNIT_ASSERT_EQUAL(i < j, sorted[i] < sorted[j]);
            }
        }
    }

    void the_kernel_form_has_the_same_parts() {
        const sys::raw_address four = socket_address::from_ipv4({1, 2, 3, 4}, 258).to_raw();
        const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(four.storage);
        CPPUNIT_ASSERT_EQUAL(socklen_t{sizeof(sockaddr_in)}, four.length);
        CPPUNIT_ASSERT_EQUAL(sa_family_t{AF_INET}, ipv4.sin_family);
        CPPUNIT_ASSERT_EQUAL(in_addr_t{0x01020304}, ntohl(ipv4.sin_addr.s_addr));
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{258}, ntohs(ipv4.sin_port));
        const sys::raw_address six = socket_address::from_ipv6({0xfe, 0x80}, 258, 7).to_raw();
        const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(six.storage);
        CPPUNIT_ASSERT_EQUAL(socklen_t{sizeof(sockaddr_in6)}, six.length);
        CPPUNIT_ASSERT_EQUAL(sa_family_t{AF_INET6}, ipv6.sin6_family);
        CPPUNIT_ASSERT(IN6_IS_ADDR_LINKLOCAL(&ipv6.sin6_addr));
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{258}, ntohs(ipv6.sin6_port));
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{7}, ipv6.sin6_scope_id);
    }

    void what_the_kernel_has_of_other_families_is_refused() {
        sys::raw_address raw;
        const std::error_code unknown = address_error::unknown_family;
        CPPUNIT_ASSERT(socket_address::from_raw(raw).error() == unknown);
        raw = socket_address::loopback(80).to_raw();
        raw.length -= 1;
        CPPUNIT_ASSERT(socket_address::from_raw(raw).error() == unknown);
        raw = socket_address::loopback(80, address_family::ipv6).to_raw();
        raw.length -= 1;
        CPPUNIT_ASSERT(socket_address::from_raw(raw).error() == unknown);
        raw.length += 1;
        raw.storage.ss_family = AF_UNIX;
        CPPUNIT_ASSERT(socket_address::from_raw(raw).error() == unknown);
    }

    void every_address_survives_text_and_kernel_form() {
        for_many_seeds([](generator& random) {
            const auto port = static_cast<std::uint16_t>(random.below(65536));
            const auto scope =
                random.below(2) == 0 ? 0 : static_cast<std::uint32_t>(random.below(1ULL << 32));
            const ipv6_bytes bytes = random.ipv6();
            for (const socket_address& address :
                 {socket_address::from_ipv6(bytes, port, scope),
                  socket_address::from_ipv4({bytes[1], bytes[3], bytes[5], bytes[7]}, port)}) {
                CPPUNIT_ASSERT_EQUAL(address, socket_address::parse(address.to_string()).value());
                CPPUNIT_ASSERT_EQUAL(address, socket_address::from_raw(address.to_raw()).value());
                std::ostringstream out;
                out << address;
                CPPUNIT_ASSERT_EQUAL(address.to_string(), out.str());
            }
        });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(socket_address_test);

}  // namespace yot_run::net
