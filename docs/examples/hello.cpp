// The smallest program: main is a coroutine, run by a runtime that lives as long as it does.
#include <yot_run/yot_run.hpp>

#include <chrono>
#include <iostream>

yot_run::task<> async_main() {
    using namespace std::chrono_literals;
    co_await yot_run::sleep_for(10ms);
    std::cout << "Hello from a coroutine.\n";
}

YOT_RUN_MAIN(async_main, {.show_ui = false})
