#include <yot_run/simulation/simulation.hpp>

#include <yot_run/simulation/simulator.hpp>

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace yot_run::simulation {
namespace {

using internal::simulator;

constexpr const char* variable = "YOT_RUN_SIMULATION";

std::string replay_of(const options& with) {
    return std::string(variable) + "=" + std::to_string(with.seed) + ":" +
           std::string(name_of(with.scheduler));
}

std::string text_of(const options& with, const report& what) {
    std::string text = "yot_run: a simulated program failed: " + what.failure.value_or("") + "\n";
    if (!what.last_calls.empty()) text += "Its last system calls:\n";
    for (const std::string& each : what.last_calls) text += "  " + each + "\n";
    return text + replay_of(with);
}

struct chosen_run {
    std::uint64_t seed = 0;
    scheduler_kind scheduler{};
};

std::optional<chosen_run> run_of_environment() {
    const char* const text = std::getenv(variable);
    if (text == nullptr) return std::nullopt;
    const std::string_view all(text);
    const std::size_t colon = all.find(':');
    chosen_run result;
    if (colon != std::string_view::npos) {
        const auto kind = scheduler_named(all.substr(colon + 1));
        const auto read = std::from_chars(all.data(), all.data() + colon, result.seed);
        if (kind && read.ec == std::errc() && read.ptr == all.data() + colon) {
            result.scheduler = *kind;
            return result;
        }
    }
    throw std::invalid_argument("yot_run: " + std::string(variable) + " is '" + std::string(all) +
                                "', but should be like 17:uniform (or priorities, or starving)");
}

}  // namespace

report run(const options& with, const std::function<void()>& program) {
    simulator machine(with, program);
    return machine.run();
}

run_failed::run_failed(const options& with, const report& what)
    : std::runtime_error(text_of(with, what)),
      options_(with),
      report_(what) {}

exploration_report explore(const exploration& what, const std::function<void()>& program) {
    if (what.schedulers.empty())
        throw std::invalid_argument("yot_run: an exploration needs at least one scheduler");
    exploration_report total;
    const auto go = [&](const options& with) {
        report one = run(with, program);
        if (!one.failure && what.requires_closed_descriptors && one.open_descriptors > 0)
            one.failure = std::to_string(one.open_descriptors) + " descriptors are still open";
        if (one.failure) throw run_failed(with, one);
        ++total.runs;
        total.points += one.points;
        total.calls += one.calls;
        total.faults += one.faults;
        total.virtual_time += one.virtual_time;
    };
    options with = what.with;
    if (const auto chosen = run_of_environment()) {
        with.seed = chosen->seed;
        with.scheduler = chosen->scheduler;
        go(with);
        return total;
    }
    for (std::uint64_t i = 0; i < what.runs; ++i) {
        with.seed = what.with.seed + i;
        with.scheduler = what.schedulers[i % what.schedulers.size()];
        go(with);
    }
    return total;
}

void fail(const std::string& why) { simulator::needed().fail(why); }

void settle() { simulator::needed().settle(); }

void sleep_for(duration length) { simulator::needed().sleep(length); }

void allow_faults(bool on) { simulator::needed().allow_faults(on); }

std::uint64_t random() { return simulator::needed().pick(std::uint64_t(-1)); }

}  // namespace yot_run::simulation
