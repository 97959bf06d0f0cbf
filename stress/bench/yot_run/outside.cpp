// stress/bench/yot_run/outside.cpp: tasks that come from a thread outside the runtime.
#include "harness/outside.hpp"

#include "yot_run/works.hpp"

#include <yot_run/task/spawn.hpp>

namespace bench {

namespace {

// A plain function would be no coroutine: this is what a service spawns.
template <class Function>
yot_run::task<> call(Function function) {
    function();
    co_return;
}

}  // namespace

metrics inject(const settings& settings) {
    yot_run::runtime runtime(options_of(settings));
    return cost_of_injecting(settings.count,
                             [&](auto function) { runtime.spawn(call(function)).detach(); });
}

metrics wake_idle(const settings& settings) {
    yot_run::runtime runtime(options_of(settings));
    return latency_of_waking(settings.count,
                             [&](auto function) { runtime.spawn(call(function)).detach(); });
}

}  // namespace bench
