#include <yot_run/net/tcp_listener.hpp>

#include <yot_run/task/environment.hpp>

#include <sys/socket.h>

namespace yot_run::inline YOT_RUN_WORLD::net {
namespace {

io_result<sys::descriptor> listening_socket(const socket_address& address,
                                            const listen_options& options) {
    using option = sys::socket_option;
    io_result<sys::descriptor> made = sys::socket(address.is_ipv4() ? AF_INET : AF_INET6);
    if (!made) return made;
    const int number = made->get();
    io_result<void> done = sys::setsockopt(number, option::reuse_address, options.reuse_address);
    if (done && address.is_ipv6()) {
        // Always said, because the system's default is not the same everywhere.
        done = sys::setsockopt(number, option::ipv6_only, options.ipv6_only);
    }
    if (done) done = sys::bind(number, address.to_raw());
    if (done) done = sys::listen(number, options.backlog);
    if (!done) return std::unexpected(done.error());
    return made;
}

}  // namespace

io_result<tcp_listener> tcp_listener::bind(const socket_address& address, listen_options options) {
    internal::reactor& watcher = internal::reactor_of(current_environment());
    io_result<sys::descriptor> listening = listening_socket(address, options);
    if (!listening) return std::unexpected(listening.error());
    io_result<internal::io_socket> socket =
        internal::io_socket::watch(watcher, *std::move(listening));
    if (!socket) return std::unexpected(socket.error());
    return tcp_listener(*std::move(socket), std::move(options));
}

io_result<tcp_listener::connection> tcp_listener::try_accept() {
    for (;;) {
        io_result<connection> accepted = accept_one();
        if (accepted || internal::would_block(accepted.error())) {
            backoff_.reset();
            return accepted;
        }
        if (answer_to(accepted.error()) != internal::accept_answer::again) return accepted;
    }
}

io_result<tcp_listener::connection> tcp_listener::accept_one() {
    io_result<sys::accepted> accepted = sys::accept(socket_.number());
    if (!accepted) return std::unexpected(accepted.error());
    const io_result<socket_address> peer = socket_address::from_raw(accepted->peer);
    if (!peer) return std::unexpected(peer.error());
    io_result<internal::io_socket> socket =
        internal::io_socket::watch(socket_.watcher(), std::move(accepted->socket));
    if (!socket) return std::unexpected(socket.error());
    return connection(tcp_stream(*std::move(socket)), *peer);
}

internal::accept_answer tcp_listener::answer_to(const std::error_code& error) {
    const internal::accept_answer answer = backoff_.after(error.default_error_condition().value());
    if (answer == internal::accept_answer::give_up) return answer;
    if (answer == internal::accept_answer::pause) resume_at_ = sys::now() + backoff_.pause();
    ++errors_.count;
    errors_.last = error;
    if (on_error_) on_error_(error);
    return answer;
}

bool accept_future::is_pausing(context& cx) {
    std::optional<sys::time_point>& resume_at = listener_->resume_at_;
    if (!resume_at) return false;
    if (!pause_) pause_.emplace(*resume_at);
    if (pause_->poll(cx).is_pending()) return true;
    pause_.reset();
    resume_at.reset();
    return false;
}

void accept_future::describe(description& into) const {
    const auto here = listener_->local_address();
    into.line("a connection to " + (here ? here->to_string() : std::string("a closed listener")));
    if (pause_) into.below([&] { pause_->describe(into); });
}

poll<io_result<tcp_listener::connection>> accept_future::poll(context& cx) {
    using result = io_result<tcp_listener::connection>;
    for (;;) {
        try {
            if (is_pausing(cx)) return poll_pending;
        } catch (const std::system_error& shut_down) {
            return result(std::unexpect, shut_down.code());
        }
        auto answer = listener_->socket_.poll_attempt(internal::direction::read, cx,
                                                      [&] { return listener_->try_accept(); });
        if (answer.is_pending()) return poll_pending;
        if (answer.value() || !listener_->resume_at_) return answer;
    }
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net
