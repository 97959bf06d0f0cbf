#include "service.hpp"

#include <yot_run/simulation/simulation.hpp>
#include <yot_run/version.hpp>

#include <cstdio>

int main() {
    yot_run::simulation::explore({.runs = 50}, [] {
        yot_run::runtime runtime({.workers = 2});
        if (runtime.block_on(receive_one_byte()) != 42) yot_run::simulation::fail("not the byte");
    });
    std::puts("consumer of yot_run " YOT_RUN_VERSION);
}
