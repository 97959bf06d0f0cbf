// The service of echo_service.hpp in simulation, a thousand times, under different schedules and with
// connections that fail: simulated_echo [--without-retry | --keep-connection]
//
// The arguments make a mistake. Then a run fails, and what it says ends with the line that repeats it.
#include "echo_service.hpp"

#include <yot_run/simulation/simulation.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;
namespace simulation = yot_run::simulation;

namespace {

constexpr unsigned clients = 3;

// What must hold at the end: every request was acknowledged, and with just its own echo.
void check(const std::vector<client_report>& reports, const client_options& options) {
    for (const client_report& report : reports) {
        for (const auto& [request, answer] : report.acknowledged)
            if (answer != request)
                simulation::fail("'" + request + "' was answered '" + answer + "'");
        if (report.acknowledged.size() < options.requests)
            simulation::fail("a request was given up");
    }
}

mistake mistake_of(int argument_count, char** arguments) {
    const std::string_view argument(argument_count > 1 ? arguments[1] : "");
    if (argument.empty()) return mistake::none;
    if (argument == "--without-retry") return mistake::no_retry;
    if (argument == "--keep-connection") return mistake::kept_connection;
    throw std::invalid_argument("usage: simulated_echo [--without-retry | --keep-connection]");
}

}  // namespace

int main(int argument_count, char** arguments) try {
    const client_options options{.requests = 5, .does = mistake_of(argument_count, arguments)};
    simulation::exploration what{.runs = 1000};
    what.with.faults = {.connections_one_in = 30, .short_counts_one_in = 5};
    what.with.longest_stall = 100ms;  // Longer than a client waits for an answer.

    std::uint64_t acknowledged = 0;
    std::uint64_t attempts = 0;
    const auto begin = std::chrono::steady_clock::now();
    const simulation::exploration_report total = simulation::explore(what, [&] {
        yot_run::runtime runtime({.workers = 2});
        const auto reports = runtime.block_on(run_echo(clients, options));
        check(reports, options);
        for (const client_report& report : reports) {
            acknowledged += report.acknowledged.size();
            attempts += report.attempts;
        }
    });
    const std::chrono::duration<double> real = std::chrono::steady_clock::now() - begin;
    const std::chrono::duration<double> simulated = total.virtual_time;

    std::cout << total.runs << " runs: " << acknowledged << " requests acknowledged, in "
              << attempts << " attempts\n"
              << total.points << " points, " << total.calls << " system calls, of which "
              << total.faults << " were made to fail\n"
              << simulated.count() << " s went by, in " << real.count() << " s\n";
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
