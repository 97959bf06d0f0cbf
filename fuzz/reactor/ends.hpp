// fuzz/reactor/ends.hpp: descriptors to register, and what can be done to them from the other side.
//
// One header for all kernels; what differs between them is in ends_real.cpp and ends_simulated.cpp.
// An operation that a kind of end does not have does nothing.
#pragma once

#include <yot_run/reactor/readiness_word.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/sys.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {

using internal::direction;

// How an attempt to read or write one byte ended.
enum class attempt : unsigned char { went_on, would_wait, failed };

class end {
public:
    end() = default;
    end(const end&) = delete;
    end& operator=(const end&) = delete;
    virtual ~end() = default;

    // What is registered.
    [[nodiscard]] virtual int number() const = 0;
    [[nodiscard]] virtual attempt try_once(direction way) = 0;
    // Writes until nothing more fits.
    virtual void fill() {}

    // What the other side does.
    virtual void send(std::size_t /*bytes*/) {}
    virtual void receive(std::size_t /*most*/) {}
    virtual void half_close() {}
    virtual void reset() {}
    virtual void close_peer() {}
    // Shuts down a direction of this side.
    virtual void shut(direction /*way*/) {}
};

enum class end_kind : unsigned char { tcp, event, socket_pair, pipe_to_read, pipe_to_write };

// Null: the kernel refused. Where it has no such kind, another one. The lowest free number is used, so
// one that was closed just now comes again.
[[nodiscard]] std::unique_ptr<end> open_end(end_kind kind);

// Whether an attempt would not wait, by what the kernel says of the descriptor now.
[[nodiscard]] bool is_ready(int number, direction way);

// Another number for the same open file, or nothing.
[[nodiscard]] sys::descriptor duplicate(int number);

// Two connected sockets, TCP or local; the first is registered.
class stream_end final : public end {
public:
    stream_end(sys::descriptor mine, sys::descriptor peer) noexcept
        : mine_(std::move(mine)), peer_(std::move(peer)) {}
    // Resets the connection, so that no port is held.
    ~stream_end() override;

    [[nodiscard]] int number() const override { return mine_.get(); }
    [[nodiscard]] attempt try_once(direction way) override;
    void fill() override;
    void send(std::size_t bytes) override;
    void receive(std::size_t most) override;
    void half_close() override;
    void reset() override;
    void close_peer() override { peer_.reset(); }
    void shut(direction way) override;

private:
    sys::descriptor mine_;
    sys::descriptor peer_;
};

// The outcome of a system call.
template <class T>
[[nodiscard]] attempt outcome_of(const io_result<T>& result) {
    if (result) return attempt::went_on;
    const bool waits = result.error() == std::errc::resource_unavailable_try_again;
    return waits ? attempt::would_wait : attempt::failed;
}

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
