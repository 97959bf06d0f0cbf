// model/search.hpp: one search of one scenario, in a process of its own.
//
// A model that goes wrong may crash or hang; so the search is forked, and reports through memory
// that it shares with its parent.
#pragma once

#include <model/harness.hpp>
#include <model/load_buffering_pairs.hpp>

#include <cstdint>
#include <string>

namespace model {

enum class search_kind { random, bounded, tree };

[[nodiscard]] const char* name_of(search_kind kind) noexcept;

struct search_request {
    const scenario* what = nullptr;
    search_kind kind = search_kind::random;
    std::uint64_t first = 1;  // The number of the first execution of a random search.
    std::uint64_t executions = 1;
    std::string state;           // Where a tree search starts: what a failed one printed.
    bool prints_history = true;  // Of a failed execution.
    bool prints_all = false;     // The history of one execution, failed or not,
    bool prints_raw = false;     // or each step as it happens, in Relacy's words.
    bool records_sites = false;
    bool records_load_buffering = false;  // On the view machine.
    const site* target = nullptr;         // What is changed, and how.
    plan instead{};
    unsigned time_limit_s = 600;
};

enum class search_end {
    passed,   // Nothing was found, and everything was searched that was asked for.
    stopped,  // Nothing was found in as many executions as were asked for; there are more.
    found,    // `result` was found in `execution`.
    crashed,  // The process died in or after `execution`.
    hung,     // The time limit was reached in `execution`.
};

struct search_report {
    search_end end = search_end::crashed;
    rl::test_result_e result = rl::test_result_success;
    std::uint64_t execution = 0;       // The number of the last one.
    std::uint64_t executions = 0;      // How many there were,
    std::uint64_t distinct = 0;        // and how many of them differed.
    std::uint64_t target_reached = 0;  // How often what is changed was run.
    double seconds = 0;
    int status = 0;  // Of the process, if it crashed.
    site_table sites{};
    load_buffering_table load_buffering{};
};

[[nodiscard]] search_report search(const search_request& request);

}  // namespace model
