// yot_run/net/tcp_listener.hpp: a port at which TCP connections arrive.
//
//   auto bound = net::tcp_listener::bind(net::socket_address::loopback(8080));
//   if (!bound) ...                                        // bound.error() says why
//   for (;;) {
//       auto accepted = co_await bound->accept();
//       if (!accepted) break;
//       auto& [stream, peer] = *accepted;
//       spawn(serve(std::move(stream)));
//   }
//
// Accepting survives what goes wrong with a single connection, and a lack of descriptors or memory:
// it retries at once, or after a pause (accept_backoff.hpp), never in a circle, and goes on. So
// every error that accept() does return is final.
//
// Threads: a listener is one thread's at a time, and may travel with its task. It must not move
// while it has an accept future, of which there may be one at a time. Destroying it closes the
// port; connections that were not accepted are reset.
// Checked by: tcp_listener_test.cpp, tcp_listener_fault_test.cpp, fuzz/net/connect_session.hpp.
#pragma once

#include <yot_run/net/accept_backoff.hpp>
#include <yot_run/net/io_socket.hpp>
#include <yot_run/net/socket_address.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/reactor/timer.hpp>
#include <yot_run/task/context.hpp>
#include <yot_run/task/poll.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::net {

struct listen_options {
    // Takes the port also while old connections to it linger (SO_REUSEADDR).
    bool reuse_address = true;
    // How many connections may wait to be accepted; the system has a limit of its own.
    int backlog = 1024;
    // For an IPv6 address: false accepts IPv4 as well, from mapped addresses (::ffff:1.2.3.4).
    bool ipv6_only = false;
    // Called with each error that accept() survives, on the thread that polls it. Must not throw.
    std::move_only_function<void(const std::error_code&)> on_accept_error = {};
};

// What accept() has survived.
struct accept_errors {
    std::uint64_t count = 0;
    std::error_code last;
};

class accept_future;

class tcp_listener {
public:
    using connection = std::pair<tcp_stream, socket_address>;

    // Listens at `address`, port 0 for any free one (local_address() tells which). Callable in a
    // task, and on a thread that has entered a runtime; elsewhere it throws std::logic_error.
    // Errors: address_in_use (another socket listens there), permission_denied (ports below 1024
    // are privileged), address_not_available (not an address of this machine), too_many_files_open,
    // operation_canceled (the runtime has shut down); the others of socket(2), bind(2), listen(2)
    // and epoll_ctl(2).
    [[nodiscard]] static io_result<tcp_listener> bind(const socket_address& address,
                                                      listen_options options = {});

    // The next connection, and where it comes from. Dropping the future loses no connection.
    // Errors: operation_canceled when the runtime has shut down; bad_file_descriptor when the
    // listener was moved from; others only when the listener cannot work any more.
    [[nodiscard]] accept_future accept() noexcept;

    [[nodiscard]] const net::accept_errors& accept_errors() const noexcept { return errors_; }
    // Errors: those of getsockname(2).
    [[nodiscard]] io_result<socket_address> local_address() const {
        return socket_.local_address();
    }
    // The descriptor, for options that are not here. It stays the listener's. -1 when moved from.
    [[nodiscard]] int native_handle() const noexcept { return socket_.number(); }

private:
    friend class accept_future;

    tcp_listener(internal::io_socket socket, listen_options options) noexcept
        : socket_(std::move(socket)), on_error_(std::move(options.on_accept_error)) {}

    // Accepts until there is a connection, none is left (EAGAIN), or there is an error that ends
    // this attempt: then resume_at_ is set, or else it is final.
    [[nodiscard]] io_result<connection> try_accept();
    [[nodiscard]] io_result<connection> accept_one();
    [[nodiscard]] internal::accept_answer answer_to(const std::error_code& error);

    internal::io_socket socket_;
    internal::accept_backoff backoff_;
    std::optional<sys::time_point> resume_at_;  // Set: pausing, whoever waits for the end of it.
    net::accept_errors errors_;
    std::move_only_function<void(const std::error_code&)> on_error_;
};

class [[nodiscard]] accept_future {
public:
    explicit accept_future(tcp_listener& listener) noexcept : listener_(&listener) {}
    yot_run::poll<io_result<tcp_listener::connection>> poll(context& cx);
    void describe(description& into) const;

private:
    [[nodiscard]] bool is_pausing(context& cx);

    tcp_listener* listener_;
    std::optional<sleep_future> pause_;
};

inline accept_future tcp_listener::accept() noexcept { return accept_future(*this); }

}  // namespace yot_run::inline YOT_RUN_WORLD::net
