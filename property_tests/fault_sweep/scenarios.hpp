// property_tests/fault_sweep/scenarios.hpp: small programs that use everything of the library that
// makes system calls, and note down each error that they are told of.
//
// Whatever fails, a scenario ends by itself: its waits have an end. At last it does something else
// that must work: what failed once has harmed nothing.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <system_error>
#include <vector>

namespace fault_sweep {

// The errors that a scenario was told of, as results or exceptions.
struct errors_seen {
    std::set<int> numbers;
    bool has_struck = false;  // The fault of this run.

    void add(const std::error_code& error) { numbers.insert(error.value()); }
};

struct scenario {
    std::string name;
    std::function<void(errors_seen&)> run;
    bool has_reactor_thread = true;  // Besides the two workers.
};

[[nodiscard]] const std::vector<scenario>& all_scenarios();

}  // namespace fault_sweep
