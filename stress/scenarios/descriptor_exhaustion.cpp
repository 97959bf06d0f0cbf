// stress/scenarios/descriptor_exhaustion.cpp: tries to break what happens when there are no
// descriptors: in connect, and in accept, which must go on when there are some again.
//
// More clients than RLIMIT_NOFILE has room for connect, hold their connection for a while, and go.
// They come in waves: in between there is room for the server, too.
// Ledger: every connect has given a connection, or too_many_files_open, or took too long; every
// connection was served, or its client lost patience; as many descriptors in the end as before;
// then a connection succeeds.
// Invariants: no other error; nobody gets another one's message. Largest latency: of an exchange.
#include <stress/harness/process.hpp>
#include <stress/scenarios/content.hpp>
#include <stress/scenarios/watched_runtime.hpp>

#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/task/task.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <vector>

namespace stress::descriptor_exhaustion {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using yot_run::net::socket_address, yot_run::net::tcp_listener, yot_run::net::tcp_stream;

constexpr std::size_t room = 40;
constexpr unsigned clients = 60;  // Each of whom needs two descriptors, one of them the server's.
constexpr std::size_t message_bytes = 24;
constexpr auto patience = 20ms;
constexpr auto wave = 150ms;
constexpr unsigned clients_between_waves = 8;

struct accounts {
    stress::run& run;
    socket_address server;
    tally& connects = run.book().account("connects");
    tally& connected = run.book().account("connections");
    tally& refused = run.book().account("connects without a descriptor");
    tally& exchanges = run.book().account("messages exchanged");
    tally& impatient = run.book().account("connections given up");
    tally& too_slow = run.book().account("connects that took too long");
    latencies& exchange_times = run.book().latency("exchange");
};

yot_run::task<> answer(tcp_stream stream) {
    std::array<std::byte, message_bytes> message;
    for (;;) {
        const auto received = co_await stream.read_exact(std::span<std::byte>(message));
        if (!received) break;
        const auto sent = co_await stream.write_all(std::span<const std::byte>(message));
        if (!sent) break;
    }
}

yot_run::task<> serve(run& run, tcp_listener listener) {
    for (;;) {
        auto connection = co_await listener.accept();
        if (!connection) break;
        yot_run::spawn(answer(std::move(connection->first))).detach();
    }
    run.require(false, [] { return "the listener gave up"; });
}

yot_run::task<bool> exchange(tcp_stream& stream, content what) {
    std::array<std::byte, message_bytes> message;
    what.fill(message, 0);
    const auto sent = co_await stream.write_all(std::span<const std::byte>(message));
    if (!sent) co_return false;
    message.fill({});
    const auto received = co_await stream.read_exact(std::span<std::byte>(message));
    co_return received && what.is(message, 0);
}

yot_run::task<> connect_once(accounts& all, generator& random) {
    all.connects.add();
    // The queue of those that wait to be accepted may be full.
    auto stream = co_await tcp_stream::connect(all.server, patience);
    all.run.step();
    if (!stream && stream.error() == std::errc::timed_out) {
        all.too_slow.add();
        co_return;
    }
    if (!stream) {
        all.run.require(stream.error() == std::errc::too_many_files_open,
                        [&] { return "connect: " + stream.error().message(); });
        all.refused.add();
        co_await yot_run::sleep_for(std::chrono::microseconds(random.below(3000)));
        co_return;
    }
    all.connected.add();
    static_cast<void>(stream->set_linger(0s));
    const auto start = steady::now();
    // The server may have no descriptor until we give ours back.
    const auto done =
        co_await yot_run::timeout(patience, exchange(*stream, content(random.next())));
    if (!done) {
        all.impatient.add();
        co_return;
    }
    all.run.require(*done, [] { return "an exchange failed"; });
    all.exchanges.add();
    all.exchange_times.record(steady::now() - start);
    if (random.once_in(2))
        co_await yot_run::sleep_for(std::chrono::microseconds(random.below(2000)));
}

bool is_between_waves() { return (steady::now().time_since_epoch() / wave) % 3 != 0; }

yot_run::task<> connect_again_and_again(accounts& all, std::uint64_t client) {
    generator random = all.run.random(client);
    while (!all.run.is_over()) {
        if (!is_between_waves() || client < clients_between_waves)
            co_await connect_once(all, random);
        else co_await yot_run::sleep_for(10ms);
    }
}

// UndefinedBehaviorSanitizer looks at the first object of a class through a pipe, for which there
// would be no descriptor. So it sees all of them before.
yot_run::task<> rehearse(accounts& all) {
    generator random = all.run.random(clients);
    for (unsigned left = 20; left > 0; --left) co_await connect_once(all, random);
    co_await yot_run::sleep_for(1ms);
    const bool can_be_compared =
        std::error_code(EMFILE, std::system_category()) == std::errc::too_many_files_open &&
        std::make_error_code(std::errc::timed_out) == std::errc::timed_out;
    all.run.require(can_be_compared, [] { return "errors cannot be compared"; });
}

yot_run::task<bool> succeeds(socket_address server) {
    auto stream = co_await tcp_stream::connect(server, 30s);
    if (!stream) co_return false;
    static_cast<void>(stream->set_linger(0s));
    co_return co_await exchange(*stream, content(1));
}

void body(run& run) {
    ledger& book = run.book();
    watched_runtime runtime(run, run.given().threads);
    const yot_run::enter_guard inside = runtime->enter();
    yot_run::net::listen_options options;
    options.on_accept_error = [&errors = book.account("errors that accept survived")](
                                  const std::error_code&) { errors.add(); };
    auto listener = tcp_listener::bind(socket_address::loopback(0), std::move(options)).value();
    accounts all{run, listener.local_address().value()};
    auto server = runtime->spawn(serve(run, std::move(listener)));
    runtime->block_on(runtime->spawn(rehearse(all)));
    {
        const descriptor_limit limit(room);
        std::vector<yot_run::join_handle<void>> tasks;
        for (unsigned index = 0; index < clients; ++index)
            tasks.push_back(runtime->spawn(connect_again_and_again(all, index)));
        for (auto& each : tasks) runtime->block_on(std::move(each));
    }
    book.expect_equal("a connection when there are descriptors again", 1,
                      runtime->block_on(succeeds(all.server)) ? 1 : 0);
    server.abort();
    runtime.close();
    book.expect_equal("connects", all.connects.total(),
                      all.connected.total() + all.refused.total() + all.too_slow.total());
    book.expect_equal("connections", all.connected.total(),
                      all.exchanges.total() + all.impatient.total());
}

}  // namespace stress::descriptor_exhaustion
