// testing/kernels/simulated.hpp: the kernel that a contract test runs on: a simulated one, with the
// selector of its world.
#pragma once

#include <yot_run/simulation/kernel/machine.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/sys.hpp>

#include <cstdint>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// While it lives, calls of the seam are calls of this kernel. One at a time.
class test_kernel {
public:
    // The nth call of this kind from now fails; forgets what was planned before.
    void fail(sys::call kind, int error, std::uint64_t nth = 1) {
        machine_.plan_faults(sys_simulated::fail_calls(kind, error, machine_.calls(kind) + nth));
    }
    void forget_faults() { machine_.plan_faults(nullptr); }

private:
    sys_simulated::machine machine_;
    sys_simulated::machine::scope current_{machine_};
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
