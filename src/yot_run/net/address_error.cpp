#include <yot_run/net/address_error.hpp>

#include <string>

namespace yot_run::inline YOT_RUN_WORLD::net {
namespace {

const char* message_of(address_error error) noexcept {
    switch (error) {
        case address_error::missing_port:
            return "no port after the address; expected ADDRESS:PORT, as in 127.0.0.1:80 or "
                   "[::1]:80";
        case address_error::bad_port:
            return "bad port; expected a number from 0 to 65535 after the last colon, without "
                   "leading zeros";
        case address_error::bad_ipv4:
            return "bad IPv4 address; expected four numbers from 0 to 255 without leading zeros, "
                   "as in 127.0.0.1:80 (names are not looked up)";
        case address_error::bad_ipv6:
            return "bad IPv6 address between the brackets; expected eight groups of hexadecimal "
                   "digits, or fewer around one ::, as in [2001:db8::1]:80";
        case address_error::bad_scope:
            return "bad scope after %; expected the number of a network interface, as in "
                   "[fe80::1%2]:80 (names of interfaces are not looked up)";
        case address_error::missing_bracket:
            return "no closing bracket; expected [ADDRESS]:PORT, as in [::1]:80";
        case address_error::unbracketed_ipv6:
            return "more than one colon outside brackets; expected an IPv6 address in brackets, "
                   "as in [::1]:80";
        case address_error::unknown_family:
            return "the address is neither IPv4 nor IPv6";
    }
    return "unknown address error";
}

class category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "yot_run.address"; }
    [[nodiscard]] std::string message(int value) const override {
        return message_of(static_cast<address_error>(value));
    }
    [[nodiscard]] std::error_condition default_error_condition(int value) const noexcept override {
        if (static_cast<address_error>(value) == address_error::unknown_family) {
            return std::errc::address_family_not_supported;
        }
        return std::errc::invalid_argument;
    }
};

}  // namespace

const std::error_category& address_category() noexcept {
    static const category only;
    return only;
}

std::error_code make_error_code(address_error error) noexcept {
    return {static_cast<int>(error), address_category()};
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net
