// property_tests/kernel/kernel.cpp: the simulated kernel (yot_run/simulation/kernel/calls.hpp) does what the
// real one does: the same calls, made on both, give the same errors, the same bytes, and the same
// events in the same order.
#include <property_tests/kernel/operation.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <iostream>

namespace {

using namespace kernel_property;

// Says how often each call was made, and finds those that were never answered with success.
bool report(const statistics& counts) {
    bool is_complete = true;
    for (std::size_t i = 0; i < kinds_of_calls; ++i) {
        const auto kind = static_cast<call_kind>(i);
        const auto found = counts.find(kind);
        std::cout << name_of(kind) << ":";
        bool has_succeeded = false;
        if (found != counts.end()) {
            for (const auto& [outcome, count] : found->second) {
                std::cout << "  " << outcome << " " << count;
                has_succeeded |= outcome.starts_with("ok");
            }
        }
        std::cout << (has_succeeded ? "\n" : "  NEVER SUCCEEDED\n");
        is_complete &= has_succeeded;
    }
    return is_complete;
}

}  // namespace

int main() {
    statistics counts;
    std::size_t sequences = 0;
    const bool holds = rc::check("the simulated kernel answers as the real one does", [&] {
        const operations all = *any_operations();
        both_kernels kernels(counts);
        perform(all, kernels);
        ++sequences;
    });
    // A few sequences, as when one is repeated, need not contain everything.
    const bool is_complete = report(counts) || sequences < 100;
    return holds && is_complete ? 0 : 1;
}
