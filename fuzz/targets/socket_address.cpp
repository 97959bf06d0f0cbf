// fuzz/targets/socket_address.cpp: net/socket_address.hpp reads what the C library reads, no more,
// and what it writes it reads again. The input is the text.
#include <yot_run/net/socket_address.hpp>

#include <fuzz/finding.hpp>

#include <arpa/inet.h>
#include <net/if.h>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace {

using fuzz::require;
using yot_run::net::address_error;
using yot_run::net::socket_address;

// What is on both sides of the last colon, if a port of 1 to 5 digits follows it.
struct parts {
    std::string host;
    std::uint16_t port = 0;
};
std::optional<parts> split_at_the_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view digits = text.substr(colon + 1);
    parts result{std::string(text.substr(0, colon)), 0};
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
    const bool is_plain = digits == "0" || (!digits.empty() && digits.front() != '0');
    if (error != std::errc() || end != digits.data() + digits.size() || !is_plain)
        return std::nullopt;
    return result;
}

// Its address as inet_pton(3) reads it: the family, the bytes in front, the scope behind.
struct expected_address {
    int family = AF_UNSPEC;
    std::array<std::uint8_t, 16> bytes{};
    std::uint32_t scope = 0;
};
std::optional<expected_address> read_by_the_library(std::string host) {
    expected_address result;
    if (host.find('\0') != std::string::npos) return std::nullopt;
    if (inet_pton(AF_INET, host.c_str(), result.bytes.data()) == 1) {
        result.family = AF_INET;
        return result;
    }
    if (host.size() < 2 || host.front() != '[' || host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
    if (const std::size_t percent = host.find('%'); percent != std::string::npos) {
        const std::string_view digits = std::string_view(host).substr(percent + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), result.scope);
        // Written only when it is not 0, so nothing else is read.
        if (error != std::errc() || end != digits.data() + digits.size() || digits.front() == '0')
            return std::nullopt;
        host.resize(percent);
    }
    if (inet_pton(AF_INET6, host.c_str(), result.bytes.data()) != 1) return std::nullopt;
    result.family = AF_INET6;
    return result;
}

std::string written_by_the_library(const expected_address& address, std::uint16_t port) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(address.family, address.bytes.data(), text.data(), text.size());
    std::string result = text.data();
    if (address.scope != 0) result.append("%").append(std::to_string(address.scope));
    if (address.family == AF_INET6) result.insert(0, 1, '[').append("]");
    return result.append(":").append(std::to_string(port));
}

bool is_same(const socket_address& read, const expected_address& expected) {
    if (expected.family == AF_INET)
        return read.is_ipv4() && std::memcmp(read.ipv4().data(), expected.bytes.data(), 4) == 0;
    return read.is_ipv6() && read.ipv6() == expected.bytes && read.scope_id() == expected.scope;
}

// glibc writes ::1.2.3.4 for what RFC 5952 would have as ::102:304, where six groups are zero and
// the next is not: the one difference.
bool is_written_differently(const expected_address& address) {
    constexpr std::array<std::uint8_t, 12> zeros{};
    return address.family == AF_INET6 &&
           std::memcmp(address.bytes.data(), zeros.data(), zeros.size()) == 0 &&
           (address.bytes[12] != 0 || address.bytes[13] != 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::steps.begin();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = socket_address::parse(text);

    const std::optional<parts> split = split_at_the_port(text);
    std::optional<expected_address> expected;
    if (split) expected = read_by_the_library(split->host);
    require(read.has_value() == expected.has_value(), "the C library reads it otherwise");
    if (!read) {
        const std::error_code unknown_family = make_error_code(address_error::unknown_family);
        require(read.error().category() == unknown_family.category() &&
                    read.error() != unknown_family && !read.error().message().empty(),
                "not an error of a text");
        return 0;
    }
    require(is_same(*read, *expected), "the C library reads another address");
    require(read->port() == split->port, "another port");

    const std::string written = read->to_string();
    require(socket_address::parse(written) == *read, "what is written is read as something else");
    require(written == socket_address::parse(written)->to_string(), "written in two ways");
    if (!is_written_differently(*expected))
        require(written == written_by_the_library(*expected, split->port),
                "the C library writes it otherwise");
    require(socket_address::from_raw(read->to_raw()) == *read, "the raw form is another address");
    return 0;
}
