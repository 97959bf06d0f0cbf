// yot_run/net/io_socket.hpp: a nonblocking socket that the reactor watches: what streams and
// listeners are made of.
//
// Invariant: the descriptor is closed only after its registration is gone, also when one socket is
// assigned to another. Otherwise the number could be in use for something else by the time it is
// deregistered.
// Threads: one thread may read while another one writes; everything else needs all of the socket.
// A direction keeps one waker, so it may be polled by one task at a time.
// Checked by: io_socket_test.cpp, tcp_stream_fault_test.cpp, fuzz/net/stream_session.hpp.
#pragma once

#include <yot_run/net/bytes.hpp>
#include <yot_run/net/socket_address.hpp>
#include <yot_run/reactor/registration.hpp>
#include <yot_run/sys/sys.hpp>
#include <yot_run/task/context.hpp>
#include <yot_run/task/poll.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::net::internal {

using yot_run::internal::direction;
using yot_run::internal::reactor;
using yot_run::internal::readiness;
using yot_run::internal::registration;

// The reactor of an environment (null: outside any). Throws std::logic_error where there is none.
[[nodiscard]] reactor& reactor_of(const environment* where);

// EAGAIN: the call would have had to wait.
[[nodiscard]] bool would_block(const std::error_code& error) noexcept;

class io_socket {
public:
    // Takes over the descriptor, and starts to watch it. Errors: those of registration::add, and
    // not_enough_memory; the descriptor is closed then.
    [[nodiscard]] static io_result<io_socket> watch(reactor& watcher, sys::descriptor descriptor);

    io_socket(io_socket&&) noexcept = default;
    io_socket& operator=(io_socket&& other) noexcept {
        registration_ = std::move(other.registration_);
        descriptor_ = std::move(other.descriptor_);
        return *this;
    }
    ~io_socket() = default;

    // The number, or -1 after a move.
    [[nodiscard]] int number() const noexcept { return descriptor_.get(); }
    // REQUIRES: not moved from.
    [[nodiscard]] reactor& watcher() const noexcept { return registration_.owner(); }

    // Calls `attempt() -> io_result<T>` when the direction seems to be ready, until it says
    // something other than EAGAIN. `is_last(io_result<T>)` tells of a success whether the next
    // attempt would say EAGAIN, so that it need not be made. Errors: bad_file_descriptor after a
    // move, operation_canceled after the shutdown of the reactor, and those of `attempt`.
    template <class Attempt, class IsLast>
    auto poll_attempt(direction way, context& cx, Attempt attempt, IsLast is_last)
        -> poll<decltype(attempt())>;
    // The same for attempts whose success says nothing about the next one.
    template <class Attempt>
    auto poll_attempt(direction way, context& cx, Attempt attempt) -> poll<decltype(attempt())> {
        return poll_attempt(way, cx, attempt, [](const auto& /*success*/) { return false; });
    }

    // At most as many bytes as there are. Done within one poll, so that nothing is lost when the
    // caller gives up while they are pending. Ready with 0 at once if there is nothing to move.
    [[nodiscard]] poll<io_result<std::size_t>> poll_read(context& cx, std::span<std::byte> into);
    [[nodiscard]] poll<io_result<std::size_t>> poll_write(context& cx, const_buffer from);
    [[nodiscard]] poll<io_result<std::size_t>> poll_writev(context& cx,
                                                           std::span<const const_buffer> from);

    // Any thread. Errors: those of the system call of that name.
    [[nodiscard]] io_result<socket_address> local_address() const;
    [[nodiscard]] io_result<socket_address> peer_address() const;
    [[nodiscard]] io_result<void> shutdown(sys::shutdown_side side) const;
    // "to read from 1.2.3.4:80, descriptor 7", for runtime::dump().
    [[nodiscard]] std::string describe(std::string_view what) const;

private:
    io_socket(sys::descriptor descriptor, registration registration) noexcept
        : descriptor_(std::move(descriptor)), registration_(std::move(registration)) {}

    sys::descriptor descriptor_;
    registration registration_;  // After the descriptor, so that it is destroyed before.
};

template <class Attempt, class IsLast>
auto io_socket::poll_attempt(direction way, context& cx, Attempt attempt, IsLast is_last)
    -> poll<decltype(attempt())> {
    using result = decltype(attempt());
    const auto failed = [](std::errc error) {
        return result(std::unexpect, make_error_code(error));
    };
    if (!descriptor_) return failed(std::errc::bad_file_descriptor);
    for (;;) {
        poll<readiness> ready = registration_.poll_ready(way, cx);
        if (ready.is_pending()) return poll_pending;
        const readiness seen = ready.value();
        if (seen.is_shut_down()) return failed(std::errc::operation_canceled);
        result attempted = attempt();
        const bool blocked = !attempted && would_block(attempted.error());
        if (blocked || (attempted && !seen.is_closed() && is_last(attempted))) {
            registration_.clear_ready(way, seen);
        }
        if (!blocked) return attempted;
    }
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net::internal
