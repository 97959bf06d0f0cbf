#include <yot_run/net/io_socket.hpp>

#include <algorithm>
#include <cerrno>
#include <new>
#include <stdexcept>

namespace yot_run::inline YOT_RUN_WORLD::net::internal {
namespace {

// For poll_attempt: a transfer that was to move `wanted` bytes. Moving none says nothing: the end
// of a stream stays ready.
auto is_short_of(std::size_t wanted) noexcept {
    return [wanted](const io_result<std::size_t>& moved) {
        return sys::short_count_means_would_block && *moved > 0 && *moved < wanted;
    };
}

io_result<socket_address> understood(const io_result<sys::raw_address>& raw) {
    if (!raw) return std::unexpected(raw.error());
    return socket_address::from_raw(*raw);
}

}  // namespace

reactor& reactor_of(const environment* where) {
    if (where == nullptr || where->reactor == nullptr) {
        throw std::logic_error(
            "yot_run: no reactor here; sockets need a runtime: use them inside runtime::block_on, "
            "in a spawned task, or on a thread that has entered a runtime");
    }
    return *where->reactor;
}

bool would_block(const std::error_code& error) noexcept {
    // Rather than a comparison with std::errc, which costs two virtual calls: this runs whenever a
    // task goes to sleep. EWOULDBLOCK is the same number.
    return error.value() == EAGAIN && error.category() == std::system_category();
}

io_result<io_socket> io_socket::watch(reactor& watcher, sys::descriptor descriptor) {
    try {
        io_result<registration> added = registration::add(watcher, descriptor.get());
        if (!added) return std::unexpected(added.error());
        return io_socket(std::move(descriptor), *std::move(added));
    } catch (const std::bad_alloc&) {
        return std::unexpected(make_error_code(std::errc::not_enough_memory));
    }
}

poll<io_result<std::size_t>> io_socket::poll_read(context& cx, std::span<std::byte> into) {
    if (into.empty()) return io_result<std::size_t>(0);
    return poll_attempt(
        direction::read, cx, [&] { return sys::recv(number(), into); }, is_short_of(into.size()));
}

poll<io_result<std::size_t>> io_socket::poll_write(context& cx, const_buffer from) {
    if (from.empty()) return io_result<std::size_t>(0);
    return poll_attempt(
        direction::write, cx, [&] { return sys::send(number(), from); }, is_short_of(from.size()));
}

poll<io_result<std::size_t>> io_socket::poll_writev(context& cx,
                                                    std::span<const const_buffer> from) {
    // Only what goes into one call counts as asked for.
    const auto taken = from.first(std::min(from.size(), sys::max_pieces));
    std::size_t wanted = 0;
    for (const const_buffer& piece : taken) wanted += piece.size();
    if (wanted == 0) {
        // All of these were empty, but later ones may not be.
        if (taken.size() < from.size()) return poll_writev(cx, from.subspan(taken.size()));
        return io_result<std::size_t>(0);
    }
    return poll_attempt(
        direction::write, cx, [&] { return sys::sendmsg(number(), taken); }, is_short_of(wanted));
}

io_result<socket_address> io_socket::local_address() const {
    return understood(sys::getsockname(number()));
}

io_result<socket_address> io_socket::peer_address() const {
    return understood(sys::getpeername(number()));
}

io_result<void> io_socket::shutdown(sys::shutdown_side side) const {
    return sys::shutdown(number(), side);
}

std::string io_socket::describe(std::string_view what) const {
    std::string result(what);
    const io_result<socket_address> peer = peer_address();
    result.append(" ").append(peer ? peer->to_string() : "somebody who is not connected");
    return result.append(", descriptor ").append(std::to_string(number()));
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net::internal
