// fuzz/targets/reactor_registration.cpp: whatever is done with registrations, on one thread: the wakers
// that must be called are, no others are, and nothing is left (fuzz/reactor/). Built for several worlds.
#include <fuzz/finding.hpp>
#include <fuzz/reactor/session.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::steps.begin();
    yot_run::fuzzing::session(fuzz::record_reader({data, size})).run();
    return 0;
}
