#include "service.hpp"

#include <yot_run/version.hpp>

#include <cstdio>

int main() {
    yot_run::runtime runtime({.workers = 2});
    const int received = runtime.block_on(receive_one_byte());
    std::puts("consumer of yot_run " YOT_RUN_VERSION);
    return received == 42 ? 0 : 1;
}
