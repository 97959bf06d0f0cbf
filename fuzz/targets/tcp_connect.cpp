// fuzz/targets/tcp_connect.cpp: connecting and accepting end as they should whatever goes wrong, a listener
// survives what goes wrong with a connection, and nothing is left (fuzz/net/).
#include <fuzz/finding.hpp>
#include <fuzz/net/connect_session.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::steps.begin();
    yot_run::fuzzing::connect_session(fuzz::record_reader({data, size})).run();
    return 0;
}
