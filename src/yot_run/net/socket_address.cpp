#include <yot_run/net/socket_address.hpp>

#include <yot_run/net/address_text.hpp>

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <ostream>

namespace yot_run::inline YOT_RUN_WORLD::net {
namespace {

std::unexpected<std::error_code> refused(address_error error) {
    return std::unexpected(make_error_code(error));
}

// `text` is what follows the address. Gives the port after its colon.
io_result<std::uint16_t> read_port(std::string_view text) {
    if (!text.starts_with(':')) return refused(address_error::missing_port);
    const auto port =
        address_text::read_number(text.substr(1), std::numeric_limits<std::uint16_t>::max());
    if (!port) return refused(address_error::bad_port);
    return static_cast<std::uint16_t>(*port);
}

// `text` is what is between the brackets.
io_result<socket_address> read_scoped_ipv6(std::string_view text) {
    const std::size_t percent = text.find('%');
    const auto bytes = address_text::read_ipv6(text.substr(0, percent));
    if (!bytes) return refused(address_error::bad_ipv6);
    if (percent == std::string_view::npos) return socket_address::from_ipv6(*bytes, 0);
    const auto scope = address_text::read_number(text.substr(percent + 1),
                                                 std::numeric_limits<std::uint32_t>::max());
    if (!scope || *scope == 0) return refused(address_error::bad_scope);
    return socket_address::from_ipv6(*bytes, 0, *scope);
}

}  // namespace

socket_address socket_address::from_ipv4(const ipv4_bytes& bytes, std::uint16_t port) noexcept {
    socket_address address;
    std::ranges::copy(bytes, address.bytes_.begin());
    address.port_ = port;
    return address;
}

socket_address socket_address::from_ipv6(const ipv6_bytes& bytes, std::uint16_t port,
                                         std::uint32_t scope_id) noexcept {
    socket_address address;
    address.family_ = address_family::ipv6;
    address.bytes_ = bytes;
    address.port_ = port;
    address.scope_id_ = scope_id;
    return address;
}

socket_address socket_address::loopback(std::uint16_t port, address_family family) noexcept {
    if (family == address_family::ipv4) return from_ipv4({127, 0, 0, 1}, port);
    return from_ipv6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, port);
}

socket_address socket_address::any(std::uint16_t port, address_family family) noexcept {
    if (family == address_family::ipv4) return from_ipv4({}, port);
    return from_ipv6({}, port);
}

// The kernel's structures are copied in and out whole: a reinterpret_cast of the storage would be
// undefined, however usual.
io_result<socket_address> socket_address::from_raw(const sys::raw_address& raw) {
    if (raw.storage.ss_family == AF_INET && raw.length >= sizeof(sockaddr_in)) {
        sockaddr_in native;
        std::memcpy(&native, &raw.storage, sizeof(native));
        ipv4_bytes bytes;
        std::memcpy(bytes.data(), &native.sin_addr, sizeof(bytes));
        return from_ipv4(bytes, ntohs(native.sin_port));
    }
    if (raw.storage.ss_family == AF_INET6 && raw.length >= sizeof(sockaddr_in6)) {
        sockaddr_in6 native;
        std::memcpy(&native, &raw.storage, sizeof(native));
        ipv6_bytes bytes;
        std::memcpy(bytes.data(), &native.sin6_addr, sizeof(bytes));
        return from_ipv6(bytes, ntohs(native.sin6_port), native.sin6_scope_id);
    }
    return std::unexpected(make_error_code(address_error::unknown_family));
}

sys::raw_address socket_address::to_raw() const noexcept {
    sys::raw_address raw;
    if (is_ipv4()) {
        sockaddr_in native{};
        native.sin_family = AF_INET;
        native.sin_port = htons(port_);
        std::memcpy(&native.sin_addr, bytes_.data(), sizeof(native.sin_addr));
        std::memcpy(&raw.storage, &native, sizeof(native));
        raw.length = sizeof(native);
    } else {
        sockaddr_in6 native{};
        native.sin6_family = AF_INET6;
        native.sin6_port = htons(port_);
        native.sin6_scope_id = scope_id_;
        std::memcpy(&native.sin6_addr, bytes_.data(), sizeof(native.sin6_addr));
        std::memcpy(&raw.storage, &native, sizeof(native));
        raw.length = sizeof(native);
    }
    return raw;
}

io_result<socket_address> socket_address::parse(std::string_view text) {
    io_result<socket_address> address;
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return refused(address_error::missing_bracket);
        address = read_scoped_ipv6(text.substr(1, close - 1));
        rest = text.substr(close + 1);
    } else {
        const std::size_t colon = std::min(text.find(':'), text.size());
        rest = text.substr(colon);
        if (rest.empty()) return refused(address_error::missing_port);
        if (rest.find(':', 1) != std::string_view::npos) {
            return refused(address_error::unbracketed_ipv6);
        }
        const auto bytes = address_text::read_ipv4(text.substr(0, colon));
        if (!bytes) return refused(address_error::bad_ipv4);
        address = from_ipv4(*bytes, 0);
    }
    if (!address) return address;
    const io_result<std::uint16_t> port = read_port(rest);
    if (!port) return std::unexpected(port.error());
    address->port_ = *port;
    return address;
}

std::string socket_address::to_string() const {
    std::string text;
    if (is_ipv4()) {
        address_text::append_ipv4(text, ipv4());
    } else {
        text += '[';
        address_text::append_ipv6(text, bytes_);
        if (scope_id_ != 0) {
            text += '%';
            text += std::to_string(scope_id_);
        }
        text += ']';
    }
    text += ':';
    text += std::to_string(port_);
    return text;
}

std::ostream& operator<<(std::ostream& out, const socket_address& address) {
    return out << address.to_string();
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net
