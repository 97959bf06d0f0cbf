// yot_run/simulation/sys.hpp: the `sys` seam on the kernel of the simulation (kernel/machine.hpp).
#pragma once

#include <yot_run/simulation/kernel/calls.hpp>
#include <yot_run/sync/sync.hpp>

namespace yot_run::inline YOT_RUN_WORLD {

namespace sys = sys_simulated;

}  // namespace yot_run::inline YOT_RUN_WORLD
