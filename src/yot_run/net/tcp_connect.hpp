// yot_run/net/tcp_connect.hpp: the futures that tcp_stream::connect returns.
//
// The first poll makes the socket and starts to connect it; then it is registered, because a socket
// that has not begun to connect reports itself as hung up. Whenever it seems to be ready the
// outcome is looked at: its pending error, or its peer; it may also have neither yet.
// Dropping one closes its socket. Contracts and errors: <yot_run/net/tcp_stream.hpp>.
// Checked by: tcp_connect_test.cpp, tcp_connect_fault_test.cpp, fuzz/net/connect_session.hpp.
#pragma once

#include <yot_run/net/io_socket.hpp>
#include <yot_run/net/socket_address.hpp>
#include <yot_run/reactor/timer.hpp>
#include <yot_run/task/context.hpp>
#include <yot_run/task/poll.hpp>

#include <optional>

namespace yot_run::inline YOT_RUN_WORLD::net {

class tcp_stream;

class [[nodiscard]] connect_future {
public:
    explicit connect_future(const socket_address& peer) noexcept : peer_(peer) {}
    yot_run::poll<io_result<tcp_stream>> poll(context& cx);
    void describe(description& into) const {
        into.line("to be connected to " + peer_.to_string());
    }

private:
    [[nodiscard]] io_result<internal::io_socket> begin(internal::reactor& watcher) const;

    socket_address peer_;
    std::optional<internal::io_socket> socket_;  // From the first poll on.
};

// The time counts from the moment when connect is called.
class [[nodiscard]] connect_timeout_future {
public:
    connect_timeout_future(const socket_address& peer, sys::duration timeout) noexcept
        : connect_(std::in_place, peer), timeout_(sleep_for(timeout)) {}
    yot_run::poll<io_result<tcp_stream>> poll(context& cx);
    void describe(description& into) const {
        if (connect_) connect_->describe(into);
        into.below([&] { timeout_.describe(into); });
    }

private:
    std::optional<connect_future> connect_;  // Until the time is up.
    sleep_future timeout_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::net
