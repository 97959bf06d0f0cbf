// stress/bench/yot_run/echo_server.cpp: sends back what it receives, a task for each connection.
#include "harness/process_figures.hpp"
#include "yot_run/works.hpp"

#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/task/spawn.hpp>

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace bench {

namespace {

using yot_run::task;
using yot_run::net::socket_address, yot_run::net::tcp_listener, yot_run::net::tcp_stream;

task<> serve(tcp_stream stream, std::size_t message_bytes) {
    std::vector<std::byte> buffer(message_bytes);
    for (;;) {
        const auto received = co_await stream.read(buffer);
        if (!received || *received == 0) co_return;  // The load generator is done.
        const auto sent = co_await stream.write_all(std::span(buffer).first(*received));
        if (!sent) co_return;
    }
}

task<> listen(std::size_t message_bytes) {
    const auto address = socket_address::parse("127.0.0.1:0").value();
    auto listener = tcp_listener::bind(address, {.backlog = 4096}).value();
    announce_port(listener.local_address().value().port());
    for (;;) {
        auto accepted = (co_await listener.accept()).value();
        static_cast<void>(accepted.first.set_nodelay(true));
        yot_run::spawn(serve(std::move(accepted.first), message_bytes)).detach();
    }
}

}  // namespace

metrics echo(const settings& settings) {
    raise_descriptor_limit();
    yot_run::runtime runtime(options_of(settings));
    runtime.block_on(runtime.spawn(listen(settings.message_bytes)));
    return {};
}

}  // namespace bench
