#include <fuzz/net/connect_session.hpp>

#include <fuzz/finding.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

using ::fuzz::require;
using ::fuzz::steps;
using net::socket_address;

constexpr sys::duration no_time = sys::duration::zero();
constexpr std::size_t most_streams = 8;

std::optional<socket_address> address_of(const sys::descriptor& socket) {
    const auto raw = sys::getsockname(socket.get());
    if (!raw) return std::nullopt;
    return socket_address::from_raw(*raw).value();
}

// By accept(2): what was wrong with one connection, or is missing for now.
bool must_be_survived(const std::error_code& error) {
    constexpr std::array these{ECONNABORTED, EPROTO, EINTR, EMFILE, ENFILE, ENOMEM, ENOSPC, EAGAIN};
    return std::ranges::find(these, error.value()) != these.end();
}

}  // namespace

const std::array<connect_session::named_operation, 16> connect_session::operations{{
    {"listen", &connect_session::listen},
    {"stop listening", &connect_session::stop_listening},
    {"accept", &connect_session::poll_accept},
    {"drop what is accepted", &connect_session::drop_accept},
    {"connect", &connect_session::connect},
    {"poll the connecting", &connect_session::poll_connect},
    {"drop the connecting", &connect_session::drop_connect},
    {"somebody connects", &connect_session::connect_from_outside},
    {"somebody closes", &connect_session::close_outside},
    {"somebody listens", &connect_session::listen_outside},
    {"somebody accepts", &connect_session::accept_outside},
    {"drop a stream", &connect_session::drop_stream},
    {"take a turn", &connect_session::turn},
    {"let time pass", &connect_session::let_time_pass},
    {"let a call fail", &connect_session::plan_fault},
    {"shut down the reactor", &connect_session::shut_down},
}};

connect_session::connect_session(::fuzz::record_reader input)
    : input_(input),
      kernel_(input_.next().value_or(record{})),
      reactor_(internal::reactor::create().value()),
      environment_{.reactor = reactor_.get()} {
    scope_.emplace(environment_);
}

void connect_session::run() {
    while (const auto next = input_.next()) {
        const named_operation& chosen = operations[next->kind % operations.size()];
        steps.add({chosen.name, {next->a, next->b, next->c}});
        (this->*chosen.carry_out)(*next);
    }
    come_to_rest();
    end_everything();
}

void connect_session::listen(const record& given) {
    if (listener_) return;
    survived_ = 0;
    net::listen_options options{
        .backlog = given.c % 4, .on_accept_error = [this](const std::error_code& error) {
            ++survived_;
            require(kernel_.has_failed(error), "an error that no call has reported: accepting");
        }};
    const auto family = given.b % 4 == 0 ? net::address_family::ipv6 : net::address_family::ipv4;
    options.ipv6_only = given.b % 8 == 0;
    const std::size_t failures = kernel_.failures();
    auto bound = net::tcp_listener::bind(socket_address::loopback(0, family), std::move(options));
    if (bound) {
        listener_.emplace(*std::move(bound));
    } else {
        require(is_shut_down_ || kernel_.failures() != failures, "nobody can listen");
    }
}

void connect_session::stop_listening(const record& given) {
    drop_accept(given);
    listener_.reset();
    require(acceptor_.alive() == 0, "a listener that was dropped keeps a waker");
}

void connect_session::poll_accept(const record& /*given*/) {
    if (!listener_) return;
    if (!accepting_) accepting_.emplace(listener_->accept());
    const waker mine = acceptor_.make();
    context cx(mine, environment_);
    auto polled = accepting_->poll(cx);
    acceptor_waits_ = polled.is_pending();
    require(listener_->accept_errors().count == survived_,
            "an error that was survived is not told");
    if (acceptor_waits_) return;
    accepting_.reset();
    has_accepted(std::move(polled).value());
}

void connect_session::has_accepted(io_result<net::tcp_listener::connection> result) {
    if (!result) {
        const bool is_the_kernels =
            kernel_.has_failed(result.error()) && !must_be_survived(result.error());
        require(
            is_the_kernels || (is_shut_down_ && result.error() == std::errc::operation_canceled),
            "accepting ends without a reason");
        return;
    }
    auto& [stream, from] = *result;
    const auto peer = stream.peer_address();
    require(!peer || *peer == from, "a connection comes from somewhere else");
    streams_.push_back(std::move(stream));
    if (streams_.size() > most_streams) streams_.pop_front();
}

void connect_session::drop_accept(const record& /*given*/) {
    accepting_.reset();
    acceptor_waits_ = false;
}

void connect_session::connect(const record& given) {
    client& who = chosen(given);
    if (who.pending) return;
    who.to = socket_address::loopback(std::uint16_t(1 + given.c % 8));  // Where nobody is.
    if (given.a % 3 == 1 && listener_) who.to = listener_->local_address().value_or(*who.to);
    if (given.a % 3 == 2 && outside_listener_) who.to = address_of(outside_listener_);
    if (!who.to) return;
    who.has_timeout = given.c % 2 == 0;
    who.failures_before = kernel_.failures();
    if (who.has_timeout) {
        who.pending = [future =
                           net::tcp_stream::connect(*who.to, std::chrono::milliseconds(given.c))](
                          context& cx) mutable { return future.poll(cx); };
    } else {
        who.pending = [future = net::tcp_stream::connect(*who.to)](context& cx) mutable {
            return future.poll(cx);
        };
    }
    poll_connect(given);
}

void connect_session::poll_connect(const record& given) {
    client& who = chosen(given);
    if (!who.pending) return;
    const waker mine = who.probe.make();
    context cx(mine, environment_);
    try {
        auto polled = who.pending(cx);
        if (polled.is_ready()) has_connected(who, std::move(polled).value());
    } catch (const std::system_error& ended) {  // Its timer, as reactor/timer.hpp has it.
        require(is_shut_down_ && ended.code() == std::errc::operation_canceled,
                "a timer ends without a reason");
        who.pending = {};
    }
}

void connect_session::has_connected(client& who, io_result<net::tcp_stream> result) {
    who.pending = {};
    require(who.probe.alive() == 1,
            "a connect that is done keeps a waker");  // The poll has the other.
    if (result) {
        const auto peer = result->peer_address();
        require(!peer || *peer == *who.to, "connected to somewhere else");
        streams_.push_back(*std::move(result));
        if (streams_.size() > most_streams) streams_.pop_front();
        return;
    }
    const std::error_code error = result.error();
    const bool may_time_out = error == std::errc::timed_out;  // Its own time, or the kernel's.
    const bool may_be_refused = error == std::errc::connection_refused ||
                                error == std::errc::connection_reset;  // The listener is gone.
    const bool by_plan = kernel_.has_failed(error, who.failures_before);
    require(may_time_out || may_be_refused || by_plan ||
                (is_shut_down_ && error == std::errc::operation_canceled),
            "connecting fails without a reason");
}

void connect_session::drop_connect(const record& given) {
    client& who = chosen(given);
    who.pending = {};
    require(who.probe.alive() == 0, "a connect that was dropped keeps its waker");
}

void connect_session::connect_from_outside(const record& given) {
    sys::descriptor& mine = outside_[given.b % most_clients];
    if (mine || !listener_) return;
    const auto to = listener_->local_address();
    if (!to) return;
    auto made = sys::socket(to->is_ipv4() ? AF_INET : AF_INET6);
    if (!made) return;
    static_cast<void>(sys::connect(made->get(), to->to_raw()));
    mine = *std::move(made);
}

void connect_session::close_outside(const record& given) {
    sys::descriptor& mine = outside_[given.b % most_clients];
    if (mine && given.c % 2 == 0)
        static_cast<void>(sys::set_linger(mine.get(), std::chrono::seconds(0)));
    mine.reset();
}

void connect_session::listen_outside(const record& given) {
    outside_listener_.reset();
    auto made = sys::socket(AF_INET);
    if (!made || !sys::bind(made->get(), socket_address::loopback(0).to_raw())) return;
    // With little room, or deaf.
    if (given.c % 3 != 0 && !sys::listen(made->get(), given.c % 3 - 1)) return;
    outside_listener_ = *std::move(made);
}

void connect_session::accept_outside(const record& /*given*/) {
    if (outside_listener_) static_cast<void>(sys::accept(outside_listener_.get()));
}

void connect_session::drop_stream(const record& /*given*/) {
    if (!streams_.empty()) streams_.pop_front();
}

void connect_session::turn(const record& /*given*/) { static_cast<void>(reactor_->turn(no_time)); }

void connect_session::let_time_pass(const record& given) {
    kernel_.let_pass(std::chrono::microseconds(std::int64_t{1 + given.b} << (given.c % 20)));
}

void connect_session::plan_fault(const record& given) { kernel_.plan_fault(given); }

void connect_session::shut_down(const record& given) {
    if (given.b % 8 != 0) return;
    reactor_->shut_down();
    is_shut_down_ = true;
}

void connect_session::come_to_rest() {
    steps.add({"come to rest"});
    kernel_.forget_faults();
    if (outside_listener_) outside_listener_.reset();
    // Longer than any pause, and than the kernel tries to connect.
    for (int passes = 0; passes < 20; ++passes) {
        kernel_.let_pass(std::chrono::seconds(20));
        for (int turns = 0; turns < 3; ++turns) turn({});
        for (std::uint8_t i = 0; i < most_clients; ++i) poll_connect({.b = i});
        // Whoever is woken polls; who is not must have nothing to do.
        for (int accepted = 0; listener_ && accepted < 10; ++accepted) poll_accept({});
    }
    for (const client& each : clients_) require(!each.pending, "connecting never ends");
    if (!listener_ || is_shut_down_) return;
    require(acceptor_waits_, "accepting never waits");
    require(!is_ready(listener_->native_handle(), direction::read), "a connection is not accepted");

    // It goes on after all of that, and is woken.
    const int before = acceptor_.wakes();
    outside_ = {};
    connect_from_outside({});
    require(bool(outside_[0]), "no connection can be made");
    turn({});
    require(acceptor_.wakes() != before, "a connection wakes nobody");
    const std::size_t count = streams_.size();
    poll_accept({});
    require(streams_.size() == std::min(count + 1, most_streams), "a connection is not accepted");
}

void connect_session::end_everything() {
    accepting_.reset();
    listener_.reset();
    for (client& each : clients_) each.pending = {};
    streams_.clear();
    scope_.reset();
    require(reactor_->counters().registered_sockets == 0, "a registration is left");
    require(reactor_->counters().active_timers == 0, "a timer is left");
    reactor_ = {};
    outside_ = {};
    outside_listener_.reset();
    require(kernel_.open_descriptors() == 0, "a descriptor is left");
    require(acceptor_.alive() == 0, "a waker is left");
}

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
