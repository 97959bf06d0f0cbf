// yot_run/net/tcp_stream.hpp: a TCP connection.
//
//   auto connected = co_await net::tcp_stream::connect(address);
//   if (!connected) ...                                     // connected.error() says why
//   net::tcp_stream stream = *std::move(connected);
//   auto sent = co_await stream.write_all(net::as_bytes("hello\n"));
//   auto received = co_await stream.read(buffer);           // *received == 0: the peer is done
//
// Threads: a stream is one thread's at a time, and may travel with its task. One future may read
// and another one write at the same time, in one task; split() gives each direction to a task of
// its own. The stream must not move while it has futures. Destroying it closes the connection.
//
// Errors of every operation that waits, besides those named with it: operation_canceled when the
// runtime has shut down; bad_file_descriptor when the stream was moved from. A failed operation
// leaves the stream as it is; after connection_reset, broken_pipe or timed_out nothing but closing
// it makes sense. No operation raises SIGPIPE.
// Urgent data (RFC 6093 advises against it) is not supported: a peer that sends it may stall.
// Checked by: tcp_stream_test.cpp, tcp_stream_close_test.cpp, tcp_stream_drop_test.cpp,
// tcp_stream_options_test.cpp, tcp_stream_allocation_test.cpp, tcp_stream_fault_test.cpp.
#pragma once

#include <yot_run/net/bytes.hpp>
#include <yot_run/net/io_futures.hpp>
#include <yot_run/net/io_socket.hpp>
#include <yot_run/net/net_error.hpp>
#include <yot_run/net/socket_address.hpp>
#include <yot_run/net/tcp_connect.hpp>
#include <yot_run/net/tcp_split.hpp>
#include <yot_run/sys/sys.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::net {

using sys::shutdown_side;

// How a silent peer is probed. In whole seconds, at least 1.
struct keepalive_options {
    std::chrono::seconds idle{60};      // Silence before the first probe.
    std::chrono::seconds interval{10};  // Between probes.
    int probes = 6;                     // Unanswered ones before the connection is given up.
};

class tcp_stream {
public:
    // Connects to `peer`. Waits for as long as the system tries (about two minutes), or for at most
    // `timeout`, counted from this call. Throws std::logic_error when it is polled outside a
    // runtime.
    // Errors: connection_refused (nobody listens there), timed_out, network_unreachable,
    // host_unreachable, permission_denied (a firewall), address_not_available (out of local ports),
    // too_many_files_open; the others of socket(2), connect(2) and epoll_ctl(2).
    [[nodiscard]] static connect_future connect(const socket_address& peer) noexcept {
        return connect_future(peer);
    }
    [[nodiscard]] static connect_timeout_future connect(const socket_address& peer,
                                                        sys::duration timeout) noexcept {
        return {peer, timeout};
    }

    // Reads what there is, at least one byte and at most into.size(). Gives 0 when the peer has
    // ended the stream and all of it was read, or at once when `into` is empty.
    // Errors: connection_reset, timed_out (keepalive); the others of recv(2).
    [[nodiscard]] read_future read(std::span<std::byte> into) noexcept { return {socket_, into}; }
    // Reads until `into` is full. The first overload advances the caller's span past every byte as
    // it is read, so that it says what is missing after an error or when the future is dropped.
    // Errors: net_error::unexpected_end_of_stream; those of read.
    [[nodiscard]] read_exact_future read_exact(std::span<std::byte>& into) noexcept {
        return {socket_, internal::rest_of<std::byte>(into)};
    }
    [[nodiscard]] read_exact_future read_exact(const std::span<std::byte>& into) noexcept {
        return {socket_, internal::rest_of<std::byte>(into)};
    }

    // Writes as much as the system takes, at least one byte; 0 only if `from` is empty. What was
    // written is on its way, not yet received.
    // Errors: broken_pipe (this side was shut down, or the peer closed), connection_reset,
    // timed_out; the others of send(2).
    [[nodiscard]] write_future write(const_buffer from) noexcept { return {socket_, from}; }
    // The same for several pieces, with one system call; at most sys::max_pieces of them at a time.
    [[nodiscard]] writev_future writev(std::span<const const_buffer> from) noexcept {
        return {socket_, from};
    }
    // Writes all of it. The first overload advances the caller's span past what is written.
    // Errors: those of write.
    [[nodiscard]] write_all_future write_all(const_buffer& from) noexcept {
        return {socket_, internal::rest_of<const std::byte>(from)};
    }
    [[nodiscard]] write_all_future write_all(const const_buffer& from) noexcept {
        return {socket_, internal::rest_of<const std::byte>(from)};
    }

    // Ends one direction or both. The peer reads the end of the stream after what was written
    // before; this side reads the end after what has already come. Errors: not_connected.
    [[nodiscard]] io_result<void> shutdown(shutdown_side side) { return socket_.shutdown(side); }

    // Gives each direction away to be used on its own; see <yot_run/net/tcp_split.hpp>. The stream
    // is then moved from. REQUIRES: it was not before. Throws std::bad_alloc.
    [[nodiscard]] std::pair<read_half, write_half> split() &&;

    // Options. Errors: bad_file_descriptor when moved from; invalid_argument for values out of
    // range.

    // True: small writes are sent at once, rather than collected while others are unacknowledged.
    [[nodiscard]] io_result<void> set_nodelay(bool on);
    [[nodiscard]] io_result<bool> nodelay() const;
    // nullopt (the default): a silent peer is never found to be gone.
    [[nodiscard]] io_result<void> set_keepalive(const std::optional<keepalive_options>& options);
    [[nodiscard]] io_result<std::optional<keepalive_options>> keepalive() const;
    // What destroying the stream does with data not yet sent. nullopt (the default): it is sent in
    // the background. Zero: it is dropped, and the connection reset. More: the destructor blocks
    // its thread for up to that long, so it is not for tasks.
    [[nodiscard]] io_result<void> set_linger(std::optional<std::chrono::seconds> linger);
    [[nodiscard]] io_result<std::optional<std::chrono::seconds>> linger() const;

    // Errors: not_connected once the connection is gone.
    [[nodiscard]] io_result<socket_address> peer_address() const { return socket_.peer_address(); }
    [[nodiscard]] io_result<socket_address> local_address() const {
        return socket_.local_address();
    }
    // The descriptor, for options that are not here. It stays the stream's: do not close it, read
    // from it, write to it or make it blocking. -1 when moved from.
    [[nodiscard]] int native_handle() const noexcept { return socket_.number(); }

private:
    friend class connect_future;
    friend class tcp_listener;

    explicit tcp_stream(internal::io_socket socket) noexcept : socket_(std::move(socket)) {}

    internal::io_socket socket_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::net
