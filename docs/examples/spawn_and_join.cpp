// Tasks that run at the same time, and handles that give their values, or their exceptions.
#include <yot_run/yot_run.hpp>

#include <iostream>
#include <stdexcept>
#include <vector>

yot_run::task<long> sum_of_squares(long first, long last) {
    long sum = 0;
    for (long number = first; number < last; ++number) {
        sum += number * number;
        if (number % 1000 == 0) co_await yot_run::yield_now();  // Long work gives others a turn.
    }
    co_return sum;
}

yot_run::task<> fails() {
    co_await yot_run::yield_now();
    throw std::runtime_error("out of luck");
}

yot_run::task<> async_main() {
    std::vector<yot_run::join_handle<long>> parts;
    for (long first = 0; first < 100'000; first += 10'000)
        parts.push_back(yot_run::spawn(sum_of_squares(first, first + 10'000)));

    long total = 0;
    for (auto& part : parts) total += co_await part;
    std::cout << "The sum of the first 100000 squares is " << total << ".\n";

    auto failing = yot_run::spawn(fails());
    try {
        co_await failing;
    } catch (const std::runtime_error& error) {
        std::cout << "A task failed: " << error.what() << ".\n";
    }

    auto endless = yot_run::spawn(yot_run::pending<int>());
    endless.abort();
    try {
        co_await endless;
    } catch (const yot_run::task_cancelled&) {
        std::cout << "A task was aborted.\n";
    }

    // A lambda that is a coroutine: hand over the lambda itself, so that its captures stay alive.
    const auto length = co_await yot_run::spawn(
        [text = std::vector<char>(1000, 'x')]() -> yot_run::task<std::size_t> {
            co_await yot_run::yield_now();
            co_return text.size();
        });
    std::cout << "A lambda counted " << length << " characters.\n";
}

YOT_RUN_MAIN(async_main, {.show_ui = false});
