// stress/load/echo_load.cpp: loads an echo server and accounts for every byte.
//
// Each connection is a task of its own that sends a message, waits for it to come back and compares.
// Messages differ by connection and round trip, so a byte that is lost, repeated or delivered to
// somebody else is noticed. Exit status 0: every round trip was made, and every byte was right.
#include <yot_run/yot_run.hpp>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using yot_run::net::socket_address, yot_run::net::tcp_stream;
using steady = std::chrono::steady_clock;

struct plan {
    socket_address server;
    std::uint64_t connections = 64;
    std::uint64_t round_trips = 200'000;  // In all.
    std::size_t message_bytes = 64;
    unsigned workers = yot_run::default_worker_count();
};

struct connection_result {
    std::vector<std::uint32_t> latencies_ns;
    std::uint64_t wrong_bytes = 0;
    std::string error;  // Empty: none.
};

std::atomic<std::uint64_t> round_trips_done{0};

// The message of one round trip: bytes that depend on connection, round trip and position.
void fill(std::vector<std::byte>& message, std::uint64_t connection, std::uint64_t round_trip) {
    std::uint64_t state = connection * 0x9E3779B97F4A7C15U + round_trip * 0xD1342543DE82EF95U + 1;
    for (std::byte& byte : message) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        byte = std::byte(state >> 56);
    }
}

std::uint64_t count_wrong(const std::vector<std::byte>& sent, const std::vector<std::byte>& got) {
    std::uint64_t wrong = 0;
    for (std::size_t index = 0; index < sent.size(); ++index) wrong += sent[index] != got[index];
    return wrong;
}

yot_run::task<connection_result> run_connection(const plan& plan, std::uint64_t number,
                                                std::uint64_t round_trips) {
    connection_result result;
    auto stream = co_await tcp_stream::connect(plan.server, 10s);
    if (!stream) {
        result.error = "connect: " + stream.error().message();
        co_return result;
    }
    static_cast<void>(stream->set_nodelay(true));
    std::vector<std::byte> sent(plan.message_bytes);
    std::vector<std::byte> got(plan.message_bytes);
    result.latencies_ns.reserve(round_trips);
    for (std::uint64_t trip = 0; trip < round_trips; ++trip) {
        fill(sent, number, trip);
        const auto start = steady::now();
        const auto written = co_await stream->write_all(std::span<const std::byte>(sent));
        if (!written) {
            result.error = "write: " + written.error().message();
            break;
        }
        const auto read = co_await stream->read_exact(std::span<std::byte>(got));
        if (!read) {
            result.error = "read: " + read.error().message();
            break;
        }
        const std::chrono::nanoseconds spent = steady::now() - start;
        result.latencies_ns.push_back(std::uint32_t(std::min<std::int64_t>(spent.count(), UINT32_MAX)));
        result.wrong_bytes += count_wrong(sent, got);
        round_trips_done.fetch_add(1, std::memory_order_relaxed);
    }
    co_return result;
}

yot_run::task<> show_progress(std::uint64_t total) {
    auto second = yot_run::interval(1s);
    for (;;) {
        co_await second.tick();
        const std::uint64_t done = round_trips_done.load(std::memory_order_relaxed);
        fmt::print(stderr, "  {:3.0f} %  {} of {} round trips\n", 100.0 * double(done) / double(total),
                   done, total);
    }
}

yot_run::task<std::vector<connection_result>> run_all(const plan& plan) {
    auto progress = yot_run::spawn(show_progress(plan.round_trips));
    std::vector<yot_run::join_handle<connection_result>> running;
    for (std::uint64_t number = 0; number < plan.connections; ++number) {
        const std::uint64_t share = plan.round_trips / plan.connections +
                                    (number < plan.round_trips % plan.connections ? 1 : 0);
        running.push_back(yot_run::spawn(run_connection(plan, number, share)));
    }
    std::vector<connection_result> results;
    for (auto& handle : running) results.push_back(co_await handle);
    progress.abort();
    co_return results;
}

double percentile_us(const std::vector<std::uint32_t>& sorted, double fraction) {
    if (sorted.empty()) return 0;
    const auto index = std::min(sorted.size() - 1, std::size_t(fraction * double(sorted.size())));
    return sorted[index] / 1000.0;
}

int report(const plan& plan, const std::vector<connection_result>& results, double seconds) {
    std::vector<std::uint32_t> latencies;
    std::uint64_t wrong_bytes = 0;
    std::uint64_t broken = 0;
    for (const connection_result& result : results) {
        latencies.insert(latencies.end(), result.latencies_ns.begin(), result.latencies_ns.end());
        wrong_bytes += result.wrong_bytes;
        if (result.error.empty()) continue;
        if (++broken <= 5) fmt::print(stderr, "a connection broke: {}\n", result.error);
    }
    std::ranges::sort(latencies);
    fmt::print("connections   {}, {} bytes a message\n", plan.connections, plan.message_bytes);
    fmt::print("round trips   {} in {:.2f} s: {:.0f} a second\n", latencies.size(), seconds,
               double(latencies.size()) / seconds);
    fmt::print("latency       p50 {:.0f} us, p99 {:.0f} us, p99.9 {:.0f} us, longest {:.0f} us\n",
               percentile_us(latencies, 0.5), percentile_us(latencies, 0.99),
               percentile_us(latencies, 0.999), percentile_us(latencies, 1));
    const std::uint64_t missing = plan.round_trips - latencies.size();
    fmt::print("accounting    {} wrong bytes, {} missing round trips, {} broken connections\n",
               wrong_bytes, missing, broken);
    return wrong_bytes == 0 && missing == 0 && broken == 0 ? 0 : 1;
}

int run(const plan& plan) {
    yot_run::runtime runtime({.workers = plan.workers, .thread_name = "load"});
    const auto start = steady::now();
    const auto results = runtime.block_on(run_all(plan));
    return report(plan, results, std::chrono::duration<double>(steady::now() - start).count());
}

}  // namespace

int main(int argument_count, char** arguments) {
    plan plan;
    std::string server = "127.0.0.1:7000";
    CLI::App app("Loads an echo server and accounts for every byte.");
    app.add_option("--server", server, "Address of the server")->capture_default_str();
    app.add_option("--connections", plan.connections, "Connections at the same time")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--round-trips", plan.round_trips, "Round trips, over all connections")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--message-bytes", plan.message_bytes, "Size of a message")
        ->check(CLI::Range(std::size_t{1}, std::size_t{16} << 20))
        ->capture_default_str();
    app.add_option("--workers", plan.workers, "Worker threads of the load generator")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    CLI11_PARSE(app, argument_count, arguments);

    const auto address = socket_address::parse(server);
    if (!address) {
        fmt::print(stderr, "--server {}: {}\n", server, address.error().message());
        return 2;
    }
    plan.server = *address;
    try {
        return run(plan);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
