#include <yot_run/net/tcp_connect.hpp>

#include <yot_run/net/tcp_stream.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::net {
namespace {

// Nothing, once the socket is connected; EAGAIN while that is undecided.
io_result<void> outcome_of_connect(int socket) {
    if (const io_result<void> pending = sys::take_socket_error(socket); !pending) return pending;
    const io_result<sys::raw_address> peer = sys::getpeername(socket);
    if (peer) return {};
    if (peer.error() != std::errc::not_connected) return std::unexpected(peer.error());
    return std::unexpected(std::error_code(EAGAIN, std::system_category()));
}

}  // namespace

io_result<internal::io_socket> connect_future::begin(internal::reactor& watcher) const {
    io_result<sys::descriptor> made = sys::socket(peer_.is_ipv4() ? AF_INET : AF_INET6);
    if (!made) return std::unexpected(made.error());
    const io_result<void> begun = sys::connect(made->get(), peer_.to_raw());
    if (!begun && begun.error() != std::errc::operation_in_progress) {
        return std::unexpected(begun.error());
    }
    return internal::io_socket::watch(watcher, *std::move(made));
}

poll<io_result<tcp_stream>> connect_future::poll(context& cx) {
    if (!socket_) {
        io_result<internal::io_socket> begun = begin(internal::reactor_of(&cx.environment()));
        if (!begun) return io_result<tcp_stream>(std::unexpect, begun.error());
        socket_.emplace(*std::move(begun));
    }
    auto answer = socket_->poll_attempt(internal::direction::write, cx,
                                        [&] { return outcome_of_connect(socket_->number()); });
    if (answer.is_pending()) return poll_pending;
    internal::io_socket socket = *std::exchange(socket_, std::nullopt);
    if (!answer.value()) return io_result<tcp_stream>(std::unexpect, answer.value().error());
    return io_result<tcp_stream>(tcp_stream(std::move(socket)));
}

poll<io_result<tcp_stream>> connect_timeout_future::poll(context& cx) {
    yot_run::poll<io_result<tcp_stream>> answer = connect_->poll(cx);
    if (answer.is_ready()) return answer;
    if (timeout_.poll(cx).is_pending()) return poll_pending;
    connect_.reset();  // Closes the socket now, not when the caller drops this future.
    return io_result<tcp_stream>(std::unexpect, make_error_code(std::errc::timed_out));
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net
