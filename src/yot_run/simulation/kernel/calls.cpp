#include <yot_run/simulation/kernel/calls.hpp>

#include <yot_run/simulation/kernel/call.hpp>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>
#include <vector>

namespace yot_run::sys_simulated {
namespace {

using kernel::failed;
using kernel::find;
using kernel::here;
using kernel::open;
using kernel::unless_planned;

// A call on a socket, which fails by plan or goes on.
template <class Call>
auto on_socket(call kind, int number, Call go_on)
    -> decltype(go_on(std::declval<kernel::endpoint&>())) {
    return unless_planned(kind, [&]() -> decltype(go_on(std::declval<kernel::endpoint&>())) {
        const auto found = find<kernel::tcp_file>(number, ENOTSOCK);
        if (!found) return std::unexpected(found.error());
        return go_on((*found)->socket());
    });
}

// A call that is repeated after a signal, and that an edge must follow if the plan kept something
// back (kernel/faults.hpp). `go_on` is given the socket, and the most that it may move.
template <class Call>
auto moving(call kind, int number, std::uint32_t edge, Call go_on,
            int error_of_other_kinds = ENOTSOCK)
    -> decltype(go_on(std::declval<kernel::endpoint&>(), 0)) {
    const fault planned = here().enter(kind);
    const auto found = find<kernel::tcp_file>(number, error_of_other_kinds);
    const bool has_failed = planned.error != 0 && planned.error != EINTR;
    if (found && (planned.error == EAGAIN || planned.most_bytes)) {
        // Woken already, but nobody looks before this call has returned.
        (*found)->wake(edge);
    }
    if (has_failed) return failed(planned.error);
    if (!found) return std::unexpected(found.error());
    const std::size_t most = planned.most_bytes.value_or(std::numeric_limits<std::size_t>::max());
    return go_on((*found)->socket(), most);
}

}  // namespace

io_result<void> close(int number) {
    fault planned;
    try {
        planned = here().enter(call::close);
    } catch (const std::logic_error&) {
        return failed(EBADF);  // The machine has gone, and all its descriptors with it.
    }
    const io_result<void> closed = here().table().remove(number);
    if (planned.error != 0) return failed(planned.error);
    return closed;
}

io_result<descriptor> socket(int family) {
    return unless_planned(call::socket, [&]() -> io_result<descriptor> {
        if (family != AF_INET && family != AF_INET6) return failed(EAFNOSUPPORT);
        if (here().table().is_full()) return failed(EMFILE);
        kernel::network& network = here().network();
        return open<kernel::tcp_file>(network, network.create(family));
    });
}

io_result<void> bind(int socket, const raw_address& address) {
    return on_socket(call::bind, socket, [&](kernel::endpoint& found) {
        return here().network().bind(found, address);
    });
}

io_result<void> listen(int socket, int backlog) {
    return on_socket(call::listen, socket, [&](kernel::endpoint& found) {
        return here().network().listen(found, backlog);
    });
}

io_result<accepted> accept(int socket) {
    const auto go_on = [](kernel::endpoint& found, std::size_t) -> io_result<accepted> {
        if (here().table().is_full()) return failed(EMFILE);
        kernel::network& network = here().network();
        const auto taken = network.accept(found);
        if (!taken) return std::unexpected(taken.error());
        const auto& [made, peer] = *taken;
        return accepted{*open<kernel::tcp_file>(network, *made), peer};
    };
    // Linux looks for a free number before it looks what kind of file that is.
    const int error_of_other_kinds = here().table().is_full() ? EMFILE : ENOTSOCK;
    return moving(call::accept, socket, kernel::new_data, go_on, error_of_other_kinds);
}

io_result<void> connect(int socket, const raw_address& address) {
    const fault planned = here().enter(call::connect);
    const bool begins = planned.error == EINPROGRESS || planned.error == EINTR;
    if (planned.error != 0 && !begins) return failed(planned.error);
    const auto found = find<kernel::tcp_file>(socket, ENOTSOCK);
    if (!found) return std::unexpected(found.error());
    return here().network().connect((*found)->socket(), address, here().now());
}

io_result<void> take_socket_error(int socket) {
    return on_socket(call::take_socket_error, socket,
                     [](kernel::endpoint& found) -> io_result<void> {
                         const int error = kernel::take_error(found);
                         if (error != 0) return failed(error);
                         return {};
                     });
}

io_result<raw_address> getsockname(int socket) {
    return on_socket(call::getsockname, socket,
                     [](kernel::endpoint& found) -> io_result<raw_address> {
                         return kernel::told(found.local, found.family);
                     });
}

io_result<raw_address> getpeername(int socket) {
    return on_socket(
        call::getpeername, socket, [](kernel::endpoint& found) -> io_result<raw_address> {
            using enum kernel::tcp_state;
            const bool has_peer =
                found.remote.port != 0 && found.state != closed && found.state != connecting;
            if (!has_peer) return failed(ENOTCONN);
            return kernel::told(found.remote, found.family);
        });
}

io_result<void> setsockopt(int socket, socket_option option, int value) {
    return on_socket(call::setsockopt, socket, [&](kernel::endpoint& found) -> io_result<void> {
        const bool is_too_late = option == socket_option::ipv6_only && found.has_port;
        if (is_too_late && found.family == AF_INET6) return failed(EINVAL);
        const io_result<void> done = found.options.set(option, value, found.family);
        if (done && option == socket_option::send_buffer) here().network().tell_of_room(found);
        return done;
    });
}

io_result<int> getsockopt(int socket, socket_option option) {
    return on_socket(call::getsockopt, socket, [&](kernel::endpoint& found) {
        return found.options.get(option, found.family);
    });
}

io_result<void> set_linger(int socket, std::optional<std::chrono::seconds> linger) {
    return on_socket(call::set_linger, socket, [&](kernel::endpoint& found) -> io_result<void> {
        constexpr std::chrono::seconds longest(std::numeric_limits<int>::max());
        if (linger) linger = std::clamp(*linger, std::chrono::seconds::zero(), longest);
        found.options.linger = linger;
        return {};
    });
}

io_result<std::optional<std::chrono::seconds>> get_linger(int socket) {
    return on_socket(call::get_linger, socket,
                     [](kernel::endpoint& found) -> io_result<std::optional<std::chrono::seconds>> {
                         return found.options.linger;
                     });
}

io_result<std::size_t> recv(int socket, std::span<std::byte> into) {
    const auto go_on = [&](kernel::endpoint& found, std::size_t most) {
        return here().network().recv(found, into.first(std::min(into.size(), most)));
    };
    return moving(call::recv, socket, kernel::new_data, go_on);
}

io_result<std::size_t> send(int socket, std::span<const std::byte> from) {
    const auto go_on = [&](kernel::endpoint& found, std::size_t most) {
        return here().network().send(found, from.first(std::min(from.size(), most)));
    };
    return moving(call::send, socket, kernel::new_room, go_on);
}

io_result<std::size_t> sendmsg(int socket, std::span<const std::span<const std::byte>> pieces) {
    std::vector<std::byte> all;
    for (const auto& piece : pieces.first(std::min(pieces.size(), max_pieces)))
        all.insert(all.end(), piece.begin(), piece.end());
    const auto go_on = [&](kernel::endpoint& found, std::size_t most) {
        return here().network().send(found, std::span(all).first(std::min(all.size(), most)));
    };
    return moving(call::sendmsg, socket, kernel::new_room, go_on);
}

io_result<void> shutdown(int socket, shutdown_side side) {
    return on_socket(call::shutdown, socket, [&](kernel::endpoint& found) {
        return here().network().shutdown(found, side);
    });
}

time_point now() noexcept { return here().read_clock(); }

std::uint64_t random_u64() { return here().random(); }

}  // namespace yot_run::sys_simulated
