#include "echo_service.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

using yot_run::io_result, yot_run::task;
using yot_run::net::socket_address, yot_run::net::tcp_listener, yot_run::net::tcp_stream;

namespace {

task<> echo(tcp_stream stream) {
    std::array<std::byte, 1024> buffer;
    for (;;) {
        const auto received = co_await stream.read(buffer);
        if (!received || *received == 0) co_return;
        const auto sent = co_await stream.write_all(std::span(buffer).first(*received));
        if (!sent) co_return;
    }
}

task<io_result<std::string>> answer_of(tcp_stream& stream, const std::string& request) {
    const auto sent = co_await stream.write_all(yot_run::net::as_bytes(request));
    if (!sent) co_return std::unexpected(sent.error());
    std::string answer(request.size(), '\0');
    const auto received = co_await stream.read_exact(std::as_writable_bytes(std::span(answer)));
    if (!received) co_return std::unexpected(received.error());
    co_return answer;
}

// One attempt. A connection on which something went wrong is not used again: an answer that is still
// on its way there would be taken for the next one.
task<std::optional<std::string>> try_once(std::optional<tcp_stream>& connection,
                                          const socket_address& server, const std::string& request,
                                          const client_options& options) {
    if (!connection) {
        auto connected = co_await tcp_stream::connect(server, options.time_for_an_answer);
        if (!connected) co_return std::nullopt;
        connection = std::move(*connected);
    }
    const auto answer =
        co_await yot_run::timeout(options.time_for_an_answer, answer_of(*connection, request));
    if (answer && *answer) co_return **answer;
    if (answer || options.does != mistake::kept_connection) connection.reset();
    co_return std::nullopt;
}

}  // namespace

task<> serve_echo(tcp_listener listener) {
    for (;;) {
        auto accepted = co_await listener.accept();
        if (!accepted) throw std::system_error(accepted.error(), "accept");
        yot_run::spawn(echo(std::move(accepted->first))).detach();
    }
}

task<client_report> ask_echo(socket_address server, std::string name, client_options options) {
    client_report report;
    std::optional<tcp_stream> connection;
    const unsigned most_attempts = options.does == mistake::no_retry ? 1 : options.most_attempts;
    for (unsigned number = 0; number < options.requests; ++number) {
        const std::string request = name + " asks for " + std::to_string(1000 + number);
        auto pause = options.first_pause;
        for (unsigned attempt = 0; attempt < most_attempts; ++attempt) {
            ++report.attempts;
            auto answer = co_await try_once(connection, server, request, options);
            if (answer) {
                report.acknowledged.push_back({request, *std::move(answer)});
                break;
            }
            co_await yot_run::sleep_for(pause);
            pause = std::min(2 * pause, options.longest_pause);
        }
    }
    co_return report;
}

task<std::vector<client_report>> run_echo(unsigned clients, client_options options) {
    auto listener = tcp_listener::bind(socket_address::loopback(0)).value();
    const socket_address address = listener.local_address().value();
    auto server = yot_run::spawn(serve_echo(std::move(listener)));
    std::vector<yot_run::join_handle<client_report>> running;
    for (unsigned i = 0; i < clients; ++i) {
        const std::string name = "client " + std::to_string(i);
        running.push_back(yot_run::spawn(ask_echo(address, name, options)));
    }
    std::vector<client_report> reports;
    for (auto& client : running) reports.push_back(co_await client);
    server.abort();
    try {
        co_await server;
    } catch (const yot_run::task_cancelled&) {
    }
    co_return reports;
}
