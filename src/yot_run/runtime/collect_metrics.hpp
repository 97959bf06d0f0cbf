// yot_run/runtime/collect_metrics.hpp: adds up what workers and reactor have counted.
#pragma once

#include <yot_run/executor/executor_core.hpp>
#include <yot_run/reactor/reactor.hpp>
#include <yot_run/runtime/runtime_metrics.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// Any thread that keeps both alive.
[[nodiscard]] runtime_metrics collect_metrics(const executor_core& core, const reactor& reactor);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
