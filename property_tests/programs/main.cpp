// property_tests/programs/main.cpp: generates programs, runs them, and counts what was in them. The
// first that fails is made smaller as long as it fails, and told with the line that repeats it.
#include <property_tests/programs/execution.hpp>
#include <property_tests/programs/last_words.hpp>
#include <property_tests/programs/statistics.hpp>

#include <CLI/CLI.hpp>
#include <rapidcheck.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>

namespace {

using namespace programs;
using yot_run::simulation::all_schedulers;
using yot_run::simulation::scheduler_kind;

struct options {
    std::uint64_t programs = 3000;
    std::uint64_t seed = 1;
    std::uint64_t first = 0;
    int size = 30;
    std::optional<scheduler_kind> scheduler;
    std::optional<theme> about;
    unsigned shrinks = 3000;
    bool is_quiet = false;
};

using shrinkable = rc::Shrinkable<program>;

// What number `index` is follows from the options alone.
shrinkable program_at(std::uint64_t index, const options& with) {
    wanted wish;
    wish.about = with.about.value_or(all_themes[index % all_themes.size()]);
    wish.scheduler =
        with.scheduler.value_or(all_schedulers[index / all_themes.size() % all_schedulers.size()]);
    const int size =
        1 + int(index / (all_themes.size() * all_schedulers.size()) % std::uint64_t(with.size));
    const rc::Random random(with.seed * 0x9e3779b97f4a7c15U + index);
    return any_program(wish)(random, size);
}

// The smallest program that fails, on the way that takes the first failing one each time.
program smallest(shrinkable failing, unsigned tries) {
    for (bool is_smaller = true; is_smaller && tries > 0;) {
        is_smaller = false;
        rc::Seq<shrinkable> candidates = failing.shrinks();
        for (auto each = candidates.next(); each && tries > 0; each = candidates.next()) {
            --tries;
            if (!execute(each->value()).report.failure) continue;
            failing = *each;
            is_smaller = true;
            break;
        }
    }
    return failing.value();
}

void tell_failure(const shrinkable& failing, const std::string& failure, std::uint64_t index,
                  const options& with) {
    const auto tell = [](const char* what, const program& shown) {
        const execution run = execute(shown);
        std::cout << what << shown << run.report.failure.value_or("it does not fail again") << "\n";
        for (const std::string& each : run.report.last_calls) std::cout << "    " << each << "\n";
    };
    std::cout << "program " << index << " fails: " << failure << std::endl;
    if (with.shrinks > 0) tell("the smallest like it:\n  ", smallest(failing, with.shrinks));
    else tell("  ", failing.value());
    std::cout << "to repeat it: ci/property --seed " << with.seed << " --first " << index
              << " --programs 1 --size " << with.size;
    if (with.scheduler) std::cout << " --scheduler " << name_of(*with.scheduler);
    if (with.about) std::cout << " --theme " << name_of(*with.about);
    std::cout << std::endl;
}

// Every so often one is run again: it must go the same way.
constexpr std::uint64_t repeated_one_in = 20;

bool goes_the_same_way_again(const program& what, const execution& before) {
    const execution again = execute(what);
    return again.report.fingerprint == before.report.fingerprint &&
           again.report.points == before.report.points && again.counts == before.counts;
}

bool run_all(const options& with) {
    statistics seen;
    for (std::uint64_t i = with.first; i < with.first + with.programs; ++i) {
        const shrinkable generated = program_at(i, with);
        const program what = generated.value();
        note_program(i);
        const execution run = execute(what);
        if (run.report.failure) {
            seen.tell(std::cout);
            tell_failure(generated, *run.report.failure, i, with);
            return false;
        }
        if (i % repeated_one_in == 0 && !goes_the_same_way_again(what, run)) {
            std::cout << "program " << i << " does not go the same way again" << std::endl;
            return false;
        }
        seen.add(what, run);
        if (!with.is_quiet && seen.is_time_for_progress()) seen.tell_progress(std::cerr);
    }
    seen.tell(std::cout);
    // Too few programs say nothing about the generator.
    constexpr std::uint64_t enough = 1000;
    const bool is_all = with.programs >= enough && !with.about;
    return !is_all || seen.has_everything(std::cout);
}

}  // namespace

int main(int argc, char** argv) {
    options with;
    std::string scheduler;
    std::string about;
    CLI::App app("Random programs on random schedules, simulated, with an account of everything.");
    app.add_option("--programs", with.programs, "how many")->capture_default_str();
    app.add_option("--seed", with.seed, "of all of them")->capture_default_str();
    app.add_option("--first", with.first, "the number of the first one")->capture_default_str();
    app.add_option("--size", with.size, "of the largest ones: operations in a script, at most")
        ->check(CLI::Range(1, 200))
        ->capture_default_str();
    app.add_option("--scheduler", scheduler,
                   "one of: uniform, priorities, starving; else by turns");
    app.add_option("--theme", about,
                   "one of: tasks, timers, fairness, network, shutdown, faults; else by turns");
    app.add_option("--shrinks", with.shrinks, "how often to try to make a failing program smaller")
        ->capture_default_str();
    app.add_flag("--quiet", with.is_quiet, "no progress");
    try {
        app.parse(argc, argv);
        if (!scheduler.empty()) {
            with.scheduler = yot_run::simulation::scheduler_named(scheduler);
            if (!with.scheduler)
                throw CLI::ValidationError("--scheduler", "there is none called " + scheduler);
        }
        if (!about.empty()) {
            with.about = theme_named(about);
            if (!with.about) throw CLI::ValidationError("--theme", "there is none called " + about);
        }
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    prepare_last_words();
    return run_all(with) ? 0 : 1;
}
