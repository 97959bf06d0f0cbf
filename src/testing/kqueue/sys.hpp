// testing/kqueue/sys.hpp: the `sys` seam of a world whose selector is kqueue (calls.hpp).
//
// How a test uses it: it links to yot_run_kqueue, which says so to the compiler, and keeps a
// sys_simulated::machine and its scope. Faults by plan: see testing/kqueue/kevent.cpp.
#pragma once

#include <testing/kqueue/calls.hpp>

#include <yot_run/sync/sync.hpp>

namespace yot_run::inline YOT_RUN_WORLD {

namespace sys = sys_kqueue;

}  // namespace yot_run::inline YOT_RUN_WORLD
