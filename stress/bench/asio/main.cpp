// stress/bench/asio/main.cpp: what the operations of Boost.Asio's coroutines cost.
#include "works.hpp"

int main(int argument_count, char** arguments) {
    return bench::run({.about = "Measures what Boost.Asio's operations cost.",
                       .works = {{"spawn_detached", 1'000'000, bench::spawn_detached},
                                 {"yield", 1'000'000, bench::yield},
                                 {"channel", 500'000, bench::channel},
                                 {"channel_pairs", 1'000'000, bench::channel_pairs},
                                 {"fork_join", 27, bench::fork_join},
                                 {"inject", 1'000'000, bench::inject},
                                 {"wake_idle", 10'000, bench::wake_idle},
                                 {"idle", 1, bench::idle},
                                 {"idle_memory", 1'000'000, bench::idle_memory},
                                 {"timers", 1'000'000, bench::timers},
                                 {"echo", 1, bench::echo}}},
                      argument_count, arguments);
}
