// stress/bench/harness/program.hpp: what the C++ programs of the benchmark have in common: the
// command line, the works by their names, and the line of JSON that each work ends with.
//
//   PROGRAM list                    the works it can do, one a line
//   PROGRAM placements              what --placement takes, one a line, the default first
//   PROGRAM WORK [--workers N] ...  does that work, and prints its metrics
//
// The protocol is described in ../README.md. Uses no runtime, so that it favours none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

// What the command line asks for.
struct settings {
    unsigned workers = 2;
    std::uint64_t count = 0;         // How much to do, in a unit that the work defines.
    std::size_t message_bytes = 64;  // Of an echo.
    double seconds = 2;              // How long to watch an idle runtime.
    std::string placement;           // Empty: the default.
};

// Names and values, in the order in which they are printed.
using metrics = std::vector<std::pair<std::string, double>>;

struct work {
    std::string name;
    std::uint64_t default_count;
    std::function<metrics(const settings&)> run;
};

struct program {
    std::string about;
    std::vector<work> works;
    std::vector<std::string> placements = {};
};

// The `main` of a program: gives its exit status, which is 1 when a work throws.
[[nodiscard]] int run(const program& program, int argument_count, char** arguments);

// Throws std::runtime_error unless `true`: a program checks its own results by it.
void require(bool holds, const char* what);

// Prints a server's first line, by which ci/bench learns that it listens, and where.
void announce_port(unsigned port);

}  // namespace bench
