#include <fuzz/net/stream_session.hpp>

#include <fuzz/finding.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

using ::fuzz::require;
using ::fuzz::steps;

constexpr sys::duration no_time = sys::duration::zero();

}  // namespace

const std::array<stream_session::named_operation, 20> stream_session::operations{{
    {"begin to read", &stream_session::begin_reading},
    {"begin to write", &stream_session::begin_writing},
    {"poll the reader", &stream_session::poll_reader},
    {"poll the writer", &stream_session::poll_writer},
    {"drop what is read", &stream_session::drop_reader},
    {"drop what is written", &stream_session::drop_writer},
    {"the peer sends", &stream_session::send},
    {"the peer receives", &stream_session::receive},
    {"the peer sends no more", &stream_session::half_close},
    {"the peer resets", &stream_session::reset},
    {"the peer closes", &stream_session::close_peer},
    {"shut down a direction", &stream_session::shut},
    {"split", &stream_session::split},
    {"drop the read half", &stream_session::drop_read_half},
    {"drop the write half", &stream_session::drop_write_half},
    {"take a turn", &stream_session::turn},
    {"let a call fail", &stream_session::plan_fault},
    {"set options", &stream_session::set_options},
    {"move the stream", &stream_session::move},
    {"shut down the reactor", &stream_session::shut_down},
}};

stream_session::stream_session(::fuzz::record_reader input)
    : input_(input),
      kernel_(input_.next().value_or(record{})),
      reactor_(internal::reactor::create().value()),
      environment_{.reactor = reactor_.get()} {
    scope_.emplace(environment_);
    connect(input_.next().value_or(record{}));
}

void stream_session::run() {
    while (stream_ || read_half_ || write_half_) {
        const auto next = input_.next();
        if (!next) break;
        const named_operation& chosen = operations[next->kind % operations.size()];
        steps.add({chosen.name, {next->a, next->b, next->c}});
        (this->*chosen.carry_out)(*next);
    }
    end_everything();
}

template <class Future>
auto stream_session::complete(Future future) -> std::optional<output_of<Future>> {
    internal::waker_probe probe;
    const waker mine = probe.make();
    Future driven = std::move(future);  // Gone before the probe, of which it may hold a waker.
    for (int polls = 0; polls < 20; ++polls) {
        context cx(mine, environment_);
        auto polled = driven.poll(cx);
        if (polled.is_ready()) return std::move(polled).value();
        static_cast<void>(reactor_->turn(no_time));
    }
    return std::nullopt;
}

void stream_session::connect(const record& settings) {
    kernel_.plan_fault(settings);
    if (settings.a % 2 == 0) {
        connect_from_here();
    } else {
        connect_from_there();
    }
    kernel_.forget_faults();
    if (!stream_ || !peer_) {
        require(kernel_.failures() > 0, "a connection fails, and no call did");
        stream_.reset();
        return;
    }
    number_ = stream_->native_handle();
}

void stream_session::connect_from_here() {
    auto listening = sys::socket(AF_INET);
    const auto address = net::socket_address::loopback(0).to_raw();
    if (!listening || !sys::bind(listening->get(), address) || !sys::listen(listening->get(), 4))
        return;
    const auto port = sys::getsockname(listening->get());
    if (!port) return;
    auto connected =
        complete(net::tcp_stream::connect(net::socket_address::from_raw(*port).value()));
    if (!connected || !*connected) return;
    stream_.emplace(**std::move(connected));
    auto accepted = sys::accept(listening->get());
    if (accepted) peer_ = std::move(accepted->socket);
}

void stream_session::connect_from_there() {
    auto bound = net::tcp_listener::bind(net::socket_address::loopback(0));
    if (!bound) return;
    const auto port = bound->local_address();
    auto peer = sys::socket(AF_INET);
    if (!port || !peer) return;
    const auto begun = sys::connect(peer->get(), port->to_raw());
    if (!begun && begun.error() != std::errc::operation_in_progress) return;
    auto accepted = complete(bound->accept());
    if (!accepted || !*accepted) return;
    stream_.emplace(std::move((*accepted)->first));
    peer_ = *std::move(peer);
}

void stream_session::shut(const record& given) {
    if (!stream_) return;
    constexpr std::array sides{sys::shutdown_side::read, sys::shutdown_side::write,
                               sys::shutdown_side::both};
    const auto side = sides[given.b % sides.size()];
    if (!stream_->shutdown(side)) return;
    if (side != sys::shutdown_side::write) reading_is_shut_ = true;
    if (side != sys::shutdown_side::read) outgoing_.has_ended = true;
    has_shut();
}

// What comes to an end that takes nothing more, and sends nothing more, is answered with a reset.
void stream_session::has_shut() {
    may_be_reset_ = may_be_reset_ || (reading_is_shut_ && outgoing_.has_ended);
}

void stream_session::split(const record& /*given*/) {
    if (!stream_ || reader_.pending || writer_.pending) return;
    auto [read, write] = (*std::move(stream_)).split();
    stream_.reset();
    read_half_.emplace(std::move(read));
    write_half_.emplace(std::move(write));
}

void stream_session::drop_read_half(const record& given) {
    if (!read_half_) return;
    drop_reader(given);
    read_half_.reset();
}

void stream_session::drop_write_half(const record& given) {
    if (!write_half_) return;
    drop_writer(given);
    write_half_.reset();
    outgoing_.has_ended = true;
    has_shut();
}

void stream_session::set_options(const record& given) {
    if (!stream_) return;
    const std::size_t failures = kernel_.failures();
    const bool on = given.b % 2 == 0;
    const auto set = stream_->set_nodelay(on);
    const auto seconds = std::chrono::seconds(given.c);
    const bool is_valid = given.c > 0 && given.b > 0 && given.b < 128;
    const auto probing = stream_->set_keepalive(net::keepalive_options{seconds, seconds, given.b});
    if (given.c % 4 == 0 && stream_->set_linger(std::chrono::seconds(0))) resets_ = true;
    if (kernel_.failures() != failures) return;
    require(set && stream_->nodelay() == on, "no delay is not as it was set");
    require(probing.has_value() == is_valid, "keepalive has another range");
    if (!is_valid) return;
    const auto kept = stream_->keepalive();
    require(kept && *kept && (*kept)->idle == seconds && (*kept)->probes == given.b,
            "keepalive is not as it was set");
}

void stream_session::move(const record& /*given*/) {
    if (!stream_ || reader_.pending || writer_.pending) return;
    net::tcp_stream moved = *std::move(stream_);
    require(stream_->native_handle() == -1, "a stream that was moved from has a descriptor");
    *stream_ = std::move(moved);
}

// The other end.

void stream_session::half_close(const record& /*given*/) {
    if (peer_ && sys::shutdown(peer_.get(), sys::shutdown_side::write)) incoming_.has_ended = true;
}

void stream_session::reset(const record& given) {
    if (peer_) static_cast<void>(sys::set_linger(peer_.get(), std::chrono::seconds(0)));
    close_peer(given);
}

void stream_session::close_peer(const record& /*given*/) {
    peer_.reset();
    may_be_reset_ = true;
}

// The reactor and the kernel.

void stream_session::turn(const record& /*given*/) {
    const auto waits_for_what_is_there = [this](const party& who, direction way) {
        return who.pending && who.is_waiting && !who.was_woken() && is_ready(number_, way);
    };
    const auto is_somebody_forgotten = [&] {
        return waits_for_what_is_there(reader_, direction::read) ||
               waits_for_what_is_there(writer_, direction::write);
    };
    // A call that fails by plan is tried again.
    for (int turns = 0; turns == 0 || (is_somebody_forgotten() && turns < 5); ++turns)
        static_cast<void>(reactor_->turn(no_time));
    require(!is_somebody_forgotten(), "a task waits for what has happened");
}

void stream_session::plan_fault(const record& given) { kernel_.plan_fault(given); }

void stream_session::shut_down(const record& given) {
    if (given.b % 8 != 0) return;
    reactor_->shut_down();
    is_shut_down_ = true;
    for (const party* who : {&reader_, &writer_})
        require(!who->pending || !who->is_waiting || who->was_woken(), "the shutdown wakes nobody");
}

void stream_session::receive_all() {
    std::vector<std::byte> into(4096);
    for (;;) {
        const auto received = sys::recv(peer_.get(), into);
        require(received.has_value(), "what was written does not arrive");
        if (*received == 0) break;
        outgoing_.has_received(std::span(into).first(*received));
    }
    require(outgoing_.is_empty(), "the end comes before what was written");
}

void stream_session::end_everything() {
    kernel_.forget_faults();
    drop_reader({});
    drop_writer({});
    stream_.reset();
    read_half_.reset();
    write_half_.reset();
    // Closing with something unread resets the connection.
    if (peer_ && number_ >= 0 && !may_be_reset_ && !resets_ && incoming_.is_empty()) receive_all();
    peer_.reset();
    scope_.reset();
    require(reactor_->counters().registered_sockets == 0, "a registration is left");
    reactor_ = {};
    require(kernel_.open_descriptors() == 0, "a descriptor is left");
    require(reader_.probe.alive() + writer_.probe.alive() == 0, "a waker is left");
}

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
