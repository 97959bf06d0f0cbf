// stress/bench/yot_run/spawning.cpp: tasks that do next to nothing, so that the rest is the
// runtime.
#include "harness/fibonacci.hpp"
#include "harness/measure.hpp"
#include "yot_run/signal.hpp"
#include "yot_run/works.hpp"

#include <yot_run/task/spawn.hpp>

#include <atomic>
#include <cstdint>
#include <vector>

namespace bench {

namespace {

using yot_run::join_handle, yot_run::spawn, yot_run::task;

// The work itself runs on the workers; the thread that waits for it does not take part.
metrics measure(const settings& settings, double operations, task<> (*start)(std::uint64_t count)) {
    yot_run::runtime runtime(options_of(settings));
    return cost_of_rounds(operations,
                          [&] { runtime.block_on(runtime.spawn(start(settings.count))); });
}

task<std::uint64_t> give(std::uint64_t value) { co_return value; }

task<> spawn_and_join(std::uint64_t count) {
    std::vector<join_handle<std::uint64_t>> handles;
    handles.reserve(count);
    for (std::uint64_t number = 0; number < count; ++number) handles.push_back(spawn(give(number)));
    std::uint64_t sum = 0;
    for (auto& handle : handles) sum += co_await handle;
    require(sum == count * (count - 1) / 2, "the sum of what the tasks gave");
}

struct countdown {
    std::atomic<std::uint64_t> left;
    signal done;
};

task<> count_down(countdown& countdown) {
    // Acquire and release: the last one passes on what all the others wrote.
    if (countdown.left.fetch_sub(1, std::memory_order_acq_rel) == 1) countdown.done.raise();
    co_return;
}

task<> spawn_and_count(std::uint64_t count) {
    countdown countdown{.left = count, .done = {}};
    for (std::uint64_t number = 0; number < count; ++number) spawn(count_down(countdown)).detach();
    co_await countdown.done.wait();
}

constexpr std::uint64_t yielding_tasks = 1000;

task<std::uint64_t> yield_often(std::uint64_t times) {
    std::uint64_t done = 0;
    for (; done < times; ++done) co_await yot_run::yield_now();
    co_return done;
}

task<> yield_in_all(std::uint64_t count) {
    std::vector<join_handle<std::uint64_t>> handles;
    for (std::uint64_t number = 0; number < yielding_tasks; ++number)
        handles.push_back(spawn(yield_often(count / yielding_tasks)));
    std::uint64_t sum = 0;
    for (auto& handle : handles) sum += co_await handle;
    require(sum == count / yielding_tasks * yielding_tasks, "the number of yields");
}

task<std::uint64_t> fibonacci(std::uint64_t n) {
    if (n < 2) co_return n;
    auto first = spawn(fibonacci(n - 1));
    auto second = spawn(fibonacci(n - 2));
    const std::uint64_t one = co_await first;
    const std::uint64_t two = co_await second;
    co_return one + two;
}

task<> check_fibonacci(std::uint64_t n) {
    require(co_await fibonacci(n) == fibonacci_of(n), "the Fibonacci number");
}

}  // namespace

metrics spawn_join(const settings& settings) {
    return measure(settings, double(settings.count), spawn_and_join);
}

metrics spawn_detached(const settings& settings) {
    return measure(settings, double(settings.count), spawn_and_count);
}

metrics yield(const settings& settings) {
    return measure(settings, double(settings.count), yield_in_all);
}

metrics fork_join(const settings& settings) {
    return measure(settings, fibonacci_calls(settings.count), check_fibonacci);
}

}  // namespace bench
