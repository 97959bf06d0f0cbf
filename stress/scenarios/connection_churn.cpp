// stress/scenarios/connection_churn.cpp: tries to break registrations: connections that live for a
// moment, so that descriptors and slots are used again while events for their predecessors are
// under way.
//
// Clients connect, and exchange one message, or give up a read and go, or go at once; all of them
// with a reset, so that ports are free again.
// Ledger: connections by how they ended; both sides have let go of all.
// Invariants: a client receives its own message, so an event or a descriptor of an earlier
// connection was not taken for its own. Largest latency: of an exchange.
#include <stress/harness/process.hpp>
#include <stress/scenarios/content.hpp>
#include <stress/scenarios/watched_runtime.hpp>

#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/task/task.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <vector>

namespace stress::connection_churn {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using yot_run::net::socket_address, yot_run::net::tcp_listener, yot_run::net::tcp_stream;

constexpr std::size_t message_bytes = 32;

struct accounts {
    stress::run& run;
    socket_address server;
    tally& connections = run.book().account("connections");
    tally& exchanges = run.book().account("messages exchanged");
    tally& given_up = run.book().account("reads given up");
    tally& left_at_once = run.book().account("connections left at once");
    tally& without_port = run.book().account("connects without a free port");
    tally& accepted = run.book().account("connections accepted");
    tally& served = run.book().account("connections served");
    tally& aborted = run.book().account("connections reset before the accept");
    latencies& exchange_times = run.book().latency("exchange");
};

yot_run::task<> answer(accounts& all, tcp_stream stream) {
    std::array<std::byte, message_bytes> message;
    for (;;) {
        const auto received = co_await stream.read_exact(std::span<std::byte>(message));
        if (!received) break;
        unknown_content content;
        all.run.require(content.accept(message),
                        [] { return "the server received another message"; });
        const auto sent = co_await stream.write_all(std::span<const std::byte>(message));
        if (!sent) break;
    }
    all.served.add();
}

yot_run::task<> serve(accounts& all, tcp_listener listener) {
    for (;;) {
        auto connection = co_await listener.accept();
        if (!connection) break;
        all.accepted.add();
        yot_run::spawn(answer(all, std::move(connection->first))).detach();
    }
    all.run.require(false, [] { return "the listener gave up"; });
}

yot_run::task<> exchange(accounts& all, tcp_stream& stream, content what) {
    const auto start = steady::now();
    std::array<std::byte, message_bytes> message;
    what.fill(message, 0);
    const auto sent = co_await stream.write_all(std::span<const std::byte>(message));
    message.fill({});
    const auto received = co_await stream.read_exact(std::span<std::byte>(message));
    all.run.require(sent && received && what.is(message, 0),
                    [] { return "a client did not receive its own message"; });
    all.exchanges.add();
    all.exchange_times.record(steady::now() - start);
}

yot_run::task<> use(accounts& all, tcp_stream stream, generator random) {
    static_cast<void>(stream.set_linger(0s));
    const content what(random.next());
    switch (random.below(4)) {
        case 0: all.left_at_once.add(); break;
        case 1: {
            std::array<std::byte, message_bytes> nothing;
            const auto result = co_await yot_run::timeout(
                std::chrono::microseconds(random.below(100)), stream.read(nothing));
            all.run.require(!result.has_value(), [] { return "a read that nobody answers"; });
            all.given_up.add();
            break;
        }
        default: co_await exchange(all, stream, what); break;
    }
}

yot_run::task<> connect_again_and_again(accounts& all, std::uint64_t stream_number) {
    generator random = all.run.random(stream_number);
    while (!all.run.is_over()) {
        auto stream = co_await tcp_stream::connect(all.server);
        all.run.step();
        if (!stream && stream.error() == std::errc::address_not_available) {
            all.without_port.add();
            co_await yot_run::sleep_for(5ms);
            continue;
        }
        all.run.require(stream.has_value(),
                        [&] { return "connect: " + stream.error().message(); });
        if (!stream) co_return;
        all.connections.add();
        co_await use(all, std::move(*stream), generator(random.next()));
    }
}

// Those that wait to be accepted are accepted in their order: with this one, all before it have been.
// (One that is reset while their queue is full is never seen.)
yot_run::task<> come_last(accounts& all) {
    auto stream = co_await tcp_stream::connect(all.server);
    all.run.require(stream.has_value(), [] { return "the last client cannot connect"; });
    if (!stream) co_return;
    all.connections.add();
    static_cast<void>(stream->set_linger(0s));
    co_await exchange(all, *stream, content(1));
}

// Each needs two descriptors, and its successor may come before they are closed.
std::size_t client_count(const run& run) {
    return std::min<std::size_t>(16 * run.given().threads, free_descriptors() / 5);
}

void body(run& run) {
    ledger& book = run.book();
    watched_runtime runtime(run, run.given().threads);
    const yot_run::enter_guard inside = runtime->enter();
    yot_run::net::listen_options options;
    options.on_accept_error = [&aborted = book.account("connections reset before the accept")](
                                  const std::error_code&) { aborted.add(); };
    auto listener = tcp_listener::bind(socket_address::loopback(0), std::move(options)).value();
    accounts all{run, listener.local_address().value()};
    auto server = runtime->spawn(serve(all, std::move(listener)));
    std::vector<yot_run::join_handle<void>> clients;
    for (std::size_t index = 0; index < client_count(run); ++index)
        clients.push_back(runtime->spawn(connect_again_and_again(all, index)));
    for (auto& each : clients) runtime->block_on(std::move(each));
    runtime->block_on(runtime->spawn(come_last(all)));
    while (all.served.total() < all.accepted.total()) std::this_thread::sleep_for(1ms);
    server.abort();
    runtime.close();
    book.expect_at_most("connections accepted, or reset before", all.connections.total(),
                        all.accepted.total() + all.aborted.total());
    book.expect_at_most("connections with a message", all.accepted.total(), all.exchanges.total());
    book.expect_equal("connections served", all.accepted.total(), all.served.total());
    book.expect_equal("connections by how they ended", all.connections.total(),
                      all.exchanges.total() + all.given_up.total() + all.left_at_once.total());
}

}  // namespace stress::connection_churn
