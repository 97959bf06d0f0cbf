// stress/yot_stress.cpp: the stress tests, as a program; stress/README.md tells how to use it.
//
// Exit status: 0, all was well; 1, a ledger does not balance or an invariant was violated; 2, wrong
// usage; 3, nothing moved (watchdog.hpp). A sanitizer that finds something has its own.
#include <stress/harness/perform.hpp>
#include <stress/harness/process.hpp>
#include <stress/harness/report.hpp>
#include <stress/harness/watchdog.hpp>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace stress;

struct request {
    stress::plan plan;
    std::vector<std::string> names;
    std::string report = "table";
};

std::uint64_t random_seed() {
    std::random_device device;
    return device() % 1'000'000'000;
}

void add_options(CLI::App& command, request& request) {
    plan& plan = request.plan;
    command.add_option("--threads", plan.threads, "workers; default: the processors")
        ->check(CLI::Range(1, 256));
    command.add_option("--seconds", plan.seconds, "for each scenario")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command.add_option("--seed", plan.seed, "where randomness begins; default: a new one");
    command
        .add_option("--patience", plan.patience,
                    "seconds in which nothing moves until that counts as a failure")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command
        .add_option("--reactor", plan.reactor, "who drives it: an own thread, or idle workers")
        ->transform(CLI::Transformer(std::vector<std::pair<std::string, placement>>{
            {"own", placement::own_thread},
            {"workers", placement::idle_workers},
            {"by-seed", placement::by_seed}}))
        ->default_str("by-seed");
    command.add_flag("--pin", plan.pin, "tie each worker to a processor");
    command.add_flag("--perturb", plan.perturb, "random yields and pauses inside the runtime");
    command.add_flag("--quiet", plan.quiet, "no progress");
    command.add_option("--report", request.report, "how the result is printed")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
}

int list() {
    for (const scenario& each : all_scenarios())
        fmt::print("{:<22} {}{}\n", each.name, each.is_canary ? "(canary) " : "", each.tries);
    return exit_good;
}

const scenario* find(const std::string& name) {
    const auto scenarios = all_scenarios();
    const auto found = std::ranges::find(scenarios, name, &scenario::name);
    return found == scenarios.end() ? nullptr : &*found;
}

int tell(const std::vector<std::string>& reports, const std::string& how) {
    if (how == "json") {
        fmt::print("{}\n", reports.size() == 1 ? reports.front() : report_of_all(reports));
    } else {
        fmt::print("{}\n{}", machine_line(), table_of(reports));
    }
    return std::ranges::all_of(reports, is_good) ? exit_good : exit_wrong;
}

int run_one(const request& request) {
    const scenario* const wanted = find(request.plan.scenario);
    if (wanted == nullptr) {
        fmt::print(stderr, "yot_stress: there is no scenario '{}'; see yot_stress list\n",
                   request.plan.scenario);
        return exit_usage;
    }
    return tell({perform(*wanted, request.plan)}, request.report);
}

int run_all(const request& request, const std::string& program) {
    std::vector<std::string> reports;
    for (const scenario& each : all_scenarios()) {
        if (each.is_canary) continue;
        plan plan = request.plan;
        plan.scenario = each.name;
        reports.push_back(perform_apart(program, plan));
        if (!plan.quiet && !is_good(reports.back()))
            fmt::print(stderr, "{}", table_of({reports.back()}));
    }
    return tell(reports, request.report);
}

}  // namespace

int main(int argument_count, char** argument_values) {
    request request;
    request.plan.seed = random_seed();
    request.plan.threads = std::max(1U, unsigned(usable_processors().size()));
    CLI::App program{"Tries to break the runtime, and accounts for everything that it did"};
    program.require_subcommand(1);
    const auto* const list_command = program.add_subcommand("list", "what there is to run");
    auto* const run_command = program.add_subcommand("run", "one scenario");
    run_command->add_option("scenario", request.plan.scenario, "its name")->required();
    add_options(*run_command, request);
    auto* const all_command =
        program.add_subcommand("all", "all of them, each in a process of its own");
    add_options(*all_command, request);
    try {
        program.parse(argument_count, argument_values);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? exit_good : exit_usage;
    }
    if (list_command->parsed()) return list();

    const auto self = std::filesystem::read_symlink("/proc/self/exe");
    if (request.plan.perturb && !is_perturbed()) {  // The same program, on the other library.
        const std::string other = self.string() + "_perturbed";
        argument_values[0] = const_cast<char*>(other.c_str());
        execv(other.c_str(), argument_values);
        fmt::print(stderr, "yot_stress: {} is not there; build the target yot_stress_perturbed\n",
                   other);
        return exit_usage;
    }
    request.plan.perturb = is_perturbed();
    raise_descriptor_limit();
    return run_command->parsed() ? run_one(request) : run_all(request, self.string());
}
