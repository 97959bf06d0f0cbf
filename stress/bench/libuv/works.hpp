// stress/bench/libuv/works.hpp: what the program of libuv measures. It is one loop on one thread:
// so it takes part where that is asked for, and has no tasks.
#pragma once

#include "harness/program.hpp"

namespace bench {

// Throws std::runtime_error with libuv's text when `result` is an error.
void check_uv(int result, const char* what);

// resting.cpp
metrics idle(const settings& settings);
metrics timers(const settings& settings);

// echo_server.cpp. Serves until the process is ended.
metrics echo(const settings& settings);

}  // namespace bench
