#include <property_tests/kernel/step.hpp>

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iomanip>

namespace kernel_property {
namespace {

constexpr std::array<const char*, kinds_of_calls> names{
    "socket",       "bind",        "listen",       "accept",       "connect",    "take_error",
    "getsockname",  "getpeername", "setsockopt",   "getsockopt",   "set_linger", "get_linger",
    "recv",         "send",        "sendmsg",      "shutdown",     "close",      "duplicate",
    "epoll_create", "epoll_add",   "epoll_modify", "epoll_delete", "epoll_wait", "event_create",
    "event_signal", "event_drain", "flood"};

template <class Sockaddr>
yot_run::sys_posix::raw_address raw(const Sockaddr& from) {
    yot_run::sys_posix::raw_address result;
    std::memcpy(&result.storage, &from, sizeof(from));
    result.length = sizeof(from);
    return result;
}

std::string hex(const void* bytes, std::size_t size) {
    std::string text;
    const auto* const each = static_cast<const unsigned char*>(bytes);
    for (std::size_t i = 0; i < size; ++i) {
        text += "0123456789abcdef"[each[i] >> 4];
        text += "0123456789abcdef"[each[i] & 15];
    }
    return text;
}

}  // namespace

const char* name_of(call_kind kind) { return names[static_cast<std::size_t>(kind)]; }

bool operator==(const answer& one, const answer& two) {
    return one.error == two.error && one.number == two.number && one.value == two.value &&
           one.bytes == two.bytes && one.events == two.events && one.ip == two.ip &&
           one.has_port == two.has_port;
}

std::ostream& operator<<(std::ostream& out, const step& shown) {
    out << name_of(shown.kind) << "(" << shown.number;
    if (shown.other != -1) out << ", other " << shown.other;
    if (shown.epoll != -1) out << ", epoll " << shown.epoll;
    if (shown.ends) out << ", ends";
    if (shown.value != 0) out << ", value " << shown.value;
    if (shown.size != 0) out << ", " << shown.size << " bytes";
    if (shown.option != yot_run::sys_posix::socket_option{})
        out << ", option " << static_cast<int>(shown.option);
    if (shown.kind == call_kind::shutdown) out << ", side " << static_cast<int>(shown.side);
    if (shown.kind == call_kind::bind || shown.kind == call_kind::connect)
        out << ", place " << static_cast<int>(shown.where);
    if (shown.events != 0) out << ", events 0x" << std::hex << shown.events << std::dec;
    if (shown.token != 0) out << ", token " << shown.token;
    return out << ")";
}

std::ostream& operator<<(std::ostream& out, const answer& shown) {
    out << (shown.error != 0 ? strerrorname_np(shown.error) : "ok");
    if (shown.number != -1) out << ", number " << shown.number;
    if (shown.value != 0) out << ", value " << shown.value;
    if (!shown.bytes.empty()) {
        out << ", bytes " << hex(shown.bytes.data(), std::min<std::size_t>(8, shown.bytes.size()))
            << "...";
    }
    if (!shown.ip.empty()) out << ", at " << shown.ip << (shown.has_port ? ":p" : ":0");
    for (const auto& [token, events] : shown.events)
        out << ", [" << token << ": 0x" << std::hex << events << std::dec << "]";
    return out;
}

yot_run::sys_posix::raw_address address_of(place where, int family, std::uint16_t port) {
    std::uint32_t ipv4 = INADDR_ANY;
    if (where == place::loopback || where == place::mapped_loopback) ipv4 = INADDR_LOOPBACK;
    if (where == place::second_loopback) ipv4 = INADDR_LOOPBACK + 1;
    if (where == place::elsewhere) ipv4 = 0xc0000201;
    if (where == place::group) ipv4 = 0xe0000001;
    if (family == AF_INET) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(ipv4);
        address.sin_port = htons(port);
        return raw(address);
    }
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    if (where == place::loopback) address.sin6_addr = in6addr_loopback;
    if (where != place::loopback && where != place::any) {
        const std::uint32_t bytes = htonl(ipv4);
        std::memset(&address.sin6_addr.s6_addr[10], 0xff, 2);
        std::memcpy(&address.sin6_addr.s6_addr[12], &bytes, sizeof(bytes));
    }
    return raw(address);
}

void describe(const yot_run::sys_posix::raw_address& address, answer& into) {
    if (address.storage.ss_family == AF_INET) {
        sockaddr_in seen{};
        std::memcpy(&seen, &address.storage, sizeof(seen));
        into.ip = hex(&seen.sin_addr, sizeof(seen.sin_addr));
        into.port = ntohs(seen.sin_port);
    } else {
        sockaddr_in6 seen{};
        std::memcpy(&seen, &address.storage, sizeof(seen));
        into.ip = hex(&seen.sin6_addr, sizeof(seen.sin6_addr));
        into.port = ntohs(seen.sin6_port);
    }
    into.has_port = into.port != 0;
}

std::vector<std::byte> pattern(std::uint64_t begin, std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>((begin * 31 + i) % 251);
    return bytes;
}

}  // namespace kernel_property
