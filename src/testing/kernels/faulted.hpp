// testing/kernels/faulted.hpp: the kernel that a contract test runs on: the real one, through the
// world of <yot_run/sys/faulted.hpp>.
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/faulted.hpp>

#include <cstdint>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// As in <testing/kernels/simulated.hpp>.
class test_kernel {
public:
    test_kernel() { sys::fault_plan::clear(); }
    test_kernel(const test_kernel&) = delete;
    test_kernel& operator=(const test_kernel&) = delete;
    ~test_kernel() { sys::fault_plan::clear(); }

    static void fail(sys::call kind, int error, std::uint64_t nth = 1) {
        sys::fault_plan::clear();
        sys::fault_plan::fail(kind, error, nth);
    }
    static void forget_faults() { sys::fault_plan::clear(); }
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
