// fuzz/targets/tcp_stream.cpp: a stream keeps its promises whatever its peer does: any fragmentation,
// half-closes, resets, a peer that does not read; and futures dropped at any byte (fuzz/net/).
#include <fuzz/finding.hpp>
#include <fuzz/net/stream_session.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::steps.begin();
    yot_run::fuzzing::stream_session(fuzz::record_reader({data, size})).run();
    return 0;
}
