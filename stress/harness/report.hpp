// stress/harness/report.hpp: what is told of runs: as JSON, and as a table.
#pragma once

#include <stress/harness/run.hpp>

#include <string>
#include <vector>

namespace stress {

// The command that repeats the run.
[[nodiscard]] std::string command_of(const plan& plan);

// The JSON of one run that has ended.
[[nodiscard]] std::string report_of(const run& run, double seconds);
// Of one whose process gave no report: it died, or was stuck.
[[nodiscard]] std::string report_of_lost(const plan& plan, const std::string& what, double seconds);
// The JSON of several, with the machine.
[[nodiscard]] std::string report_of_all(const std::vector<std::string>& reports);

// A line for each, and what was wrong, for people.
[[nodiscard]] std::string table_of(const std::vector<std::string>& reports);
// The machine, for people.
[[nodiscard]] std::string machine_line();

// Whether the report says that all was well. Throws std::exception if it is no report.
[[nodiscard]] bool is_good(const std::string& report);

}  // namespace stress
