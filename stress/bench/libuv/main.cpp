// stress/bench/libuv/main.cpp: what libuv's operations cost.
#include "works.hpp"

#include <uv.h>

#include <stdexcept>
#include <string>

namespace bench {

void check_uv(int result, const char* what) {
    if (result < 0) throw std::runtime_error(std::string(what) + ": " + uv_strerror(result));
}

namespace {

// Refuses what it cannot do, rather than let one thread pass for several.
std::function<metrics(const settings&)> on_one_thread(metrics (*work)(const settings&)) {
    return [work](const settings& settings) {
        if (settings.workers != 1) throw std::runtime_error("libuv has one thread: --workers 1");
        return work(settings);
    };
}

}  // namespace

}  // namespace bench

int main(int argument_count, char** arguments) {
    using bench::on_one_thread;
    return bench::run({.about = "Measures what libuv's operations cost.",
                       .works = {{"idle", 1, on_one_thread(bench::idle)},
                                 {"timers", 1'000'000, on_one_thread(bench::timers)},
                                 {"echo", 1, on_one_thread(bench::echo)}}},
                      argument_count, arguments);
}
