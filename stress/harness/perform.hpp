// stress/harness/perform.hpp: one scenario from beginning to end: the watchdog, the scenario, and
// what must hold after any of them: as many threads, descriptors and blocks of memory as before.
#pragma once

#include <stress/harness/run.hpp>
#include <stress/harness/scenario.hpp>

#include <string>
#include <vector>

namespace stress {

// In this process. The report, as JSON.
[[nodiscard]] std::string perform(const scenario& scenario, const plan& plan);

// In a process of its own, so that no scenario can harm the next. `program` is this program.
[[nodiscard]] std::string perform_apart(const std::string& program, const plan& plan);

}  // namespace stress
