// property_tests/programs/execution.hpp: runs a program in the simulation, with all of its
// properties checked.
#pragma once

#include <property_tests/programs/program.hpp>

#include <yot_run/simulation/options.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace programs {

struct execution {
    yot_run::simulation::report report;  // Its failure names the property.
    std::uint64_t polls = 0;
    std::uint64_t tasks = 0;
    // How often things happened, by what they are.
    std::map<std::string, std::uint64_t> counts;
};

[[nodiscard]] execution execute(const program& what);

}  // namespace programs
