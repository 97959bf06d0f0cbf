// fuzz/targets/canary.cpp: fails on purpose, after three steps that have to be found one by one.
// If it is not found, then nothing else would be.
#include <fuzz/finding.hpp>
#include <fuzz/records.hpp>

using namespace fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    steps.begin();
    int known = 0;
    record_reader input({data, size});
    while (const auto next = input.next()) {
        steps.add({"sing", next->kind});
        if (known == 0 && next->kind == 'y' && next->a == 1) {
            known = 1;
        } else if (known == 1 && next->kind == 'o' && next->b == 2) {
            known = 2;
        } else if (known == 2 && next->kind == 't' && next->c == 3) {
            found("the canary, as it should be");
        }
    }
    return 0;
}
