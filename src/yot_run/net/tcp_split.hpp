// yot_run/net/tcp_split.hpp: the two directions of a TCP connection, apart.
//
// Each half is one thread's at a time, and both may be used at the same time by different tasks on
// different threads. The operations, their errors and what may be dropped when are those of
// <yot_run/net/tcp_stream.hpp>.
//
// Destroying the write_half ends its direction (the peer reads the end of the stream), whether or
// not the read_half is still there. Destroying the read_half ends nothing by itself. The connection
// is closed with the second of them.
// Invariant: the socket lives as long as one half does; the halves touch different directions of
// it.
// Checked by: tcp_split_test.cpp, fuzz/net/stream_session.hpp.
#pragma once

#include <yot_run/net/bytes.hpp>
#include <yot_run/net/io_futures.hpp>
#include <yot_run/net/io_socket.hpp>
#include <yot_run/net/socket_address.hpp>
#include <yot_run/sync/reference.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::net {

namespace internal {

struct shared_socket final : sync::shared_object {
    explicit shared_socket(io_socket moved) noexcept : socket(std::move(moved)) {}
    io_socket socket;
};

}  // namespace internal

// Move-only. Of a half that was moved from nothing may be used but destruction and assignment.
class read_half {
public:
    [[nodiscard]] read_future read(std::span<std::byte> into) noexcept { return {socket(), into}; }
    [[nodiscard]] read_exact_future read_exact(std::span<std::byte>& into) noexcept {
        return {socket(), internal::rest_of<std::byte>(into)};
    }
    [[nodiscard]] read_exact_future read_exact(const std::span<std::byte>& into) noexcept {
        return {socket(), internal::rest_of<std::byte>(into)};
    }
    [[nodiscard]] io_result<socket_address> peer_address() const {
        return shared_->socket.peer_address();
    }
    [[nodiscard]] io_result<socket_address> local_address() const {
        return shared_->socket.local_address();
    }

    read_half(read_half&&) noexcept = default;
    read_half& operator=(read_half&&) noexcept = default;
    ~read_half() = default;

private:
    friend class tcp_stream;

    explicit read_half(sync::reference<internal::shared_socket> shared) noexcept
        : shared_(std::move(shared)) {}
    [[nodiscard]] internal::io_socket& socket() noexcept { return shared_->socket; }

    sync::reference<internal::shared_socket> shared_;
};

// Move-only. Of a half that was moved from nothing may be used but destruction and assignment.
class write_half {
public:
    [[nodiscard]] write_future write(const_buffer from) noexcept { return {socket(), from}; }
    [[nodiscard]] writev_future writev(std::span<const const_buffer> from) noexcept {
        return {socket(), from};
    }
    [[nodiscard]] write_all_future write_all(const_buffer& from) noexcept {
        return {socket(), internal::rest_of<const std::byte>(from)};
    }
    [[nodiscard]] write_all_future write_all(const const_buffer& from) noexcept {
        return {socket(), internal::rest_of<const std::byte>(from)};
    }
    // Ends this direction, as the destructor does, and says whether that went well.
    [[nodiscard]] io_result<void> shutdown() {
        return shared_->socket.shutdown(sys::shutdown_side::write);
    }
    [[nodiscard]] io_result<socket_address> peer_address() const {
        return shared_->socket.peer_address();
    }
    [[nodiscard]] io_result<socket_address> local_address() const {
        return shared_->socket.local_address();
    }

    write_half(write_half&&) noexcept = default;
    write_half& operator=(write_half&& other) noexcept {
        write_half(std::move(other)).swap(*this);
        return *this;
    }
    ~write_half() {
        // An error means that the connection is gone already.
        if (shared_) static_cast<void>(shutdown());
    }

private:
    friend class tcp_stream;

    explicit write_half(sync::reference<internal::shared_socket> shared) noexcept
        : shared_(std::move(shared)) {}
    [[nodiscard]] internal::io_socket& socket() noexcept { return shared_->socket; }
    void swap(write_half& other) noexcept { std::swap(shared_, other.shared_); }

    sync::reference<internal::shared_socket> shared_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::net
