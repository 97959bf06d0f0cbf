// stress/perturbed/perturb.hpp: moves threads against each other, at random.
//
// Called before every operation of the seams (sync.hpp, sys.hpp). Mostly it does nothing; else it
// spins for a moment, gives the processor away, or, rarely, sleeps some microseconds, so that
// windows of a few instructions are open for as long as it takes another thread to come by. Each
// thread has a generator of its own, which follows from the seed and from the order in which
// threads were started. What the threads then do depends on the machine: the seed repeats the
// decisions, not the run.
#pragma once

#include <cstdint>

namespace stress::perturbation {

// Before any thread perturbs. Until then nothing happens.
void begin(std::uint64_t seed) noexcept;

// Any thread. Orders nothing.
void point() noexcept;

}  // namespace stress::perturbation
