// property_tests/fault_sweep/main.cpp: makes the first system call of a scenario fail, then the
// second, and so on to the last, with each error that Linux documents for it (P8): the operation
// reports it, nothing leaks, and the rest goes on. Likewise for counts that are short, and for
// threads that cannot be had.
#include <property_tests/fault_sweep/scenarios.hpp>

#include <yot_run/simulation/simulation.hpp>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iomanip>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace {

using namespace fault_sweep;
namespace simulation = yot_run::simulation;
using yot_run::sys_simulated::call;

struct fault_at {
    std::uint64_t nth = 0;
    call kind{};
    simulation::fault what;
};

simulation::options options_of(std::uint64_t seed) {
    simulation::options result;
    result.seed = seed;
    result.scheduler = simulation::all_schedulers[seed % simulation::all_schedulers.size()];
    result.send_buffer = 4608;
    result.receive_buffer = 2304;
    result.has_spurious_events = false;
    return result;
}

// What nobody has to be told of: the call is repeated, or its failure changes nothing.
bool is_transparent(const fault_at& fault) {
    const int error = fault.what.error;
    switch (fault.kind) {
        case call::accept:
        case call::recv:
        case call::send:
        case call::sendmsg:
            return error == EINTR || error == EAGAIN || error == 0;
        case call::connect:
            return error == EINTR || error == EINPROGRESS;
        case call::getpeername:
            return error == ENOTCONN;  // Not yet: that is what it is asked for.
        case call::close:              // The descriptor has gone all the same.
        case call::shutdown:           // Of a half that is destroyed: the connection has gone.
        case call::epoll_wait:
            return true;
        default:
            return false;
    }
}

std::string text_of(const scenario& in, std::uint64_t seed, const fault_at& fault) {
    std::string text = in.name + ", seed " + std::to_string(seed) + ", call " +
                       std::to_string(fault.nth) + " (" + std::string(name_of(fault.kind)) + ")";
    if (fault.what.error != 0) return text + " fails with " + strerrorname_np(fault.what.error);
    return text + " moves one byte";
}

struct outcome {
    simulation::report report;
    errors_seen seen;
};

outcome run_with(const scenario& in, simulation::options with,
                 std::optional<fault_at> fault = std::nullopt) {
    // What a run that fails leaves behind may still refer to it.
    auto seen = std::make_shared<errors_seen>();
    if (fault) {
        with.plan = [seen, fault](const simulation::numbered_call& asked) {
            if (asked.of_all != fault->nth) return simulation::fault{};
            seen->has_struck = true;
            return fault->what;
        };
    }
    outcome result;
    result.report = simulation::run(with, [&in, seen] { in.run(*seen); });
    result.seen = *seen;
    if (!result.report.failure && result.report.open_descriptors != 0)
        result.report.failure =
            std::to_string(result.report.open_descriptors) + " descriptors are left open";
    if (result.report.failure) static_cast<void>(new std::shared_ptr(seen));
    return result;
}

// The kinds of the calls of a run in which nothing fails.
std::vector<call> calls_of(const scenario& in, std::uint64_t seed) {
    std::vector<call> kinds;
    simulation::options with = options_of(seed);
    with.plan = [&kinds](const simulation::numbered_call& asked) -> simulation::fault {
        if (kinds.size() < asked.of_all) kinds.resize(asked.of_all);
        kinds[asked.of_all - 1] = asked.kind;
        return {};
    };
    const outcome result = run_with(in, with);
    if (result.report.failure)
        throw std::runtime_error(in.name + " fails without a fault: " + *result.report.failure);
    return kinds;
}

std::vector<fault_at> faults_of(std::uint64_t nth, call kind) {
    std::vector<fault_at> result;
    for (const int error : documented_errors(kind)) result.push_back({nth, kind, {.error = error}});
    if (has_short_counts(kind)) result.push_back({nth, kind, {.most_bytes = 1}});
    return result;
}

// Why it is not as it should be.
std::optional<std::string> trouble_with(const scenario& in, std::uint64_t seed,
                                        const fault_at& fault) {
    const outcome result = run_with(in, options_of(seed), fault);
    if (result.report.failure) {
        std::string text = *result.report.failure;
        for (const std::string& each : result.report.last_calls) text += "\n    " + each;
        return text;
    }
    if (!result.seen.has_struck) return "the call was not made";
    const bool is_told = result.seen.numbers.contains(fault.what.error);
    if (!is_told && !is_transparent(fault)) {
        std::string text = "nobody is told of it; its last system calls:";
        for (const std::string& each : result.report.last_calls) text += "\n    " + each;
        return text;
    }
    return std::nullopt;
}

struct counts {
    std::uint64_t calls = 0;
    std::uint64_t points = 0;
    std::uint64_t threads = 0;
};

bool sweep(const scenario& in, std::uint64_t seed, counts& into,
           std::map<std::string, std::uint64_t>& by_call) {
    const std::vector<call> kinds = calls_of(in, seed);
    into.calls += kinds.size();
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        for (const fault_at& fault : faults_of(i + 1, kinds[i])) {
            ++into.points;
            ++by_call[std::string(name_of(fault.kind))];
            const auto trouble = trouble_with(in, seed, fault);
            if (!trouble) continue;
            std::cout << text_of(in, seed, fault) << ": " << *trouble << "\n"
                      << "to repeat it: property_fault_sweep --first " << seed << " --seeds 1\n";
            return false;
        }
    }
    // One thread more each time, beginning with that of the program alone, until there are enough.
    for (unsigned threads = 1; threads <= 4; ++threads) {
        simulation::options with = options_of(seed);
        with.thread_limit = threads;
        const outcome result = run_with(in, with);
        ++into.threads;
        const bool is_told = result.seen.numbers.contains(EAGAIN);
        // Two workers, and a thread for the reactor, unless a worker does that.
        const bool is_enough = threads >= 1 + 2 + (in.has_reactor_thread ? 1 : 0);
        if (!result.report.failure && is_told == !is_enough) continue;
        std::cout << in.name << ", seed " << seed << ", with " << threads
                  << " threads: " << result.report.failure.value_or("nobody is told") << "\n";
        return false;
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    std::uint64_t first = 1;
    std::uint64_t seeds = 12;
    CLI::App app(
        "Lets each system call of some programs fail, with each error that it may report.");
    app.add_option("--first", first, "the first seed")->capture_default_str();
    app.add_option("--seeds", seeds, "how many seeds: schedules")->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    counts all;
    std::map<std::string, std::uint64_t> by_call;
    for (const scenario& each : all_scenarios()) {
        counts of_this;
        for (std::uint64_t seed = first; seed < first + seeds; ++seed)
            if (!sweep(each, seed, of_this, by_call)) return 1;
        std::cout << std::left << std::setw(30) << each.name << std::right << std::setw(7)
                  << of_this.calls << " calls, " << std::setw(7) << of_this.points << " faults, "
                  << of_this.threads << " times too few threads or just enough" << std::endl;
        all.points += of_this.points;
    }
    std::cout << all.points << " faults in all, by call:";
    for (const auto& [name, points] : by_call) std::cout << " " << name << " " << points;
    std::cout << std::endl;
    return 0;
}
