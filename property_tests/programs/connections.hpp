// property_tests/programs/connections.hpp: what both ends of each connection have sent and
// received, and what they may therefore see (P7).
#pragma once

#include <property_tests/programs/ledger.hpp>

#include <yot_run/net/tcp_stream.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

namespace programs {

// What one end writes and the other one reads. The bytes follow from the position.
struct flow {
    std::uint64_t offered = 0;  // Written, and what is being written: so much may be seen at most.
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    bool has_ended = false;  // The writer has said that nothing follows.
};

struct connection {
    std::uint16_t port = 0;              // The client's, by which both ends find this.
    std::array<flow, 2> flows{};         // By who writes: 0 is the client.
    std::array<bool, 2> is_known{};      // That end has a stream; else it is as good as closed.
    std::array<bool, 2> is_closed{};     // By that end.
    std::array<bool, 2> is_deaf{};       // That end reads no more; what it is sent is a reset.
    std::array<bool, 2> is_disturbed{};  // That end has been told of an error.
};

class connections {
public:
    // Both ends come here, whoever is first.
    [[nodiscard]] std::shared_ptr<connection> of(std::uint16_t port);

private:
    std::map<std::uint16_t, std::shared_ptr<connection>> all_;
};

// One end. `is_lenient`: system calls fail at random, so any error may be seen.
class party {
public:
    party(ledger& account, std::shared_ptr<connection> of, unsigned side, bool is_lenient)
        : account_(&account), of_(std::move(of)), side_(side), is_lenient_(is_lenient) {
        of_->is_known[side] = true;
    }

    // The next bytes to write.
    [[nodiscard]] std::vector<std::byte> to_write(std::size_t size) const;
    void offer(std::size_t size) { own().offered = own().sent + size; }
    // So much of what was offered has been sent, and no more will be.
    void settle_offer(std::size_t sent);
    void receive(std::span<const std::byte> bytes);
    void see_end(bool has_shut_reading) const;
    void see_error(const std::error_code& error, bool has_shut_writing);
    // Before the call that does it.
    void end_writing() { own().has_ended = true; }
    void end_reading() { of_->is_deaf[side_] = true; }
    void close();
    [[nodiscard]] bool peer_has_ended() const { return others().has_ended; }

    [[nodiscard]] ledger& account() const { return *account_; }

private:
    [[nodiscard]] flow& own() { return of_->flows[side_]; }
    [[nodiscard]] const flow& own() const { return of_->flows[side_]; }
    [[nodiscard]] flow& others() { return of_->flows[1 - side_]; }
    [[nodiscard]] const flow& others() const { return of_->flows[1 - side_]; }
    [[nodiscard]] bool peer_is_closed() const {
        return of_->is_closed[1 - side_] || !of_->is_known[1 - side_];
    }
    [[nodiscard]] bool peer_may_reset() const {
        return peer_is_closed() || of_->is_deaf[1 - side_];
    }
    [[nodiscard]] std::string name() const;

    ledger* account_;
    std::shared_ptr<connection> of_;
    unsigned side_;
    bool is_lenient_;
};

// Would epoll report one of these events of the descriptor now?
[[nodiscard]] bool kernel_has(int descriptor, std::uint32_t events);

}  // namespace programs
