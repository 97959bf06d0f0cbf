// stress/scenarios/watched_runtime.hpp: a runtime as scenarios use it: the watchdog can ask it for
// its state, its threads can be pinned, and in the end its own figures must agree.
#pragma once

#include <stress/harness/run.hpp>
#include <yot_run/runtime/runtime.hpp>

#include <optional>
#include <string>

namespace stress {

// The names of its threads begin so.
inline constexpr const char* thread_prefix = "stress-";

// What the state of a runtime is, for people: every worker, queue and pending task.
[[nodiscard]] std::string describe(const yot_run::runtime& runtime);

[[nodiscard]] yot_run::runtime_options options_for(run& run, unsigned workers);

// The figures of a runtime that has shut down must agree with each other, or the run ends.
void require_figures_agree(run& run, const yot_run::runtime_metrics& figures);

class watched_runtime {
public:
    // Exceptions that nobody asks for are counted in the account "unobserved exceptions".
    watched_runtime(run& run, unsigned workers);
    watched_runtime(const watched_runtime&) = delete;
    watched_runtime& operator=(const watched_runtime&) = delete;
    ~watched_runtime();

    [[nodiscard]] yot_run::runtime& get() noexcept { return *runtime_; }
    [[nodiscard]] yot_run::runtime* operator->() noexcept { return &*runtime_; }

    // Shuts down, enters its figures into the ledger, and gives them. Once.
    yot_run::runtime_metrics close();

private:
    run& run_;
    std::optional<yot_run::runtime> runtime_;
};

}  // namespace stress
