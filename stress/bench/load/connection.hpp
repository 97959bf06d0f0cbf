// stress/bench/load/connection.hpp: one connection of the load generator. It has one message under
// way: writes it, reads until all of it came back, and compares what came with what was sent.
//
//                 begin_trip()   writable        readable
//   resting       sending        .               .
//   sending       .              sending         sending: takes what has come
//                                resting when all has been written and has come back
//
// Messages differ by connection and round trip, so a byte that is lost, repeated or delivered to
// somebody else is noticed. Every error ends the load: a server that fails has no figures.
// One thread's at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bench {

// The bytes that messages are cut from.
class message_source {
public:
    explicit message_source(std::size_t message_bytes);
    [[nodiscard]] std::span<const std::byte> message(std::uint64_t connection,
                                                     std::uint64_t round_trip) const;

private:
    static constexpr std::size_t different_messages = 251;  // A prime: no rhythm hides a mistake.
    std::vector<std::byte> bytes_;
    std::size_t message_bytes_;
};

class connection {
public:
    // Connects, from an address of its own for each few thousand, since each has 28,000 ports.
    // Throws std::system_error.
    connection(const message_source& messages, std::uint64_t number, std::uint16_t port);
    connection(connection&& other) noexcept;
    connection& operator=(connection&&) = delete;
    // Resets the connection, so that no port is left behind in TIME_WAIT.
    ~connection();

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    // Starts a round trip and writes what the socket takes. REQUIRES: no other is under way.
    void begin_trip();
    // Writes more, when the socket takes it. Throws std::system_error.
    void write_rest();
    // Reads what has come, into `scratch`. True: the round trip is complete. Throws
    // std::system_error, and std::runtime_error when the server closed, or sent something else.
    [[nodiscard]] bool read_some(std::span<std::byte> scratch);

    [[nodiscard]] bool is_written() const noexcept { return written_ == message_.size(); }
    // When the current round trip was begun, in steady_clock's nanoseconds.
    [[nodiscard]] std::uint64_t began_ns() const noexcept { return began_ns_; }

private:
    const message_source* messages_;
    std::uint64_t number_;
    int descriptor_;
    std::uint64_t round_trip_ = 0;
    std::uint64_t began_ns_ = 0;
    std::span<const std::byte> message_;
    std::size_t written_ = 0;
    std::size_t received_ = 0;
};

[[nodiscard]] std::uint64_t now_ns();

}  // namespace bench
