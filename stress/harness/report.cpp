#include <stress/harness/report.hpp>

#include <stress/harness/process.hpp>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace stress {
namespace {

using json = nlohmann::ordered_json;

json head_of(const plan& plan, double seconds) {
    json head;
    head["scenario"] = plan.scenario;
    head["seed"] = plan.seed;
    head["threads"] = plan.threads;
    head["perturbed"] = plan.perturb;
    head["pinned"] = plan.pin;
    head["seconds"] = seconds;
    head["command"] = command_of(plan);
    return head;
}

json machine_report() {
    const machine here = this_machine();
    return {{"processor", here.processor}, {"processors", here.processors},
            {"kernel", here.kernel},       {"compiler", here.compiler},
            {"build", here.build}};
}

json wrong_of(const ledger& book) {
    json wrong = json::array();
    for (const std::string& each : book.violations()) wrong.push_back(each);
    for (const expectation& each : book.expectations())
        if (!each.held)
            wrong.push_back(fmt::format("{}: expected {}, found {}", each.what, each.expected,
                                        each.found));
    return wrong;
}

// A duration as people read it.
std::string readable(double ns) {
    if (ns >= 1e9) return fmt::format("{:.1f} s", ns / 1e9);
    if (ns >= 1e6) return fmt::format("{:.1f} ms", ns / 1e6);
    return fmt::format("{:.1f} us", ns / 1e3);
}

}  // namespace

std::string command_of(const plan& plan) {
    std::string command = fmt::format("yot_stress run {} --threads {} --seconds {} --seed {}",
                                      plan.scenario, plan.threads, plan.seconds, plan.seed);
    if (plan.reactor != placement::by_seed)
        command += plan.reactor == placement::own_thread ? " --reactor own" : " --reactor workers";
    if (plan.pin) command += " --pin";
    if (plan.perturb) command += " --perturb";
    return command;
}

std::string report_of(const run& run, double seconds) {
    const ledger& book = run.book();
    json report = head_of(run.given(), seconds);
    report["good"] = book.holds();
    report["reactor"] = run.workers_drive_reactor() ? "workers" : "own";
    report["steps"] = run.steps();
    report["steps_per_second"] = double(run.steps()) / seconds;
    report["accounts"] = json::object();
    for (const auto& [name, total] : book.totals()) report["accounts"][name] = total;
    report["latencies_ns"] = json::object();
    for (const auto& [name, latency] : book.all_latencies())
        report["latencies_ns"][name] = {{"count", latency.count()},
                                        {"median", latency.quantile(0.5).count()},
                                        {"p99", latency.quantile(0.99).count()},
                                        {"largest", latency.largest().count()}};
    report["checks"] = book.expectations().size();
    report["wrong"] = wrong_of(book);
    report["machine"] = machine_report();
    return report.dump();
}

std::string report_of_lost(const plan& plan, const std::string& what, double seconds) {
    json report = head_of(plan, seconds);
    report["good"] = false;
    report["wrong"] = {what};
    return report.dump();
}

std::string report_of_all(const std::vector<std::string>& reports) {
    json all{{"machine", machine_report()}, {"runs", json::array()}};
    for (const std::string& each : reports) {
        json report = json::parse(each);
        report.erase("machine");
        all["runs"].push_back(std::move(report));
    }
    return all.dump(1);
}

std::string table_of(const std::vector<std::string>& reports) {
    std::string table =
        fmt::format("{:<22} {:>7} {:>8} {:>13} {:>11}  {:>6}  {}\n", "scenario", "threads",
                    "seconds", "steps", "per second", "checks", "largest latency");
    for (const std::string& each : reports) {
        const json report = json::parse(each);
        std::string largest;
        const json latencies = report.value("latencies_ns", json::object());
        for (const auto& [name, latency] : latencies.items())
            largest += fmt::format("{}{} {}", largest.empty() ? "" : ", ", name,
                                   readable(latency["largest"]));
        table += fmt::format("{:<22} {:>7} {:>8.1f} {:>13} {:>11.0f}  {:>6}  {}\n",
                             std::string(report["scenario"]), unsigned(report["threads"]),
                             double(report["seconds"]), report.value("steps", std::uint64_t{0}),
                             report.value("steps_per_second", 0.0), report.value("checks", 0),
                             report["good"] ? largest : "FAILED");
        for (const auto& wrong : report["wrong"])
            table += fmt::format("    wrong: {}\n", std::string(wrong));
        if (!report["good"])
            table += fmt::format("    seed {}; again: {}\n", std::uint64_t(report["seed"]),
                                 std::string(report["command"]));
    }
    return table;
}

std::string machine_line() {
    const machine here = this_machine();
    return fmt::format("{}, {} processors, {}, {}, {}", here.processor, here.processors,
                       here.kernel, here.compiler, here.build);
}

bool is_good(const std::string& report) { return json::parse(report).at("good"); }

}  // namespace stress
