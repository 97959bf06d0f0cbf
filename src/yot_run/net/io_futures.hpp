// yot_run/net/io_futures.hpp: the futures that reading from and writing to a stream return.
//
// The stream, the memory and (for the lvalue overloads) the span must stay where they are until the
// future is gone. Dropping one at any point is harmless: read, write and writev do all they do in
// the poll that is ready; read_exact and write_all advance the caller's span with every byte moved,
// so that it tells what is left. One future per direction of a stream at a time.
// Contracts and errors: <yot_run/net/tcp_stream.hpp>.
// Checked by: tcp_stream_test.cpp, tcp_stream_drop_test.cpp, tcp_stream_fault_test.cpp.
#pragma once

#include <yot_run/net/bytes.hpp>
#include <yot_run/net/io_socket.hpp>
#include <yot_run/task/context.hpp>
#include <yot_run/task/describe.hpp>
#include <yot_run/task/poll.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace yot_run::inline YOT_RUN_WORLD::net {

class [[nodiscard]] read_future {
public:
    read_future(internal::io_socket& socket, std::span<std::byte> into) noexcept
        : socket_(&socket), into_(into) {}
    yot_run::poll<io_result<std::size_t>> poll(context& cx) {
        return socket_->poll_read(cx, into_);
    }
    void describe(description& into) const { into.line(socket_->describe("to read from")); }

private:
    internal::io_socket* socket_;
    std::span<std::byte> into_;
};

class [[nodiscard]] write_future {
public:
    write_future(internal::io_socket& socket, const_buffer from) noexcept
        : socket_(&socket), from_(from) {}
    yot_run::poll<io_result<std::size_t>> poll(context& cx) {
        return socket_->poll_write(cx, from_);
    }
    void describe(description& into) const { into.line(socket_->describe("to write to")); }

private:
    internal::io_socket* socket_;
    const_buffer from_;
};

class [[nodiscard]] writev_future {
public:
    writev_future(internal::io_socket& socket, std::span<const const_buffer> from) noexcept
        : socket_(&socket), from_(from) {}
    yot_run::poll<io_result<std::size_t>> poll(context& cx) {
        return socket_->poll_writev(cx, from_);
    }
    void describe(description& into) const { into.line(socket_->describe("to write to")); }

private:
    internal::io_socket* socket_;
    std::span<const const_buffer> from_;
};

namespace internal {

// What is left to move: the caller's span, or one of our own when the caller did not keep it.
template <class Byte>
class rest_of {
public:
    explicit rest_of(std::span<Byte>& callers) noexcept : callers_(&callers) {}
    explicit rest_of(const std::span<Byte>& copied) noexcept : own_(copied) {}

    [[nodiscard]] std::span<Byte> get() const noexcept { return callers_ ? *callers_ : own_; }
    void advance(std::size_t moved) noexcept {
        std::span<Byte>& span = callers_ ? *callers_ : own_;
        span = span.subspan(moved);
    }

private:
    std::span<Byte>* callers_ = nullptr;
    std::span<Byte> own_;
};

}  // namespace internal

class [[nodiscard]] read_exact_future {
public:
    read_exact_future(internal::io_socket& socket, internal::rest_of<std::byte> into) noexcept
        : socket_(&socket), rest_(into) {}
    yot_run::poll<io_result<void>> poll(context& cx);
    void describe(description& into) const {
        const std::string bytes = std::to_string(rest_.get().size());
        into.line(socket_->describe("to read " + bytes + " more bytes from"));
    }

private:
    internal::io_socket* socket_;
    internal::rest_of<std::byte> rest_;
};

class [[nodiscard]] write_all_future {
public:
    write_all_future(internal::io_socket& socket, internal::rest_of<const std::byte> from) noexcept
        : socket_(&socket), rest_(from) {}
    yot_run::poll<io_result<void>> poll(context& cx);
    void describe(description& into) const {
        const std::string bytes = std::to_string(rest_.get().size());
        into.line(socket_->describe("to write " + bytes + " more bytes to"));
    }

private:
    internal::io_socket* socket_;
    internal::rest_of<const std::byte> rest_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::net
