// yot_run/metrics/metric_families.hpp: the runtime's figures in Prometheus's terms.
// Checked by: metric_families_test.cpp.
#pragma once

#include <yot_run/runtime/runtime_metrics.hpp>

#include <prometheus/metric_family.h>

#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

[[nodiscard]] std::vector<prometheus::MetricFamily> metric_families(const runtime_metrics& metrics);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
