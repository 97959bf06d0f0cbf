#include <stress/harness/perform.hpp>

#include <stress/harness/memory.hpp>
#include <stress/harness/process.hpp>
#include <stress/harness/report.hpp>
#include <stress/harness/watchdog.hpp>

#include <fmt/core.h>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <exception>
#include <optional>
#include <string_view>
#include <thread>

extern char** environ;

namespace stress {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// What the standard library and the harness may keep. A scenario that leaks does so thousands of
// times.
constexpr memory_use kept{.blocks = 1000, .bytes = 512 * 1024};

double seconds_since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
}

// A thread that was joined is in /proc for a moment longer.
std::size_t thread_count_when_it_is(std::size_t expected) {
    const auto start = clock::now();
    while (thread_count() > expected && seconds_since(start) < 10)
        std::this_thread::sleep_for(1ms);
    return thread_count();
}

std::vector<std::string> arguments_of(const std::string& program, const plan& plan) {
    std::vector<std::string> arguments{program,
                                       "run",
                                       plan.scenario,
                                       "--threads",
                                       std::to_string(plan.threads),
                                       "--seconds",
                                       fmt::format("{}", plan.seconds),
                                       "--seed",
                                       std::to_string(plan.seed),
                                       "--patience",
                                       fmt::format("{}", plan.patience),
                                       "--report",
                                       "json"};
    if (plan.reactor != placement::by_seed) {
        arguments.emplace_back("--reactor");
        arguments.emplace_back(plan.reactor == placement::own_thread ? "own" : "workers");
    }
    if (plan.pin) arguments.emplace_back("--pin");
    if (plan.perturb) arguments.emplace_back("--perturb");
    if (plan.quiet) arguments.emplace_back("--quiet");
    return arguments;
}

std::string read_all(int descriptor) {
    std::string text;
    std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t count = read(descriptor, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return text;
        text.append(buffer.data(), std::size_t(count));
    }
}

std::string what_ended(int status) {
    if (WIFSIGNALED(status)) return fmt::format("it died: {}", strsignal(WTERMSIG(status)));
    if (WEXITSTATUS(status) == exit_stuck) return "stuck: nothing moved; see above";
    return fmt::format("it ended with status {}; see above", WEXITSTATUS(status));
}

void perform_guarded(const scenario& scenario, run& run) {
    try {
        scenario.body(run);
    } catch (const std::exception& error) {
        run.book().violate(fmt::format("the scenario threw: {}", error.what()));
    }
}

}  // namespace

std::string perform(const scenario& scenario, const plan& plan) {
    run run(plan);
    ledger& book = run.book();
    if (!scenario.is_canary) perturb_from(plan.seed);
    const auto start = clock::now();
    std::thread([] {}).join();  // With its first thread a sanitizer may start one of its own.
    const std::size_t descriptors = descriptor_count();
    const std::size_t threads = thread_count();
    std::optional<watchdog> guard(run);
    const memory_use before = memory_in_use();
    // On a thread of its own: the runtime may keep memory for a thread that spawns, until its end.
    std::thread([&] { perform_guarded(scenario, run); }).join();
    run.describe_with({});
    guard.reset();
    book.expect_equal("descriptors", descriptors, descriptor_count());
    book.expect_equal("threads", threads, thread_count_when_it_is(threads));
    const memory_use after = memory_in_use();
    book.expect_at_most("blocks of memory left over", before.blocks + kept.blocks, after.blocks);
    book.expect_at_most("bytes of memory left over", before.bytes + kept.bytes, after.bytes);
    return report_of(run, seconds_since(start));
}

std::string perform_apart(const std::string& program, const plan& plan) {
    std::vector<std::string> arguments = arguments_of(program, plan);
    std::vector<char*> pointers;
    for (std::string& each : arguments) pointers.push_back(each.data());
    pointers.push_back(nullptr);

    const auto start = clock::now();
    std::array<int, 2> pipe_ends{};
    if (pipe(pipe_ends.data()) != 0) return report_of_lost(plan, "no pipe", 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, pipe_ends[0]);
    posix_spawn_file_actions_addclose(&actions, pipe_ends[1]);
    pid_t child = 0;
    const int error =
        posix_spawn(&child, program.c_str(), &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_ends[1]);
    std::string report = error == 0 ? read_all(pipe_ends[0]) : std::string();
    close(pipe_ends[0]);
    if (error != 0) return report_of_lost(plan, std::strerror(error), 0);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    const bool ended_well = WIFEXITED(status) && WEXITSTATUS(status) == exit_good;
    try {
        // A sanitizer may complain at the end of a program whose report is good.
        if (is_good(report) == ended_well) return report;
    } catch (const std::exception&) {  // No report.
    }
    return report_of_lost(plan, what_ended(status), seconds_since(start));
}

}  // namespace stress
