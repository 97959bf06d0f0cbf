// stress/harness/memory.hpp: `operator new` of this program: counts what is in use, and fails where
// a scenario asks it to.
//
// Replaced for the whole program, the runtime included. Failures are asked for by a thread, for a
// scope in which it does not suspend and which the API promises to survive. ThreadSanitizer suffers
// no other `operator new` than its own: there nothing is counted, and nothing fails.
#pragma once

#include <stress/harness/generator.hpp>

#include <cstdint>

namespace stress {

// What was allocated and not yet freed. Exact when no thread is at work. In bytes also, because the
// runtime cuts small frames from large blocks, which one that is left over keeps.
struct memory_use {
    std::uint64_t blocks = 0;
    std::uint64_t bytes = 0;
};
[[nodiscard]] memory_use memory_in_use() noexcept;

// Lets each allocation of this thread fail with that chance, while it lives.
class scarce_memory {
public:
    scarce_memory(generator& random, std::uint64_t once_in) noexcept;
    scarce_memory(const scarce_memory&) = delete;
    scarce_memory& operator=(const scarce_memory&) = delete;
    ~scarce_memory();
};

}  // namespace stress
