// fuzz/targets/timers.cpp: whatever is done with timers, on one thread: none fires early, none more
// than a millisecond late by the clock, each once, and nothing is left (fuzz/timers/).
#include <fuzz/finding.hpp>
#include <fuzz/timers/session.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::steps.begin();
    yot_run::fuzzing::timer_session(fuzz::record_reader({data, size})).run();
    return 0;
}
