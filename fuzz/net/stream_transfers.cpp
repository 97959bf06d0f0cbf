// How <fuzz/net/stream_session.hpp> moves bytes: the tasks that read and write, and the peer.
#include <fuzz/net/stream_session.hpp>

#include <fuzz/finding.hpp>

#include <algorithm>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

using ::fuzz::require;

bool is_one_of(const std::error_code& error, std::initializer_list<std::errc> these) {
    return std::ranges::any_of(these, [&](std::errc each) { return error == each; });
}

// As the futures that say how far they came: their spans tell.
poll<io_result<std::size_t>> without_count(poll<io_result<void>> polled) {
    if (polled.is_pending()) return poll_pending;
    const io_result<void> result = std::move(polled).value();
    if (!result) return io_result<std::size_t>(std::unexpected(result.error()));
    return io_result<std::size_t>(0);
}

}  // namespace

void stream_session::begin_reading(const record& given) {
    if (reader_.pending || !can_read()) return;
    reader_.bytes.assign(given.b_and_c() % 3000, std::byte{});
    reader_.room = reader_.bytes;
    reader_.accounted = 0;
    reader_.counts_itself = given.a % 2 == 1;
    const auto begin = [&](auto& from) -> transfer {
        if (!reader_.counts_itself)
            return
                [future = from.read(reader_.room)](context& cx) mutable { return future.poll(cx); };
        return [future = from.read_exact(reader_.room)](
                   context& cx) mutable -> poll<io_result<std::size_t>> {
            return without_count(future.poll(cx));
        };
    };
    reader_.pending = stream_ ? begin(*stream_) : begin(*read_half_);
    poll_reader(given);
}

void stream_session::begin_writing(const record& given) {
    if (writer_.pending || !can_write()) return;
    writer_.bytes = outgoing_.next(given.b_and_c() % 3000);
    writer_.rest = writer_.bytes;
    writer_.accounted = 0;
    writer_.counts_itself = given.a % 3 == 2;
    const auto begin = [&](auto& to) -> transfer {
        if (given.a % 3 == 0)
            return
                [future = to.write(writer_.rest)](context& cx) mutable { return future.poll(cx); };
        if (given.a % 3 == 1) {
            // Pieces of several sizes, empty ones among them.
            std::vector<net::const_buffer> pieces{{}};
            for (net::const_buffer rest = writer_.rest; !rest.empty();) {
                const std::size_t size = std::min<std::size_t>(rest.size(), given.a / 3U + 1);
                pieces.push_back(rest.first(size));
                rest = rest.subspan(size);
            }
            return [&to, pieces = std::move(pieces)](context& cx) {
                return to.writev(pieces).poll(cx);
            };
        }
        return [future = to.write_all(writer_.rest)](
                   context& cx) mutable -> poll<io_result<std::size_t>> {
            return without_count(future.poll(cx));
        };
    };
    writer_.pending = stream_ ? begin(*stream_) : begin(*write_half_);
    poll_writer(given);
}

poll<io_result<std::size_t>> stream_session::poll_party(party& who) {
    const waker mine = who.probe.make();
    context cx(mine, environment_);
    who.woken_before = who.probe.wakes();
    failures_ = kernel_.failures();
    auto polled = who.pending(cx);
    who.is_waiting = polled.is_pending();
    return polled;
}

// Of what the future has moved already, its span tells.
void stream_session::account_reading() {
    if (!reader_.counts_itself) return;
    const std::size_t moved = reader_.bytes.size() - reader_.room.size();
    const std::size_t before = std::exchange(reader_.accounted, moved);
    incoming_.has_received(std::span(reader_.bytes).subspan(before, moved - before));
}
void stream_session::account_writing() {
    if (!writer_.counts_itself) return;
    const std::size_t moved = writer_.bytes.size() - writer_.rest.size();
    outgoing_.sent += moved - std::exchange(writer_.accounted, moved);
}

void stream_session::poll_reader(const record& /*given*/) {
    if (!reader_.pending) return;
    auto polled = poll_party(reader_);
    if (polled.is_ready()) read_has_ended(std::move(polled).value());
}

void stream_session::read_has_ended(const io_result<std::size_t>& result) {
    reader_.pending = {};
    account_reading();
    if (!result) {
        if (result.error() == net::net_error::unexpected_end_of_stream)
            require(incoming_.has_ended || reading_is_shut_ || may_be_reset_,
                    "an end that nobody made");
        else
            require_explained(result.error());
        return;
    }
    if (reader_.counts_itself) {
        require(reader_.room.empty(), "read_exact has left room");
        return;
    }
    require(*result <= reader_.bytes.size(), "more is read than there is room for");
    incoming_.has_received(std::span(reader_.bytes).first(*result));
    if (*result == 0 && !reader_.bytes.empty())
        require((incoming_.has_ended && incoming_.is_empty()) || reading_is_shut_ || may_be_reset_,
                "the end comes too early");
}

void stream_session::poll_writer(const record& /*given*/) {
    if (!writer_.pending) return;
    auto polled = poll_party(writer_);
    if (polled.is_ready()) write_has_ended(std::move(polled).value());
}

void stream_session::write_has_ended(const io_result<std::size_t>& result) {
    writer_.pending = {};
    account_writing();
    if (!result) {
        require_explained(result.error());
        return;
    }
    if (writer_.counts_itself) {
        require(writer_.rest.empty(), "write_all has left something");
        return;
    }
    require(*result <= writer_.bytes.size(), "more is written than there was");
    require(*result > 0 || writer_.bytes.empty(), "nothing is written");
    outgoing_.sent += *result;
}

void stream_session::require_explained(const std::error_code& error) const {
    if (!is_explained(error)) ::fuzz::found("an error that nobody made: " + error.message());
}

bool stream_session::is_explained(const std::error_code& error) const {
    if (kernel_.has_failed(error, failures_)) return true;
    if (is_shut_down_ && error == std::errc::operation_canceled) return true;
    if (outgoing_.has_ended && error == std::errc::broken_pipe) return true;
    return may_be_reset_ && is_one_of(error, {std::errc::connection_reset, std::errc::broken_pipe});
}

void stream_session::drop_reader(const record& /*given*/) {
    if (!reader_.pending) return;
    reader_.pending = {};
    reader_.is_waiting = false;
    account_reading();
}
void stream_session::drop_writer(const record& /*given*/) {
    if (!writer_.pending) return;
    writer_.pending = {};
    writer_.is_waiting = false;
    account_writing();
}

void stream_session::send(const record& given) {
    if (!peer_ || incoming_.has_ended) return;
    const auto sent = sys::send(peer_.get(), incoming_.next(1 + given.b_and_c() % 3000));
    if (sent) incoming_.sent += *sent;
}

void stream_session::receive(const record& given) {
    if (!peer_) return;
    account_writing();
    std::vector<std::byte> into(1 + given.b_and_c() % 3000);
    const bool is_at_the_end = outgoing_.has_ended && outgoing_.is_empty();
    const std::size_t failures = kernel_.failures();
    const auto received = sys::recv(peer_.get(), into);
    if (received) outgoing_.has_received(std::span(into).first(*received));
    if (may_be_reset_ || kernel_.failures() != failures) return;
    require(!is_at_the_end || received == 0, "the peer does not see the end");
    require(received != 0 || is_at_the_end, "the peer sees an end that nobody made");
}

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
