#include <yot_run/sys/posix.hpp>

#include <yot_run/sys/posix_error.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>

namespace yot_run::sys_posix {
namespace {

template <class Call>
auto retried(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
}

io_result<std::size_t> counted(ssize_t result) {
    if (result < 0) return last_error();
    return static_cast<std::size_t>(result);
}

sockaddr* as_sockaddr(raw_address& address) {
    return reinterpret_cast<sockaddr*>(&address.storage);
}

const sockaddr* as_sockaddr(const raw_address& address) {
    return reinterpret_cast<const sockaddr*>(&address.storage);
}

struct option_name {
    int level;
    int name;
};

option_name name_of(socket_option option) {
    switch (option) {
        case socket_option::reuse_address:
            return {SOL_SOCKET, SO_REUSEADDR};
        case socket_option::ipv6_only:
            return {IPPROTO_IPV6, IPV6_V6ONLY};
        case socket_option::nodelay:
            return {IPPROTO_TCP, TCP_NODELAY};
        case socket_option::keepalive:
            return {SOL_SOCKET, SO_KEEPALIVE};
        case socket_option::keepalive_idle_s:
            return {IPPROTO_TCP, TCP_KEEPIDLE};
        case socket_option::keepalive_every_s:
            return {IPPROTO_TCP, TCP_KEEPINTVL};
        case socket_option::keepalive_probes:
            return {IPPROTO_TCP, TCP_KEEPCNT};
        case socket_option::send_buffer:
            return {SOL_SOCKET, SO_SNDBUF};
        case socket_option::receive_buffer:
            return {SOL_SOCKET, SO_RCVBUF};
    }
    return {-1, -1};  // Not an enumerator: the kernel refuses it.
}

}  // namespace

io_result<void> close(int number) { return done(::close(number)); }

io_result<descriptor> socket(int family) {
    return owned(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

io_result<void> bind(int socket, const raw_address& address) {
    return done(::bind(socket, as_sockaddr(address), address.length));
}

io_result<void> listen(int socket, int backlog) { return done(::listen(socket, backlog)); }

io_result<accepted> accept(int socket) {
    accepted result;
    const int number = retried([&] {
        result.peer.length = sizeof(result.peer.storage);
        return ::accept4(socket, as_sockaddr(result.peer), &result.peer.length,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
    });
    if (number < 0) return last_error();
    result.socket.reset(number);
    return result;
}

io_result<void> connect(int socket, const raw_address& address) {
    if (::connect(socket, as_sockaddr(address), address.length) == 0) return {};
    // Calling again would say EALREADY: the attempt goes on in the background.
    if (errno == EINTR) errno = EINPROGRESS;
    return last_error();
}

io_result<void> take_socket_error(int socket) {
    int error = 0;
    socklen_t size = sizeof(error);
    if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return last_error();
    if (error != 0) return std::unexpected(system_error(error));
    return {};
}

io_result<raw_address> getsockname(int socket) {
    raw_address address;
    address.length = sizeof(address.storage);
    if (::getsockname(socket, as_sockaddr(address), &address.length) < 0) return last_error();
    return address;
}

io_result<raw_address> getpeername(int socket) {
    raw_address address;
    address.length = sizeof(address.storage);
    if (::getpeername(socket, as_sockaddr(address), &address.length) < 0) return last_error();
    return address;
}

io_result<void> setsockopt(int socket, socket_option option, int value) {
    const auto [level, name] = name_of(option);
    return done(::setsockopt(socket, level, name, &value, sizeof(value)));
}

io_result<int> getsockopt(int socket, socket_option option) {
    const auto [level, name] = name_of(option);
    int value = 0;
    socklen_t size = sizeof(value);
    if (::getsockopt(socket, level, name, &value, &size) < 0) return last_error();
    return value;
}

io_result<void> set_linger(int socket, std::optional<std::chrono::seconds> linger) {
    constexpr std::chrono::seconds longest(std::numeric_limits<int>::max());
    ::linger value{};
    if (linger) {
        value.l_onoff = 1;
        value.l_linger =
            static_cast<int>(std::clamp(*linger, std::chrono::seconds::zero(), longest).count());
    }
    return done(::setsockopt(socket, SOL_SOCKET, SO_LINGER, &value, sizeof(value)));
}

io_result<std::optional<std::chrono::seconds>> get_linger(int socket) {
    ::linger value{};
    socklen_t size = sizeof(value);
    if (::getsockopt(socket, SOL_SOCKET, SO_LINGER, &value, &size) < 0) return last_error();
    if (value.l_onoff == 0) return std::nullopt;
    return std::chrono::seconds(value.l_linger);
}

io_result<std::size_t> recv(int socket, std::span<std::byte> into) {
    return counted(retried([&] { return ::recv(socket, into.data(), into.size(), 0); }));
}

io_result<std::size_t> send(int socket, std::span<const std::byte> from) {
    return counted(retried([&] { return ::send(socket, from.data(), from.size(), MSG_NOSIGNAL); }));
}

io_result<std::size_t> sendmsg(int socket, std::span<const std::span<const std::byte>> pieces) {
    std::array<iovec, max_pieces> vectors;
    const std::size_t count = std::min(pieces.size(), vectors.size());
    for (std::size_t i = 0; i < count; ++i) {
        // The kernel only reads through it; iovec serves both directions.
        vectors[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);
    return counted(retried([&] { return ::sendmsg(socket, &message, MSG_NOSIGNAL); }));
}

io_result<void> shutdown(int socket, shutdown_side side) {
    const int how = side == shutdown_side::read    ? SHUT_RD
                    : side == shutdown_side::write ? SHUT_WR
                                                   : SHUT_RDWR;
    return done(::shutdown(socket, how));
}

time_point now() noexcept { return clock::now(); }

std::uint64_t random_u64() {
    std::uint64_t bits = 0;
    // Up to 256 bytes come whole or not at all: getrandom(2).
    if (retried([&] { return ::getrandom(&bits, sizeof(bits), 0); }) < 0) {
        throw std::system_error(errno, std::system_category(), "yot_run: getrandom(2)");
    }
    return bits;
}

}  // namespace yot_run::sys_posix
