// stress/bench/harness/process_figures.hpp: what the kernel knows about a process.
//
// Any thread. Each throws std::system_error or std::runtime_error when the kernel does not tell.
#pragma once

#include <sys/types.h>

namespace bench {

// CPU time of all threads of this process, user and system.
[[nodiscard]] double cpu_seconds();
// The same of another one.
[[nodiscard]] double cpu_seconds(pid_t process);

[[nodiscard]] double resident_bytes();
[[nodiscard]] double resident_bytes(pid_t process);

// The most memory that this process ever had.
[[nodiscard]] double peak_mib();
// How often its threads went to sleep by themselves.
[[nodiscard]] double voluntary_switches();

// Lets this process open as many descriptors as its hard limit has.
void raise_descriptor_limit();

}  // namespace bench
