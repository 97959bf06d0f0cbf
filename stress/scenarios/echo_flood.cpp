// stress/scenarios/echo_flood.cpp: tries to break sockets: floods of bytes both ways, with resets,
// half-closes and dropped reads at random moments.
//
// Clients write and read at the same time, in one task or on the two halves of a stream in two. An
// orderly one ends its direction and reads to the end; another one resets its connection half-way.
// Ledger: an orderly client receives each byte that it sent, and the end after them; every
// connection ends on both sides; no socket is registered in the end.
// Invariants: each byte is where it belongs, at the server and at the client, also before a reset;
// an orderly connection sees no error. Largest latency: from a connect to its end.
#include <stress/harness/process.hpp>
#include <stress/scenarios/content.hpp>
#include <stress/scenarios/watched_runtime.hpp>

#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/reactor/timer.hpp>
#include <yot_run/task/join_handle.hpp>
#include <yot_run/task/outcome.hpp>
#include <yot_run/task/task.hpp>
#include <yot_run/task/when_all.hpp>
#include <yot_run/task/when_any.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace stress::echo_flood {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using yot_run::net::socket_address, yot_run::net::tcp_listener, yot_run::net::tcp_stream;

constexpr std::uint64_t most_bytes = 200'000;

struct accounts {
    stress::run& run;
    socket_address server;
    tally& orderly = run.book().account("orderly connections");
    tally& reset = run.book().account("connections reset half-way");
    tally& accepted = run.book().account("connections accepted");
    tally& served = run.book().account("connections served to their end");
    tally& sent = run.book().account("bytes sent in order");
    tally& received = run.book().account("bytes received in order");
    tally& dropped = run.book().account("reads dropped");
    tally& without_port = run.book().account("connects without a free port");
    latencies& lifetimes = run.book().latency("connection");
};

// A small buffer for sending, so that writers wait more often. (One for receiving lets the kernel drop
// what does not fit, and send it again after seconds.)
void narrow(const tcp_stream& stream) {
    const int bytes = 4096;
    setsockopt(stream.native_handle(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

// Bit 0 of a connection's number says whether it will end in order.
bool is_orderly(std::uint64_t number) { return (number & 1) == 0; }

// The server.

yot_run::task<> echo(accounts& all, tcp_stream stream) {
    std::array<std::byte, 8192> buffer;
    unknown_content content;
    bool failed = false;
    while (!failed) {
        const auto count = co_await stream.read(buffer);
        failed = !count.has_value();
        if (failed || *count == 0) break;
        const auto bytes = std::span<const std::byte>(buffer).first(*count);
        all.run.step();
        all.run.require(content.accept(bytes),
                        [] { return "the server received a byte that is not the client's"; });
        failed = !(co_await stream.write_all(bytes)).has_value();
    }
    all.run.require(!failed || !content.knows_number() || !is_orderly(content.number()),
                    [] { return "the server saw an error on an orderly connection"; });
    all.served.add();
}

yot_run::task<> serve(accounts& all, tcp_listener listener) {
    for (;;) {
        auto connection = co_await listener.accept();
        if (!connection) break;
        all.accepted.add();
        if (all.accepted.total() % 4 == 0) narrow(connection->first);
        yot_run::spawn(echo(all, std::move(connection->first))).detach();
    }
    all.run.require(false, [] { return "the listener gave up"; });
}

// A client. Its two directions work on a whole stream or on the halves of one.

template <class Writer>
yot_run::task<std::uint64_t> send(accounts& all, Writer& to, content what, std::uint64_t bytes,
                                  generator random) {
    std::array<std::byte, 8192> buffer;
    std::uint64_t place = 0;
    while (place < bytes) {
        const auto chunk = std::span(buffer).first(
            std::min<std::uint64_t>(1 + random.below(buffer.size()), bytes - place));
        what.fill(chunk, place);
        const auto written = co_await to.write_all(std::span<const std::byte>(chunk));
        if (!written) break;
        place += chunk.size();
        all.run.step();
    }
    co_return place;
}

template <class Reader>
yot_run::task<std::uint64_t> receive(accounts& all, Reader& from, content what,
                                     std::uint64_t until, generator random) {
    std::array<std::byte, 8192> buffer;
    std::uint64_t place = 0;
    while (place < until) {
        const auto into = std::span(buffer).first(1 + random.below(buffer.size()));
        yot_run::io_result<std::size_t> count;
        if (random.once_in(4)) {  // Gives up, and tries again: nothing may be lost.
            auto timed = co_await yot_run::timeout(std::chrono::microseconds(random.below(500)),
                                                   from.read(into));
            if (!timed) {
                all.dropped.add();
                continue;
            }
            count = *timed;
        } else {
            count = co_await from.read(into);
        }
        if (!count || *count == 0) break;
        all.run.require(what.is(std::span<const std::byte>(into).first(*count), place),
                        [] { return "a client received a byte that it did not send"; });
        place += *count;
    }
    co_return place;
}

yot_run::task<std::uint64_t> send_and_end(accounts& all, tcp_stream& to, content what,
                                          std::uint64_t bytes, generator random) {
    const std::uint64_t sent = co_await send(all, to, what, bytes, random);
    static_cast<void>(to.shutdown(yot_run::net::shutdown_side::write));
    co_return sent;
}

// The half goes with this task, and that ends its direction.
yot_run::task<std::uint64_t> send_and_drop(accounts& all, yot_run::net::write_half to,
                                           content what, std::uint64_t bytes,
                                           generator random) {
    co_return co_await send(all, to, what, bytes, random);
}

constexpr std::uint64_t to_the_end = ~std::uint64_t{0};

yot_run::task<> end_in_order(accounts& all, tcp_stream stream, content what, generator random) {
    const std::uint64_t bytes = content::head_bytes + random.below(most_bytes);
    const generator one(random.next());
    const generator other(random.next());
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    if (random.once_in(2)) {
        std::tie(sent, received) =
            co_await yot_run::when_all(send_and_end(all, stream, what, bytes, one),
                                       receive(all, stream, what, to_the_end, other));
    } else {
        auto [reader, writer] = std::move(stream).split();
        auto sending = yot_run::spawn(send_and_drop(all, std::move(writer), what, bytes, one));
        received = co_await receive(all, reader, what, to_the_end, other);
        sent = co_await sending;
    }
    all.sent.add(bytes);
    all.received.add(received);
    all.run.require(sent == bytes && received == bytes, [&] {
        return "an orderly client sent " + std::to_string(sent) + " bytes of " +
               std::to_string(bytes) + " and received " + std::to_string(received);
    });
    all.orderly.add();
}

yot_run::task<> reset_half_way(accounts& all, tcp_stream stream, content what, generator random) {
    const std::uint64_t bytes = random.below(most_bytes);
    const std::uint64_t until = random.below(bytes + 1);
    const generator one(random.next());
    const generator other(random.next());
    // Whichever comes first: a client that only sends would wait for a server that waits for it.
    co_await yot_run::when_any(send(all, stream, what, bytes, one),
                               receive(all, stream, what, until, other));
    static_cast<void>(stream.set_linger(0s));
    all.reset.add();
}

yot_run::task<> connect_again_and_again(accounts& all, std::uint64_t stream_number) {
    generator random = all.run.random(stream_number);
    while (!all.run.is_over()) {
        const auto start = steady::now();
        auto stream = co_await tcp_stream::connect(all.server);
        if (!stream && stream.error() == std::errc::address_not_available) {
            all.without_port.add();
            co_await yot_run::sleep_for(5ms);
            continue;
        }
        all.run.require(stream.has_value(),
                        [&] { return "connect: " + stream.error().message(); });
        if (!stream) co_return;
        if (random.once_in(4)) narrow(*stream);
        const content what(random.next());
        if (is_orderly(what.number()))
            co_await end_in_order(all, std::move(*stream), what, generator(random.next()));
        else co_await reset_half_way(all, std::move(*stream), what, generator(random.next()));
        all.lifetimes.record(steady::now() - start);
    }
}

// Those that wait to be accepted are accepted in their order: with this one, all before it have been.
// (One that is reset while their queue is full is never seen.)
yot_run::task<> come_last(accounts& all) {
    auto stream = co_await tcp_stream::connect(all.server);
    all.run.require(stream.has_value(), [] { return "the last client cannot connect"; });
    if (stream) co_await end_in_order(all, std::move(*stream), content(0), all.run.random(0));
}

// Each needs two descriptors, and its successor may come before they are closed.
std::size_t client_count(const run& run) {
    return std::min<std::size_t>(8 * run.given().threads, free_descriptors() / 5);
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
    book.expect_equal("bytes", all.sent.total(), all.received.total());
    book.expect_at_most("connections accepted, or reset before",
                        all.orderly.total() + all.reset.total(),
                        all.accepted.total() +
                            book.account("connections reset before the accept").total());
    book.expect_at_most("orderly connections", all.accepted.total(), all.orderly.total());
    book.expect_equal("connections served", all.accepted.total(), all.served.total());
}

}  // namespace stress::echo_flood
