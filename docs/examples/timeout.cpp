// Giving up on something that takes too long: the loser of a timeout is cancelled.
#include <yot_run/yot_run.hpp>

#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

yot_run::task<int> answer_after(std::chrono::milliseconds delay) {
    co_await yot_run::sleep_for(delay);
    co_return 42;
}

yot_run::task<> async_main() {
    const auto in_time = co_await yot_run::timeout(10s, answer_after(1ms));
    std::cout << "In time: " << in_time.value() << ".\n";

    const auto too_late = co_await yot_run::timeout(1ms, answer_after(1h));
    std::cout << (too_late ? "Impossible.\n" : "Too late, and cancelled.\n");

    auto ticks = yot_run::interval(1ms);
    for (int tick = 0; tick < 3; ++tick) co_await ticks.tick();
    std::cout << "Three ticks went by.\n";

    const auto winner = co_await yot_run::when_any(answer_after(1h), yot_run::sleep_for(1ms));
    std::cout << "Number " << winner.index() << " of two came first.\n";
}

YOT_RUN_MAIN(async_main, {.show_ui = false});
