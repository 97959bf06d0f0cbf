// stress/bench/yot_run/works.hpp: what the program of this library measures. Each function does
// one work of ../README.md.
#pragma once

#include "harness/program.hpp"

#include <yot_run/runtime/runtime.hpp>

#include <optional>

namespace bench {

// The names of the placements, the library's default first.
[[nodiscard]] std::vector<std::string> placement_names();
[[nodiscard]] yot_run::runtime_options options_of(const settings& settings);

// spawning.cpp
metrics spawn_join(const settings& settings);
metrics spawn_detached(const settings& settings);
metrics yield(const settings& settings);
metrics fork_join(const settings& settings);

// ping_pong.cpp
metrics notify(const settings& settings);
metrics notify_pairs(const settings& settings);
metrics channel(const settings& settings);
metrics channel_pairs(const settings& settings);

// outside.cpp
metrics inject(const settings& settings);
metrics wake_idle(const settings& settings);

// resting.cpp
metrics idle(const settings& settings);
metrics idle_memory(const settings& settings);
metrics timers(const settings& settings);

// echo_server.cpp. Serves until the process is ended.
metrics echo(const settings& settings);

}  // namespace bench
