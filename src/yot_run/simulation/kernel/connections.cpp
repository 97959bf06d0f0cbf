// How connections begin: ports, listeners, and who is found at an address.
#include <yot_run/simulation/kernel/tcp.hpp>

#include <algorithm>
#include <array>
#include <cerrno>

namespace yot_run::sys_simulated::kernel {
namespace {

// net.ipv4.ip_local_port_range and net.core.somaxconn, as Linux has them by default.
constexpr std::uint16_t first_port = 32768;
constexpr std::uint16_t last_port = 60999;
constexpr std::size_t most_backlog = 4096;

// How many seconds a request to connect waits for an answer before it is repeated; after the last
// of these, 131 in all, the connection has timed out (net.ipv4.tcp_syn_retries and
// tcp_syn_linear_timeouts, as Linux has them by default since 6.5).
constexpr std::array request_timeouts_s{1, 1, 1, 1, 1, 2, 4, 8, 16, 32, 64};

// May a packet to `remote` be for a socket bound like this one?
bool covers(const endpoint& socket, const address& remote) {
    const address& local = socket.local;
    if (!local.is_any()) return local.ip == remote.ip;
    // An IPv6 socket bound to all addresses has those of IPv4, too, unless it was told otherwise.
    if (socket.family == AF_INET6 && !local.is_ipv4() && remote.is_ipv4())
        return socket.options[socket_option::ipv6_only] == 0;
    return local.is_ipv4() == remote.is_ipv4();
}

bool reaches_ipv4(const endpoint& socket) {
    return socket.family == AF_INET || socket.options[socket_option::ipv6_only] == 0;
}

// May the second, which is to be bound, not have the same port as the first?
bool overlap(const endpoint& other, const endpoint& wanted) {
    // Linux asks an IPv6 socket for its IPv4 address here, even if it is connected over IPv6.
    const bool is_on_both = other.family == AF_INET6 && reaches_ipv4(other);
    if (wanted.family == AF_INET && wanted.local.is_any() && is_on_both) return true;
    return covers(other, wanted.local) || covers(wanted, other.local);
}

}  // namespace

endpoint& network::create(int family) {
    all_.emplace_back(family, defaults_);
    return all_.back();
}

bool network::is_taken(const address& local, const endpoint& by) const {
    endpoint wanted(by.family, by.options);
    wanted.local = local;
    return std::ranges::any_of(all_, [&](const endpoint& other) {
        if (&other == &by || !other.has_port || other.local.port != local.port) return false;
        const bool both_reuse = by.options[socket_option::reuse_address] != 0 &&
                                other.options[socket_option::reuse_address] != 0;
        if (both_reuse && other.state != tcp_state::listening) return false;
        return overlap(other, wanted);
    });
}

std::optional<std::uint16_t> network::free_port() {
    for (int tries = 0; tries <= last_port - first_port; ++tries) {
        last_port_ = last_port_ < first_port || last_port_ == last_port
                         ? first_port
                         : static_cast<std::uint16_t>(last_port_ + 1);
        const bool is_used = std::ranges::any_of(all_, [&](const endpoint& each) {
            return each.has_port && each.local.port == last_port_;
        });
        if (!is_used) return last_port_;
    }
    return std::nullopt;
}

io_result<void> network::bind(endpoint& socket, const raw_address& where) {
    const io_result<address> given = understood(where, socket.family);
    if (!given) return std::unexpected(given.error());
    const bool is_too_late = socket.state != tcp_state::closed || socket.has_port;
    // Linux looks at the socket first for IPv6, and at the address first for IPv4.
    if (is_too_late && socket.family == AF_INET6) return failed(EINVAL);
    if (given->is_ipv4() && !reaches_ipv4(socket)) return failed(EINVAL);
    if (!given->is_local()) return failed(EADDRNOTAVAIL);
    if (is_too_late) return failed(EINVAL);
    address local = *given;
    if (local.port == 0) {
        const std::optional<std::uint16_t> port = free_port();
        if (!port) return failed(EADDRINUSE);
        local.port = *port;
    } else if (is_taken(local, socket)) {
        socket.local.ip = any_address(socket.family == AF_INET).ip;  // Visible after a connect.
        return failed(EADDRINUSE);
    }
    socket.local = local;
    // Bound to an address of IPv6, it has no use for IPv4, and says so.
    if (!given->is_any() && !given->is_ipv4()) socket.options.restrict_to_ipv6();
    socket.has_port = true;
    // Linux does not forget an earlier choice.
    socket.port_was_chosen |= given->port != 0;
    socket.address_was_chosen |= !given->is_any();
    return {};
}

io_result<void> network::listen(endpoint& socket, int backlog) {
    const bool may_listen =
        socket.state == tcp_state::closed || socket.state == tcp_state::listening;
    if (socket.told != progress::unconnected || !may_listen) return failed(EINVAL);
    // A negative one is a very big one for Linux, too.
    socket.backlog =
        backlog < 0 ? most_backlog : std::min(static_cast<std::size_t>(backlog), most_backlog);
    if (socket.state == tcp_state::listening) return {};
    if (!socket.has_port) {
        const std::optional<std::uint16_t> port = free_port();
        if (!port) return failed(EADDRINUSE);
        socket.local.port = *port;
        socket.has_port = true;
    } else if (is_taken(socket.local, socket)) {
        return failed(EADDRINUSE);
    }
    socket.state = tcp_state::listening;
    return {};
}

io_result<std::pair<endpoint*, raw_address>> network::accept(endpoint& listener) {
    if (listener.state != tcp_state::listening) return failed(EINVAL);
    if (listener.waiting.empty()) return failed(EAGAIN);
    endpoint* const first = listener.waiting.front();
    listener.waiting.pop_front();
    first->told = progress::connected;
    return std::pair(first, told(first->remote, first->family));
}

io_result<void> network::connect(endpoint& socket, const raw_address& where, time_point now) {
    if (where.length < sizeof(sa_family_t) || where.length > sizeof(where.storage))
        return failed(EINVAL);
    switch (socket.told) {
        case progress::disconnecting:
            return failed(EINVAL);
        case progress::connected:
            return failed(EISCONN);
        case progress::connecting:
            if (socket.state == tcp_state::connecting) return failed(EALREADY);
            if (socket.state == tcp_state::closed) {
                // It has failed. Then this call says so, and the next one begins again.
                const int error = take_error(socket);
                socket.told = progress::unconnected;
                disconnect(socket);
                return failed(error != 0 ? error : ECONNABORTED);
            }
            socket.told = progress::connected;
            return {};
        case progress::unconnected:
            break;
    }
    if (socket.state != tcp_state::closed) return failed(EISCONN);
    const io_result<address> to = understood(where, socket.family);
    if (!to) return std::unexpected(to.error());
    if (const io_result<void> begun = begin(socket, *to); !begun) return begun;
    request(socket, now);
    return failed(EINPROGRESS);
}

// Everything that connect does before the request leaves.
io_result<void> network::begin(endpoint& socket, const address& to) {
    if ((to.is_ipv4() && !reaches_ipv4(socket)) || !to.is_local()) return failed(ENETUNREACH);
    const address remote = to.routed(socket.local);
    const address source = remote.source();
    // A socket that is bound to an address of IPv4 cannot reach IPv6.
    if (socket.local.is_ipv4() && !remote.is_ipv4()) return failed(EAFNOSUPPORT);
    address local = socket.local.is_any() ? source : socket.local;
    if (socket.has_port) {
        local.port = socket.local.port;
        const bool is_used = std::ranges::any_of(all_, [&](const endpoint& each) {
            return each.state != tcp_state::closed && each.local == local && each.remote == remote;
        });
        if (is_used) return failed(EADDRNOTAVAIL);
    } else {
        const std::optional<std::uint16_t> port = free_port();
        if (!port) return failed(EADDRNOTAVAIL);
        local.port = *port;
    }
    socket.local = local;
    socket.has_port = true;
    socket.remote = remote;
    socket.state = tcp_state::connecting;
    socket.told = progress::connecting;
    socket.error = 0;
    socket.has_seen_end = false;
    socket.repeats = 0;
    return {};
}

// The listener for packets to `remote`: one that is bound to just this address, or to all.
endpoint* network::find_listener(const address& remote) {
    endpoint* found = nullptr;
    for (endpoint& each : all_) {
        if (each.state != tcp_state::listening || each.local.port != remote.port) continue;
        if (!covers(each, remote)) continue;
        if (found == nullptr || !each.local.is_any()) found = &each;
    }
    return found;
}

// One request to connect arrives where it is sent to.
void network::request(endpoint& socket, time_point now) {
    endpoint* const listener = find_listener(socket.remote);
    if (listener == nullptr) {
        receive_reset(socket, ECONNREFUSED);
        return;
    }
    if (listener->waiting.size() > listener->backlog) {
        socket.repeat_at = now + std::chrono::seconds(request_timeouts_s[socket.repeats++]);
        return;
    }
    socket.repeat_at.reset();
    all_.emplace_back(listener->family, listener->options);
    endpoint& accepted = all_.back();
    accepted.state = tcp_state::established;
    accepted.local = socket.remote;
    accepted.remote = socket.local;
    accepted.has_port = true;
    accepted.address_was_chosen = listener->address_was_chosen;
    accepted.peer = &socket;
    socket.peer = &accepted;
    socket.state = tcp_state::established;
    wake(socket, anything);
    listener->waiting.push_back(&accepted);
    // A shutdown before listen, which says ENOTCONN, has been kept all the same, and is inherited.
    accepted.reading_is_shut = listener->reading_is_shut;
    if (listener->writing_is_shut) static_cast<void>(shutdown(accepted, shutdown_side::write));
    wake(*listener, new_data);
}

std::optional<time_point> network::next_repeat() const {
    std::optional<time_point> first;
    for (const endpoint& each : all_) {
        if (each.repeat_at && (!first || *each.repeat_at < *first)) first = each.repeat_at;
    }
    return first;
}

void network::repeat_requests(time_point now) {
    for (endpoint& each : all_) {
        if (!each.repeat_at || *each.repeat_at > now) continue;
        if (each.repeats == request_timeouts_s.size()) {
            receive_reset(each, ETIMEDOUT);
        } else {
            request(each, now);
        }
    }
}

// Those that were not accepted are reset.
void network::stop_listening(endpoint& listener) {
    for (endpoint* const each : std::exchange(listener.waiting, {})) {
        disconnect(*each);
        each->is_orphan = true;
    }
}

}  // namespace yot_run::sys_simulated::kernel
