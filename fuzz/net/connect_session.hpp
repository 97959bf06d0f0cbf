// fuzz/net/connect_session.hpp: one input of tcp_connect: connections that come and go, made by the runtime
// and by others, accepted or not, while calls fail and time passes.
#pragma once

#include <fuzz/reactor/ends.hpp>
#include <fuzz/reactor/kernel.hpp>
#include <fuzz/records.hpp>

#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/reactor/reactor.hpp>
#include <yot_run/task/waker_probe.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {

class connect_session {
public:
    // Takes the first record as settings.
    explicit connect_session(::fuzz::record_reader input);

    void run();

private:
    static constexpr std::size_t most_clients = 4;

    using connecting = std::move_only_function<poll<io_result<net::tcp_stream>>(context&)>;
    // A connection of ours that is being made. The probe outlives what holds its wakers.
    struct client {
        internal::waker_probe probe;
        connecting pending;
        std::optional<net::socket_address> to;
        bool has_timeout = false;
        std::size_t failures_before = 0;  // By plan, when it began.
    };
    using operation = void (connect_session::*)(const record& given);
    struct named_operation {
        const char* name;
        operation carry_out;
    };
    static const std::array<named_operation, 16> operations;

    // Operations.
    void listen(const record& given);
    void stop_listening(const record& given);
    void poll_accept(const record& given);
    void drop_accept(const record& given);
    void connect(const record& given);
    void poll_connect(const record& given);
    void drop_connect(const record& given);
    void connect_from_outside(const record& given);
    void close_outside(const record& given);
    void listen_outside(const record& given);
    void accept_outside(const record& given);
    void drop_stream(const record& given);
    void turn(const record& given);
    void let_time_pass(const record& given);
    void plan_fault(const record& given);
    void shut_down(const record& given);

    void has_accepted(io_result<net::tcp_listener::connection> result);
    void has_connected(client& who, io_result<net::tcp_stream> result);
    [[nodiscard]] client& chosen(const record& given) { return clients_[given.b % most_clients]; }
    // Nothing fails any more, and time passes until whatever can end has ended.
    void come_to_rest();
    void end_everything();

    ::fuzz::record_reader input_;
    kernel kernel_;
    sync::reference<internal::reactor> reactor_;
    environment environment_;
    std::optional<environment_scope> scope_;

    internal::waker_probe acceptor_;
    std::optional<net::tcp_listener> listener_;
    std::optional<net::accept_future> accepting_;
    bool acceptor_waits_ = false;
    std::uint64_t survived_ = 0;  // Errors that the present listener has told of.
    std::array<client, most_clients> clients_;
    std::deque<net::tcp_stream> streams_;
    std::array<sys::descriptor, most_clients> outside_;  // Sockets that are not the runtime's.
    sys::descriptor outside_listener_;
    bool is_shut_down_ = false;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
