// stress/bench/load/main.cpp: the load that all echo servers are measured with.
//
//   bench_load --port P --server-process PID --connections N --message-bytes B --seconds S
//       keeps one message under way on every connection, and prints round trips a second, their
//       latencies, and the CPU time that the server took
//   bench_load --idle ...
//       sends one message on every connection, and prints the memory that the server took for each
//   bench_load --stepwise ...
//       waits for a line on stdin when it has connected, and after its report before it closes: so
//       that something can be attached to the server for just the time in between
//
// Uses no runtime but epoll. Checks every byte; anything wrong is exit status 1.
#include "harness/measure.hpp"
#include "harness/process_figures.hpp"
#include "load/connection.hpp"
#include "load/load_thread.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace bench {

namespace {

using namespace std::chrono_literals;

struct plan {
    std::uint16_t port = 0;
    pid_t server_process = 0;
    std::uint64_t connections = 64;
    std::size_t message_bytes = 64;
    double seconds = 2;
    unsigned threads = 1;
    bool idle = false;
    bool stepwise = false;
};

constexpr auto warm_up = 200ms;
constexpr auto longest_start = 30s;
// What the first connections cost once and for all is no part of an idle connection's memory.
constexpr std::uint64_t connections_before_idle = 100;

void await_line() {
    std::string line;
    std::getline(std::cin, line);
}

class load {
public:
    load(const plan& plan, std::uint64_t first, std::uint64_t count, load_phase phase)
        : phase_(phase), count_(count), messages_(plan.message_bytes) {
        std::vector<std::vector<connection>> shares(std::min<std::uint64_t>(plan.threads, count));
        for (std::uint64_t number = 0; number < count; ++number)
            shares[number % shares.size()].emplace_back(messages_, first + number, plan.port);
        shares_ = std::move(shares);
    }
    ~load() { end(); }

    // Connected it was when it was made; now it sends.
    void start() {
        for (auto& share : shares_) threads_.emplace_back(std::move(share), phase_);
    }

    // Until every connection has had an answer. Throws std::runtime_error.
    void await_answers() {
        const auto start = steady::now();
        for (;;) {
            std::uint64_t answered = 0;
            for (const load_thread& thread : threads_) answered += thread.answered();
            if (answered == count_) return;
            throw_if_failed();
            if (steady::now() - start > longest_start)
                throw std::runtime_error(
                    fmt::format("only {} of {} connections were answered", answered, count_));
            std::this_thread::sleep_for(1ms);
        }
    }

    void enter(load_phase phase) { phase_.store(phase, std::memory_order_release); }

    // Until the time is up, or a thread has failed, which finish() tells.
    void let_run(std::chrono::duration<double> time) {
        const auto start = steady::now();
        while (steady::now() - start < time) {
            throw_if_failed();
            std::this_thread::sleep_for(std::min<std::chrono::duration<double>>(10ms, time));
        }
    }

    [[nodiscard]] std::uint64_t round_trips() const {
        std::uint64_t sum = 0;
        for (const load_thread& thread : threads_) sum += thread.round_trips();
        return sum;
    }

    [[nodiscard]] latencies finish() {
        enter(load_phase::ended);
        latencies all;
        for (load_thread& thread : threads_) all.add_all_of(thread.finish());
        return all;
    }

private:
    void end() noexcept { enter(load_phase::ended); }

    void throw_if_failed() {
        for (load_thread& thread : threads_) {
            if (!thread.has_failed()) continue;
            end();
            static_cast<void>(thread.finish());
        }
    }

    std::atomic<load_phase> phase_;
    std::uint64_t count_;
    message_source messages_;
    std::vector<std::vector<connection>> shares_;
    std::deque<load_thread> threads_;
};

void measure_idle(const plan& plan) {
    const auto connect = [&](load& load) {
        load.start();
        load.await_answers();
        std::this_thread::sleep_for(300ms);
        return resident_bytes(plan.server_process);
    };
    load first(plan, 0, connections_before_idle, load_phase::once);
    const double before = connect(first);
    load others(plan, connections_before_idle, plan.connections, load_phase::once);
    const double after = connect(others);
    fmt::print("{{\"bytes_per_connection\": {:.1f}}}\n",
               (after - before) / double(plan.connections));
}

void measure_busy(const plan& plan) {
    load load(plan, 0, plan.connections, load_phase::warming);
    if (plan.stepwise) {
        fmt::print("{{\"connected\": {}}}\n", plan.connections);
        std::fflush(stdout);
        await_line();
    }
    load.start();
    load.await_answers();
    load.let_run(warm_up);
    const double cpu_before = cpu_seconds(plan.server_process);
    const double own_cpu_before = cpu_seconds();
    const auto start = steady::now();
    load.enter(load_phase::measuring);
    load.let_run(std::chrono::duration<double>(plan.seconds));
    const double elapsed = seconds_since(start);
    const double cpu = cpu_seconds(plan.server_process) - cpu_before;
    const double own_cpu = cpu_seconds() - own_cpu_before;
    const std::uint64_t all_round_trips = load.round_trips();
    latencies latencies = load.finish();
    const double millions = double(latencies.count()) / 1e6;
    if (millions == 0) throw std::runtime_error("the server did not answer while measured");
    fmt::print("{{\"round_trips_per_s\": {:.1f}, \"p50_us\": {:.2f}, \"p99_us\": {:.2f}, "
               "\"p999_us\": {:.2f}, \"cpu_s_per_million\": {:.3f}, "
               "\"load_cpu_s_per_million\": {:.3f}, \"all_round_trips\": {}}}\n",
               double(latencies.count()) / elapsed, latencies.percentile_us(0.5),
               latencies.percentile_us(0.99), latencies.percentile_us(0.999), cpu / millions,
               own_cpu / millions, all_round_trips);
    std::fflush(stdout);
    if (plan.stepwise) await_line();
}

}  // namespace

}  // namespace bench

int main(int argument_count, char** arguments) {
    bench::plan plan;
    CLI::App app("Loads an echo server, checks every byte, and measures both ends.");
    app.add_option("--port", plan.port, "Where the server listens, on 127.0.0.1")->required();
    app.add_option("--server-process", plan.server_process, "Whose CPU time and memory to read")
        ->required();
    app.add_option("--connections", plan.connections, "Connections at the same time")
        ->check(CLI::Range(1U, 1'000'000U));
    app.add_option("--message-bytes", plan.message_bytes, "Size of a message")
        ->check(CLI::Range(std::size_t{1}, std::size_t{16} << 20));
    app.add_option("--seconds", plan.seconds, "How long to measure")->check(CLI::PositiveNumber);
    app.add_option("--threads", plan.threads, "Threads that make the load")
        ->check(CLI::Range(1U, 1024U));
    app.add_flag("--idle", plan.idle, "Send one message each, then measure memory");
    app.add_flag("--stepwise", plan.stepwise, "Wait for a line before the load, and after it");
    CLI11_PARSE(app, argument_count, arguments);
    try {
        bench::raise_descriptor_limit();
        plan.idle ? bench::measure_idle(plan) : bench::measure_busy(plan);
    } catch (const std::exception& error) {
        fmt::print(stderr, "bench_load: {}\n", error.what());
        return 1;
    }
    return 0;
}
