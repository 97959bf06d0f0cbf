// stress/bench/yot_run/main.cpp: what this library's operations cost.
#include "yot_run/works.hpp"

#include <utility>

namespace bench {

namespace {

using yot_run::reactor_placement;

const std::pair<const char*, reactor_placement> placements[] = {
    {"own_thread", reactor_placement::own_thread},
    {"idle_workers", reactor_placement::idle_workers},
};

}  // namespace

std::vector<std::string> placement_names() {
    std::vector<std::string> names;
    for (const auto& [name, placement] : placements) {
        const bool is_default = placement == yot_run::runtime_options().placement;
        names.insert(is_default ? names.begin() : names.end(), name);
    }
    return names;
}

yot_run::runtime_options options_of(const settings& settings) {
    yot_run::runtime_options options{.workers = settings.workers, .thread_name = "bench"};
    for (const auto& [name, placement] : placements) {
        if (settings.placement == name) options.placement = placement;
    }
    return options;
}

}  // namespace bench

int main(int argument_count, char** arguments) {
    return bench::run({.about = "Measures what yot_run's operations cost.",
                       .works = {{"spawn_join", 1'000'000, bench::spawn_join},
                                 {"spawn_detached", 1'000'000, bench::spawn_detached},
                                 {"yield", 1'000'000, bench::yield},
                                 {"notify", 500'000, bench::notify},
                                 {"notify_pairs", 1'000'000, bench::notify_pairs},
                                 {"channel", 500'000, bench::channel},
                                 {"channel_pairs", 1'000'000, bench::channel_pairs},
                                 {"fork_join", 27, bench::fork_join},
                                 {"inject", 1'000'000, bench::inject},
                                 {"wake_idle", 10'000, bench::wake_idle},
                                 {"idle", 1, bench::idle},
                                 {"idle_memory", 1'000'000, bench::idle_memory},
                                 {"timers", 1'000'000, bench::timers},
                                 {"echo", 1, bench::echo}},
                       .placements = bench::placement_names()},
                      argument_count, arguments);
}
