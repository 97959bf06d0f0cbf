// property_tests/programs/last_words.hpp: a process that dies tells in which program.
#pragma once

#include <cstdint>

namespace programs {

// From now on a deadly signal writes "program INDEX dies of signal NUMBER" before it takes its
// course; so does SIGTERM, for a program that does not come to its end. Leaves alone what a
// sanitizer handles.
void prepare_last_words();

// The program that is about to run.
void note_program(std::uint64_t index);

}  // namespace programs
