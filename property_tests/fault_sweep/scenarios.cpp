#include <property_tests/fault_sweep/scenarios.hpp>

#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/reactor/timer.hpp>
#include <yot_run/runtime/runtime.hpp>
#include <yot_run/simulation/simulation.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/join_handle.hpp>
#include <yot_run/task/spawn.hpp>
#include <yot_run/task/task.hpp>
#include <yot_run/task/when_all.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace fault_sweep {
namespace {

using namespace std::chrono_literals;
namespace simulation = yot_run::simulation;
using yot_run::io_result;
using yot_run::runtime;
using yot_run::runtime_options;
using yot_run::spawn;
using yot_run::task;
using yot_run::timeout;
using yot_run::net::socket_address;
using yot_run::net::tcp_listener;
using yot_run::net::tcp_stream;

constexpr auto patience = 20s;
constexpr std::size_t message_size = 3000;

void require(bool holds, const std::string& otherwise) {
    if (!holds) simulation::fail(otherwise);
}

// Notes the error down; true: there is none.
template <class T>
bool is_well(const io_result<T>& result, errors_seen& seen) {
    if (!result) seen.add(result.error());
    return result.has_value();
}
template <class T>
bool is_well(const std::expected<io_result<T>, yot_run::timed_out>& result, errors_seen& seen) {
    return result.has_value() && is_well(*result, seen);
}

io_result<tcp_listener> listen(errors_seen& seen) {
    yot_run::net::listen_options options;
    options.on_accept_error = [&seen](const std::error_code& error) { seen.add(error); };
    return tcp_listener::bind(socket_address::loopback(0), std::move(options));
}

task<> echo(tcp_stream stream, errors_seen& seen) {
    std::array<std::byte, 512> buffer;
    for (;;) {
        const auto received = co_await timeout(patience, stream.read(buffer));
        if (!is_well(received, seen) || **received == 0) co_return;
        const auto sent =
            co_await timeout(patience, stream.write_all(std::span(buffer).first(**received)));
        if (!is_well(sent, seen)) co_return;
    }
}

task<> serve(tcp_listener& listener, errors_seen& seen, unsigned connections) {
    std::vector<yot_run::join_handle<void>> serving;
    for (unsigned i = 0; i < connections; ++i) {
        auto accepted = co_await timeout(patience, listener.accept());
        if (!is_well(accepted, seen)) break;
        serving.push_back(spawn(echo(std::move((*accepted)->first), seen)));
    }
    for (auto& each : serving) co_await each;
}

// Sends a message and reads it back. True: it came back as it was.
task<bool> ask(socket_address server, errors_seen& seen) {
    auto connected = co_await tcp_stream::connect(server, patience);
    if (!is_well(connected, seen)) co_return false;
    tcp_stream stream = *std::move(connected);
    if (!is_well(stream.set_nodelay(true), seen)) co_return false;
    std::vector<std::byte> message(message_size);
    for (std::size_t i = 0; i < message.size(); ++i) message[i] = std::byte(i % 251);
    const auto sent = co_await timeout(patience, stream.write_all(message));
    if (!is_well(sent, seen)) co_return false;
    std::vector<std::byte> answer(message.size());
    const auto received = co_await timeout(patience, stream.read_exact(answer));
    if (!is_well(received, seen)) co_return false;
    require(answer == message, "an echo comes back changed");
    const auto ended = stream.shutdown(yot_run::net::shutdown_side::write);
    co_return is_well(ended, seen);
}

task<std::optional<bool>> echo_once(errors_seen& seen, unsigned clients) {
    auto bound = listen(seen);
    if (!is_well(bound, seen)) co_return std::nullopt;
    const auto address = bound->local_address();
    if (!is_well(address, seen)) co_return std::nullopt;
    auto server = spawn(serve(*bound, seen, clients));
    std::vector<yot_run::join_handle<bool>> asking;
    for (unsigned i = 0; i < clients; ++i) asking.push_back(spawn(ask(*address, seen)));
    bool all = true;
    for (auto& each : asking) {
        const bool came_back = co_await each;
        all = all && came_back;
    }
    co_await server;
    co_return all;
}

// A runtime can still do everything: only what failed has failed.
void require_that_all_works(runtime& on, errors_seen& seen) {
    const bool struck_before = seen.has_struck;
    errors_seen now;
    const auto works = on.block_on(echo_once(now, 1));
    require(!struck_before || (works.value_or(false) && now.numbers.empty()),
            "after one call has failed, others fail, too");
    seen.numbers.insert(now.numbers.begin(), now.numbers.end());
}

// Runs `work(runtime)`; a runtime that cannot be made says why.
template <class Work>
void in_runtime(errors_seen& seen, runtime_options options, Work work) {
    std::optional<runtime> made;
    try {
        made.emplace(std::move(options));
    } catch (const std::system_error& error) {
        seen.add(error.code());
        return;
    }
    work(*made);
    require_that_all_works(*made, seen);
}

runtime_options two_workers() {
    return {.workers = 2, .placement = yot_run::reactor_placement::own_thread};
}

void a_runtime(errors_seen& seen) {
    in_runtime(seen, two_workers(), [](runtime& on) {
        auto spawned = on.spawn(yot_run::ready(1));
        require(on.block_on(std::move(spawned)) == 1, "a task gives another value");
    });
}

void an_echo(errors_seen& seen) {
    in_runtime(seen, two_workers(),
               [&](runtime& on) { static_cast<void>(on.block_on(echo_once(seen, 1))); });
}

void an_echo_driven_by_idle_workers(errors_seen& seen) {
    runtime_options options = two_workers();
    options.placement = yot_run::reactor_placement::idle_workers;
    in_runtime(seen, options,
               [&](runtime& on) { static_cast<void>(on.block_on(echo_once(seen, 1))); });
}

void many_clients(errors_seen& seen) {
    in_runtime(seen, two_workers(),
               [&](runtime& on) { static_cast<void>(on.block_on(echo_once(seen, 5))); });
}

void nobody_listens(errors_seen& seen) {
    in_runtime(seen, two_workers(), [&](runtime& on) {
        on.block_on([&]() -> task<> {
            const auto connected =
                co_await tcp_stream::connect(socket_address::loopback(9), patience);
            require(!connected, "a connection to nobody");
            seen.add(connected.error());
        });
    });
}

void timers(errors_seen& seen) {
    in_runtime(seen, two_workers(), [](runtime& on) {
        on.block_on([]() -> task<> {
            auto one = spawn(yot_run::sleep_for(5ms));
            const auto other = co_await timeout(3ms, yot_run::pending());
            require(!other.has_value(), "what never ends has ended");
            co_await one;
        });
    });
}

task<> use_halves(tcp_stream stream, errors_seen& seen) {
    auto [reads, writes] = std::move(stream).split();
    std::array<std::byte, 300> buffer;
    const auto sent =
        co_await timeout(patience, writes.write_all(yot_run::net::as_bytes("halves")));
    if (!is_well(sent, seen)) co_return;
    const auto ended = writes.shutdown();
    if (!is_well(ended, seen)) co_return;
    for (;;) {
        const auto received = co_await timeout(patience, reads.read(buffer));
        if (!is_well(received, seen) || **received == 0) co_return;
    }
}

void halves(errors_seen& seen) {
    in_runtime(seen, two_workers(), [&](runtime& on) {
        on.block_on([&]() -> task<> {
            auto bound = listen(seen);
            if (!is_well(bound, seen)) co_return;
            const auto address = bound->local_address();
            if (!is_well(address, seen)) co_return;
            auto server = spawn(serve(*bound, seen, 1));
            auto connected = co_await tcp_stream::connect(*address, patience);
            if (is_well(connected, seen)) co_await use_halves(*std::move(connected), seen);
            co_await server;
        });
    });
}

// Sockets that wait for something when the runtime is shut down.
void a_shutdown_in_the_middle(errors_seen& seen) {
    std::optional<runtime> made;
    try {
        made.emplace(two_workers());
    } catch (const std::system_error& error) {
        seen.add(error.code());
        return;
    }
    made->block_on([&]() -> task<> {
        auto bound = listen(seen);
        if (!is_well(bound, seen)) co_return;
        const auto address = bound->local_address();
        if (!is_well(address, seen)) co_return;
        spawn([&seen, listener = *std::move(bound)]() mutable -> task<> {
            for (;;) {
                auto accepted = co_await listener.accept();
                if (!is_well(accepted, seen)) co_return;
                spawn(echo(std::move(accepted->first), seen)).detach();
            }
        }).detach();
        auto connected = co_await tcp_stream::connect(*address, patience);
        if (!is_well(connected, seen)) co_return;
        spawn([&seen, stream = *std::move(connected)]() mutable -> task<> {
            std::array<std::byte, 8> buffer;
            const auto got = co_await stream.read(buffer);
            if (!got) seen.add(got.error());
        }).detach();
        co_await yot_run::sleep_for(1ms);
    });
    require(made->shutdown_timeout(1h).complete(), "a worker is stuck in a shutdown");
}

}  // namespace

const std::vector<scenario>& all_scenarios() {
    static const std::vector<scenario> the_scenarios{
        {"a runtime", a_runtime},
        {"an echo", an_echo},
        {"an echo, idle workers drive", an_echo_driven_by_idle_workers, false},
        {"many clients", many_clients},
        {"nobody listens", nobody_listens},
        {"timers", timers},
        {"halves", halves},
        {"a shutdown in the middle", a_shutdown_in_the_middle},
    };
    return the_scenarios;
}

}  // namespace fault_sweep
