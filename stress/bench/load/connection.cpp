#include "load/connection.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace bench {

namespace {

constexpr std::uint64_t connections_per_address = 5000;

[[noreturn]] void throw_error(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint32_t host, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl((std::uint32_t{IN_LOOPBACKNET} << 24) + host);
    return address;
}

template <class Value>
void set_option(int descriptor, int level, int name, const Value& value) {
    if (setsockopt(descriptor, level, name, &value, sizeof value) != 0) throw_error("setsockopt");
}

}  // namespace

message_source::message_source(std::size_t message_bytes)
    : bytes_(message_bytes + different_messages), message_bytes_(message_bytes) {
    std::uint64_t state = 1;
    for (std::byte& byte : bytes_) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        byte = std::byte(state >> 56);
    }
}

std::span<const std::byte> message_source::message(std::uint64_t connection,
                                                   std::uint64_t round_trip) const {
    const std::size_t first = (connection * 7 + round_trip) % different_messages;
    return std::span(bytes_).subspan(first, message_bytes_);
}

connection::connection(const message_source& messages, std::uint64_t number, std::uint16_t port)
    : messages_(&messages),
      number_(number),
      descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (descriptor_ < 0) throw_error("socket");
    set_option(descriptor_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    const sockaddr_in from = loopback(2 + std::uint32_t(number / connections_per_address), 0);
    if (bind(descriptor_, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0)
        throw_error("bind");
    const sockaddr_in to = loopback(1, port);
    if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
        throw_error("connect");
    set_option(descriptor_, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(descriptor_, SOL_SOCKET, SO_LINGER, linger{.l_onoff = 1, .l_linger = 0});
    if (fcntl(descriptor_, F_SETFL, O_NONBLOCK) != 0) throw_error("fcntl");
}

connection::connection(connection&& other) noexcept
    : messages_(other.messages_),
      number_(other.number_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      round_trip_(other.round_trip_),
      began_ns_(other.began_ns_),
      message_(other.message_),
      written_(other.written_),
      received_(other.received_) {}

connection::~connection() {
    if (descriptor_ >= 0) close(descriptor_);
}

void connection::begin_trip() {
    message_ = messages_->message(number_, round_trip_++);
    written_ = 0;
    received_ = 0;
    began_ns_ = now_ns();
    write_rest();
}

void connection::write_rest() {
    const auto rest = message_.subspan(written_);
    if (rest.empty()) return;
    const ssize_t count = send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN) throw_error("send");
    if (count > 0) written_ += std::size_t(count);
}

bool connection::read_some(std::span<std::byte> scratch) {
    const auto expected = message_.subspan(received_);
    if (expected.empty()) throw std::runtime_error("the server sent more than it was sent");
    const ssize_t count =
        recv(descriptor_, scratch.data(), std::min(scratch.size(), expected.size()), 0);
    if (count < 0 && errno == EAGAIN) return false;
    if (count < 0) throw_error("recv");
    if (count == 0) throw std::runtime_error("the server closed a connection");
    if (std::memcmp(scratch.data(), expected.data(), std::size_t(count)) != 0)
        throw std::runtime_error("the server sent back something else");
    received_ += std::size_t(count);
    return received_ == message_.size();
}

std::uint64_t now_ns() {
    return std::uint64_t(std::chrono::steady_clock::now().time_since_epoch() /
                         std::chrono::nanoseconds(1));
}

}  // namespace bench
