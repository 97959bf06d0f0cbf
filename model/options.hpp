// model/options.hpp: what the program of a model can be asked for, on its command line.
#pragma once

#include <model/search.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace model {

struct options {
    std::string program;
    std::string scenario;                // Empty: all of them.
    std::optional<search_kind> kind;     // Empty: all that the scenario asks for.
    std::uint64_t executions = 0;        // 0: as the scenario says.
    std::uint64_t scale = 1;             // Times what the scenario says.
    std::uint64_t first = 1;             // The first random execution.
    std::uint64_t execution = 0;         // Not 0: only this random execution, with its steps.
    std::string state;                   // Where a tree search starts.
    std::vector<std::string> mutations;  // order_sites.hpp
    std::string report;                  // A file to which a line for each search is added.
    unsigned time_limit_s = 600;
    bool list = false;
    bool sites = false;
    bool load_buffering = false;
    bool history = false;
    bool raw = false;
};

// Empty: the program has nothing more to do, and `status` is what it returns.
[[nodiscard]] std::optional<options> parse_options(int argc, char** argv, int& status);

}  // namespace model
