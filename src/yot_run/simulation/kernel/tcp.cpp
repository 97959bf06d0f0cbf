#include <yot_run/simulation/kernel/tcp.hpp>

#include <algorithm>
#include <cerrno>

namespace yot_run::sys_simulated::kernel {
namespace {

std::size_t send_capacity(const endpoint& socket) {
    return static_cast<std::size_t>(socket.options[socket_option::send_buffer]);
}

// Linux keeps half of the receive buffer for its own bookkeeping (net.ipv4.tcp_adv_win_scale).
std::size_t receive_capacity(const endpoint& socket) {
    return static_cast<std::size_t>(socket.options[socket_option::receive_buffer]) / 2;
}

// Enough room to be an event: a third of the buffer.
bool is_writable(const endpoint& socket) {
    const std::size_t capacity = send_capacity(socket);
    const std::size_t queued = socket.to_send.size();
    return queued < capacity && capacity - queued >= queued / 2;
}

// Both directions are over for it: RFC 1122, 4.2.2.13, says that data must be answered by a reset.
bool refuses_data(const endpoint& socket) {
    const bool waits =
        socket.state == tcp_state::fin_wait_1 || socket.state == tcp_state::fin_wait_2;
    return waits && socket.reading_is_shut;
}

bool must_send_reset(const endpoint& socket) {
    switch (socket.state) {
        case tcp_state::established:
        case tcp_state::close_wait:
        case tcp_state::fin_wait_1:
        case tcp_state::fin_wait_2:
            return true;
        case tcp_state::closing:
        case tcp_state::last_ack:
            return !socket.to_send.empty();
        default:
            return false;
    }
}

// The state after a close or shutdown of the sending direction. True: it sends a FIN.
bool close_sending(endpoint& socket) {
    switch (socket.state) {
        case tcp_state::established:
            socket.state = tcp_state::fin_wait_1;
            return true;
        case tcp_state::close_wait:
            socket.state = tcp_state::last_ack;
            return true;
        case tcp_state::connecting:
            become_closed(socket);
            return false;
        default:
            return false;
    }
}

void unlink(endpoint& socket) {
    if (socket.peer != nullptr) socket.peer->peer = nullptr;
    socket.peer = nullptr;
}

// The connection is over for this end, and its owner is told.
void finish(endpoint& socket) {
    unlink(socket);
    become_closed(socket);
    socket.reading_is_shut = true;
    socket.writing_is_shut = true;
    wake(socket, anything);
}

}  // namespace

void wake(endpoint& socket, std::uint32_t may_be_true) {
    if (socket.file != nullptr) socket.file->wake(may_be_true);
}

void become_closed(endpoint& socket) {
    socket.state = tcp_state::closed;
    socket.repeat_at.reset();
    if (!socket.port_was_chosen) socket.has_port = false;
}

int take_error(endpoint& socket) { return std::exchange(socket.error, 0); }

std::uint32_t network::poll(endpoint& socket) {
    if (socket.state == tcp_state::listening)
        return socket.waiting.empty() ? 0U : EPOLLIN | EPOLLRDNORM;
    std::uint32_t events = 0;
    if (socket.state == tcp_state::closed || (socket.reading_is_shut && socket.writing_is_shut))
        events |= EPOLLHUP;
    if (socket.reading_is_shut) events |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
    if (socket.state != tcp_state::connecting) {
        if (!socket.received.empty()) events |= EPOLLIN | EPOLLRDNORM;
        if (socket.writing_is_shut || is_writable(socket)) {
            events |= EPOLLOUT | EPOLLWRNORM;
        } else {
            socket.lacks_room = true;
        }
    }
    if (socket.error != 0) events |= EPOLLERR;
    return events;
}

io_result<std::size_t> network::recv(endpoint& socket, std::span<std::byte> into) {
    if (socket.state == tcp_state::listening) return failed(ENOTCONN);
    if (!socket.received.empty()) {
        const std::size_t count = std::min(into.size(), socket.received.size());
        const auto end = socket.received.begin() + static_cast<std::ptrdiff_t>(count);
        std::copy(socket.received.begin(), end, into.begin());
        socket.received.erase(socket.received.begin(), end);
        if (socket.peer != nullptr) transmit(*socket.peer);
        return count;
    }
    if (socket.has_seen_end) return 0;
    if (socket.error != 0) return failed(take_error(socket));
    if (socket.reading_is_shut) return 0;
    return failed(socket.state == tcp_state::closed ? ENOTCONN : EAGAIN);
}

io_result<std::size_t> network::send(endpoint& socket, std::span<const std::byte> from) {
    const bool may_send =
        socket.state == tcp_state::established || socket.state == tcp_state::close_wait;
    if (!may_send && socket.error == 0 && socket.state == tcp_state::connecting)
        return failed(EAGAIN);
    if (!may_send || socket.error != 0 || socket.writing_is_shut)
        return failed(socket.error != 0 ? take_error(socket) : EPIPE);
    std::size_t sent = 0;
    while (sent < from.size() && socket.peer != nullptr) {
        const std::size_t capacity = send_capacity(socket);
        const std::size_t room = capacity - std::min(capacity, socket.to_send.size());
        const std::size_t count = std::min(room, from.size() - sent);
        if (count == 0) break;
        const auto part = from.subspan(sent, count);
        socket.to_send.insert(socket.to_send.end(), part.begin(), part.end());
        sent += count;
        transmit(socket);
    }
    if (sent == from.size()) return sent;
    socket.lacks_room = true;
    if (sent == 0) return failed(EAGAIN);
    return sent;
}

void network::tell_of_room(endpoint& socket) {
    if (!is_writable(socket)) return;
    socket.lacks_room = false;
    wake(socket, new_room);
}

// Moves what there is room for, then the FIN.
void network::transmit(endpoint& from) {
    while (from.peer != nullptr && !from.to_send.empty()) {
        endpoint& to = *from.peer;
        if (refuses_data(to)) {
            unlink(from);
            receive_reset(to, ECONNRESET);
            receive_reset(from, from.state == tcp_state::close_wait ? EPIPE : ECONNRESET);
            return;
        }
        const std::size_t capacity = receive_capacity(to);
        const std::size_t room = capacity - std::min(capacity, to.received.size());
        const std::size_t count = std::min(room, from.to_send.size());
        if (count == 0) break;
        const auto end = from.to_send.begin() + static_cast<std::ptrdiff_t>(count);
        to.received.insert(to.received.end(), from.to_send.begin(), end);
        from.to_send.erase(from.to_send.begin(), end);
        wake(to, new_data);
    }
    // A sender that was full hears of room before the last of its data, and the FIN, have arrived.
    if (from.lacks_room) tell_of_room(from);
    if (from.peer != nullptr && from.to_send.empty() && from.fin_is_queued) deliver_fin(from);
}

void network::deliver_fin(endpoint& from) {
    from.fin_is_queued = false;
    receive_fin(*from.peer);
    acknowledge_fin(from);
}

void network::receive_fin(endpoint& to) {
    to.reading_is_shut = true;
    to.has_seen_end = true;
    if (to.state == tcp_state::fin_wait_2) {
        finish(to);
        return;
    }
    to.state = to.state == tcp_state::fin_wait_1 ? tcp_state::closing : tcp_state::close_wait;
    wake(to, anything);
}

void network::acknowledge_fin(endpoint& from) {
    if (from.state != tcp_state::fin_wait_1) {
        finish(from);
        return;
    }
    from.state = tcp_state::fin_wait_2;
    from.writing_is_shut = true;
    wake(from, anything);
}

void network::send_reset(endpoint& from) {
    endpoint* const to = from.peer;
    if (to == nullptr) return;
    unlink(from);
    receive_reset(*to, to->state == tcp_state::close_wait ? EPIPE : ECONNRESET);
}

void network::receive_reset(endpoint& to, int error) {
    if (to.state == tcp_state::closed) return;
    to.error = error;
    to.to_send.clear();
    to.fin_is_queued = false;
    finish(to);
    wake(to, EPOLLERR);
}

io_result<void> network::shutdown(endpoint& socket, shutdown_side side) {
    const bool reading = side != shutdown_side::write;
    const bool writing = side != shutdown_side::read;
    const tcp_state state = socket.state;
    if (socket.told == progress::connecting) {
        const bool has_failed = state == tcp_state::connecting || state == tcp_state::closed;
        socket.told = has_failed ? progress::disconnecting : progress::connected;
    }
    if (state == tcp_state::connecting || (state == tcp_state::listening && reading)) {
        disconnect(socket);
        socket.told = progress::unconnected;
    } else if (state != tcp_state::listening) {
        socket.reading_is_shut |= reading;
        socket.writing_is_shut |= writing;
        if (writing && close_sending(socket)) {
            socket.fin_is_queued = true;
            transmit(socket);
        }
    }
    wake(socket, anything);
    if (state == tcp_state::closed) return failed(ENOTCONN);  // All the same, that was done.
    return {};
}

void network::close(endpoint& socket) {
    socket.is_orphan = true;
    const bool has_unread_data = !socket.received.empty();
    socket.received.clear();
    socket.reading_is_shut = true;
    socket.writing_is_shut = true;
    if (socket.state == tcp_state::listening) {
        become_closed(socket);
        stop_listening(socket);
    } else if (socket.state != tcp_state::closed && has_unread_data) {
        become_closed(socket);  // RFC 1122, 4.2.2.13 again: the peer has to know that it was lost.
        send_reset(socket);
    } else if (socket.options.linger == std::chrono::seconds(0)) {
        disconnect(socket);
    } else if (close_sending(socket)) {
        socket.fin_is_queued = true;
        transmit(socket);
    }
    if (socket.state == tcp_state::closed) socket.has_port = false;
}

// Back to the beginning, and no word to the peer but a reset (tcp_disconnect in Linux).
void network::disconnect(endpoint& socket) {
    const tcp_state state = socket.state;
    const bool resets = must_send_reset(socket);
    if (state != tcp_state::closed) become_closed(socket);
    if (state == tcp_state::listening) stop_listening(socket);
    if (resets) send_reset(socket);
    if (resets || state == tcp_state::connecting) socket.error = ECONNRESET;
    unlink(socket);
    socket.received.clear();
    socket.to_send.clear();
    socket.fin_is_queued = false;
    socket.remote = {};
    if (!socket.address_was_chosen) {
        socket.local.ip = any_address(socket.family == AF_INET).ip;
    }
    socket.reading_is_shut = false;
    socket.writing_is_shut = false;
    socket.has_seen_end = false;
    wake(socket, EPOLLERR);
}

void network::bury() {
    all_.remove_if([](const endpoint& each) {
        return each.is_orphan && each.state == tcp_state::closed && each.file == nullptr;
    });
}

}  // namespace yot_run::sys_simulated::kernel
