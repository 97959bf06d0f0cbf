// yot_run/simulation/kernel/tcp.hpp: TCP of the simulated kernel, as sockets see it: no packets,
// but what they would do to the states of both ends (RFC 9293, and net/ipv4/tcp*.c in Linux).
//
// The network is the loopback of one machine, and takes no time: what one end sends has arrived
// when the call returns, as far as the receive buffer has room; the rest waits at the sender, and
// goes on when the receiver reads. Only a request to connect that a full listener drops is repeated
// later.
//
//              FIN comes    own FIN is acknowledged   close or shutdown sends a FIN
//   established  close_wait   .                         fin_wait_1
//   fin_wait_1   closing      fin_wait_2                .
//   fin_wait_2   closed (*)   .                         .
//   close_wait   .            .                         last_ack
//   closing      .            closed (*)                .
//   last_ack     .            closed                    .
//   (*) TIME-WAIT, of which the socket does not know any more
//
// Invariants: `peer` is symmetric; a closed end has none, and both ends become closed together,
// except that an end in `closed` may have heard of it earlier. `file` is null for an end whose
// socket was closed, or has not been accepted yet.
// Checked by: tcp_test.cpp, property_tests/kernel/.
#pragma once

#include <yot_run/simulation/kernel/address.hpp>
#include <yot_run/simulation/kernel/file.hpp>
#include <yot_run/simulation/kernel/options.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <span>
#include <utility>

namespace yot_run::sys_simulated::kernel {

using sys_posix::shutdown_side;
using sys_posix::time_point;

enum class tcp_state : unsigned char {
    closed,
    listening,
    connecting,
    established,
    fin_wait_1,
    fin_wait_2,
    closing,
    close_wait,
    last_ack,
};

// What connect goes by, besides the state: what the caller was told.
enum class progress : unsigned char { unconnected, connecting, connected, disconnecting };

class tcp_file;

// One end of a connection, or what is to become one.
struct endpoint {
    endpoint(int of_family, socket_options with) : family(of_family), options(with) {}

    int family;
    socket_options options;
    tcp_state state = tcp_state::closed;
    progress told = progress::unconnected;
    int error = 0;  // SO_ERROR: reported once.
    tcp_file* file = nullptr;
    bool is_orphan = false;  // Its socket was closed.

    address local = any_address(family == AF_INET);  // Keeps its port when that is given back.
    address remote;                                  // Port 0: none.
    bool has_port = false;
    bool port_was_chosen = false;     // By bind, not by the kernel: kept over a disconnect.
    bool address_was_chosen = false;  // Likewise.

    bool reading_is_shut = false;  // By either side.
    bool writing_is_shut = false;
    bool has_seen_end = false;  // The peer's FIN.
    bool fin_is_queued = false;
    bool lacks_room = false;  // Was found full: room is an event.
    std::deque<std::byte> received;
    std::deque<std::byte> to_send;
    endpoint* peer = nullptr;

    std::size_t backlog = 0;  // Of a listener: one more than that may wait.
    std::deque<endpoint*> waiting;
    std::size_t repeats = 0;  // Of a request to connect that was dropped.
    std::optional<time_point> repeat_at;
};

// All sockets of a machine.
class network {
public:
    // The buffers of new sockets.
    network(int send_buffer, int receive_buffer) : defaults_(send_buffer, receive_buffer) {}

    // The calls of the seam, for a socket that is open.
    [[nodiscard]] endpoint& create(int family);
    [[nodiscard]] io_result<void> bind(endpoint& socket, const raw_address& where);
    [[nodiscard]] io_result<void> listen(endpoint& socket, int backlog);
    // The new end, which has no file yet, and where it comes from.
    [[nodiscard]] io_result<std::pair<endpoint*, raw_address>> accept(endpoint& listener);
    [[nodiscard]] io_result<void> connect(endpoint& socket, const raw_address& where,
                                          time_point now);
    [[nodiscard]] io_result<std::size_t> recv(endpoint& socket, std::span<std::byte> into);
    [[nodiscard]] io_result<std::size_t> send(endpoint& socket, std::span<const std::byte> from);
    [[nodiscard]] io_result<void> shutdown(endpoint& socket, shutdown_side side);
    void close(endpoint& socket);
    // If there is room to send, that is an event now. Also after SO_SNDBUF was set, even if there
    // was room before.
    void tell_of_room(endpoint& socket);
    [[nodiscard]] std::uint32_t poll(endpoint& socket);

    // When a request to connect is repeated next, and the repetition of those that are due.
    [[nodiscard]] std::optional<time_point> next_repeat() const;
    void repeat_requests(time_point now);
    // Destroys ends that nobody can reach any more. No reference may be held.
    void bury();

private:
    // Connections (connections.cpp).
    [[nodiscard]] bool is_taken(const address& local, const endpoint& by) const;
    [[nodiscard]] std::optional<std::uint16_t> free_port();
    [[nodiscard]] endpoint* find_listener(const address& remote);
    [[nodiscard]] io_result<void> begin(endpoint& socket, const address& to);
    void request(endpoint& socket, time_point now);
    void stop_listening(endpoint& listener);

    // Transfer (tcp.cpp).
    void transmit(endpoint& from);
    void deliver_fin(endpoint& from);
    void receive_fin(endpoint& to);
    void acknowledge_fin(endpoint& from);
    void send_reset(endpoint& from);
    void receive_reset(endpoint& to, int error);
    void disconnect(endpoint& socket);

    socket_options defaults_;
    std::list<endpoint> all_;
    std::uint16_t last_port_ = 0;
};

// The open file of a socket; its end closes the socket.
class tcp_file final : public file {
public:
    tcp_file(network& in, endpoint& socket) : network_(in), socket_(socket) { socket.file = this; }
    ~tcp_file() override {
        socket_.file = nullptr;
        network_.close(socket_);
    }

    [[nodiscard]] std::uint32_t poll() override { return network_.poll(socket_); }
    [[nodiscard]] endpoint& socket() { return socket_; }

private:
    network& network_;
    endpoint& socket_;
};

// Tells the file of this end, if it has one.
void wake(endpoint& socket, std::uint32_t may_be_true);
// The state becomes `closed`; a port that the kernel chose is given back.
void become_closed(endpoint& socket);
// The pending error, which it clears; 0: none.
[[nodiscard]] int take_error(endpoint& socket);

// What the wakes say (net/core/sock.c).
inline constexpr std::uint32_t anything = 0;
inline constexpr std::uint32_t new_data = EPOLLIN | EPOLLPRI | EPOLLRDNORM | EPOLLRDBAND;
inline constexpr std::uint32_t new_room = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;

}  // namespace yot_run::sys_simulated::kernel
