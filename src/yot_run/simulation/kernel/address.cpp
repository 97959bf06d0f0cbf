#include <yot_run/simulation/kernel/address.hpp>

#include <yot_run/simulation/kernel/file.hpp>

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace yot_run::sys_simulated::kernel {
namespace {

using ip_bytes = std::array<std::uint8_t, 16>;

constexpr ip_bytes ipv6_loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr std::array<std::uint8_t, 12> ipv4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
// Up to the scope, which RFC 2133 did not have: the least that Linux takes.
constexpr socklen_t least_ipv6_length = 24;

ip_bytes ipv4(std::array<std::uint8_t, 4> bytes) {
    ip_bytes ip{};
    std::ranges::copy(ipv4_prefix, ip.begin());
    std::ranges::copy(bytes, ip.begin() + ipv4_prefix.size());
    return ip;
}

}  // namespace

bool address::is_ipv4() const { return std::ranges::equal(ipv4_prefix, std::span(ip).first<12>()); }

bool address::is_any() const { return ip == any_address(is_ipv4()).ip; }

bool address::is_local() const {
    return is_any() || (is_ipv4() ? ip[ipv4_prefix.size()] == 127 : ip == ipv6_loopback);
}

address address::routed(const address& local) const {
    if (!is_any()) return *this;
    if (is_ipv4() && local.is_ipv4() && !local.is_any()) return {local.ip, port};
    return {is_ipv4() ? source().ip : local.source().ip, port};
}

address address::source() const { return {is_ipv4() ? ipv4({127, 0, 0, 1}) : ipv6_loopback, 0}; }

address any_address(bool is_ipv4) { return {is_ipv4 ? ipv4({0, 0, 0, 0}) : ip_bytes{}, 0}; }

io_result<address> understood(const raw_address& raw, int family) {
    const bool is_ipv4 = family == AF_INET;
    const socklen_t least = is_ipv4 ? sizeof(sockaddr_in) : least_ipv6_length;
    if (raw.length < least || raw.length > sizeof(raw.storage)) return failed(EINVAL);
    if (raw.storage.ss_family != family) return failed(EAFNOSUPPORT);
    address result;
    if (is_ipv4) {
        sockaddr_in given{};
        std::memcpy(&given, &raw.storage, sizeof(given));
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &given.sin_addr, bytes.size());
        result = {ipv4(bytes), ntohs(given.sin_port)};
    } else {
        sockaddr_in6 given{};
        std::memcpy(&given, &raw.storage, sizeof(given));
        std::memcpy(result.ip.data(), &given.sin6_addr, result.ip.size());
        result.port = ntohs(given.sin6_port);
    }
    return result;
}

raw_address told(const address& what, int family) {
    raw_address raw;
    if (family == AF_INET) {
        sockaddr_in given{};
        given.sin_family = AF_INET;
        given.sin_port = htons(what.port);
        std::memcpy(&given.sin_addr, what.ip.data() + ipv4_prefix.size(), sizeof(given.sin_addr));
        std::memcpy(&raw.storage, &given, sizeof(given));
        raw.length = sizeof(given);
    } else {
        sockaddr_in6 given{};
        given.sin6_family = AF_INET6;
        given.sin6_port = htons(what.port);
        std::memcpy(&given.sin6_addr, what.ip.data(), what.ip.size());
        std::memcpy(&raw.storage, &given, sizeof(given));
        raw.length = sizeof(given);
    }
    return raw;
}

}  // namespace yot_run::sys_simulated::kernel
