#include <property_tests/programs/connections.hpp>

#include <algorithm>

namespace programs {
namespace {

std::byte byte_at(std::uint16_t port, unsigned side, std::uint64_t position) {
    return std::byte((position * 31 + position / 251 + port * 7U + side * 101U) % 256);
}

}  // namespace

std::shared_ptr<connection> connections::of(std::uint16_t port) {
    std::shared_ptr<connection>& found = all_[port];
    if (!found) {
        found = std::make_shared<connection>();
        found->port = port;
    }
    return found;
}

std::string party::name() const {
    return std::string(side_ == 0 ? "the client" : "the server") + " of connection " +
           std::to_string(of_->port);
}

std::vector<std::byte> party::to_write(std::size_t size) const {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = byte_at(of_->port, side_, own().sent + i);
    return bytes;
}

void party::settle_offer(std::size_t sent) {
    own().sent += sent;
    own().offered = own().sent;
    if (sent > 0) ++account_->counts["writes"];
}

void party::receive(std::span<const std::byte> bytes) {
    flow& from = others();
    for (const std::byte each : bytes) {
        ledger::require(each == byte_at(of_->port, 1 - side_, from.received),
                        "P7: " + name() + " reads another byte than was written at " +
                            std::to_string(from.received));
        ++from.received;
    }
    ledger::require(from.received <= from.offered,
                    "P7: " + name() + " reads more than was written");
    if (!bytes.empty()) ++account_->counts["reads"];
}

void party::see_end(bool has_shut_reading) const {
    ++account_->counts["ends of streams"];
    if (has_shut_reading || is_lenient_ || of_->is_disturbed[side_]) return;
    const flow& from = others();
    ledger::require(from.has_ended || !of_->is_known[1 - side_],
                    "P7: " + name() + " reads the end of a stream that goes on");
    // A close with something unread resets the connection, and then what was under way is lost.
    const bool may_be_reset = peer_may_reset() && own().received < own().offered;
    ledger::require(from.received == from.sent || may_be_reset,
                    "P7: " + name() + " reads the end of the stream after " +
                        std::to_string(from.received) + " of " + std::to_string(from.sent) +
                        " bytes");
}

void party::see_error(const std::error_code& error, bool has_shut_writing) {
    ++account_->counts["errors of streams"];
    of_->is_disturbed[side_] = true;
    if (is_lenient_) return;
    const bool is_end_of_runtime =
        error == std::errc::operation_canceled && account_->is_shutting_down();
    const bool is_reset = error == std::errc::connection_reset || error == std::errc::broken_pipe ||
                          error == std::errc::not_connected;
    const bool is_own_doing =
        (error == std::errc::broken_pipe && has_shut_writing) || (is_reset && of_->is_deaf[side_]);
    // Both directions have ended: there is no connection any more.
    const bool is_over = error == std::errc::not_connected && own().has_ended && others().has_ended;
    ledger::require(
        is_end_of_runtime || is_own_doing || is_over || (is_reset && peer_may_reset()),
        "P7: " + name() + " is told of '" + error.message() + "', which nobody has caused");
}

void party::close() {
    own().has_ended = true;
    of_->is_closed[side_] = true;
}

bool kernel_has(int descriptor, std::uint32_t events) {
    const auto found = yot_run::sys_simulated::machine::current().table().find(descriptor);
    return !found || ((*found)->poll() & events) != 0;
}

}  // namespace programs
