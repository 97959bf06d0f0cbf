// stress/bench/tbb/main.cpp: what oneTBB's operations cost. It has tasks that run to their end, and
// nothing to wait for but each other: so no yield, no ping-pong, no I/O, no timers.
#include "harness/fibonacci.hpp"
#include "harness/gate.hpp"
#include "harness/measure.hpp"
#include "harness/outside.hpp"
#include "harness/program.hpp"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <atomic>
#include <cstdint>

namespace bench {

namespace {

// Worker threads, and no place for the thread that waits for them.
class pool {
public:
    explicit pool(unsigned workers)
        : control_(tbb::global_control::max_allowed_parallelism, workers + 1),
          arena_(int(workers), 0) {}

    template <class Function>
    void submit(Function function) {
        arena_.enqueue(function);
    }

    // Runs it on a worker, and waits for it.
    template <class Function>
    void run(Function function) {
        gate done;
        arena_.enqueue([&] {
            function();
            done.open();
        });
        done.wait();
    }

private:
    tbb::global_control control_;
    tbb::task_arena arena_;
};

metrics spawn_join(const settings& settings) {
    pool pool(settings.workers);
    return cost_of_rounds(double(settings.count), [&] {
        pool.run([&] {
            tbb::task_group group;
            for (std::uint64_t number = 0; number < settings.count; ++number) group.run([] {});
            group.wait();
        });
    });
}

metrics spawn_detached(const settings& settings) {
    pool pool(settings.workers);
    return cost_of_rounds(double(settings.count), [&] {
        latch_gate done(settings.count);
        pool.run([&] {
            for (std::uint64_t number = 0; number < settings.count; ++number)
                pool.submit([&] { done.count_down(); });
        });
        done.wait();
    });
}

std::uint64_t fibonacci(std::uint64_t n) {
    if (n < 2) return n;
    std::uint64_t one = 0;
    std::uint64_t two = 0;
    tbb::task_group group;
    group.run([&] { one = fibonacci(n - 1); });
    group.run([&] { two = fibonacci(n - 2); });
    group.wait();
    return one + two;
}

metrics fork_join(const settings& settings) {
    pool pool(settings.workers);
    return cost_of_rounds(fibonacci_calls(settings.count), [&] {
        std::uint64_t result = 0;
        pool.run([&] { result = fibonacci(settings.count); });
        require(result == fibonacci_of(settings.count), "the Fibonacci number");
    });
}

metrics inject(const settings& settings) {
    pool pool(settings.workers);
    return cost_of_injecting(settings.count,
                             [&](auto function) { pool.submit(function); });
}

metrics wake_idle(const settings& settings) {
    pool pool(settings.workers);
    return latency_of_waking(settings.count,
                             [&](auto function) { pool.submit(function); });
}

metrics idle(const settings& settings) {
    pool pool(settings.workers);
    pool.run([] {});
    return watch_idle(settings.seconds);
}

}  // namespace

}  // namespace bench

int main(int argument_count, char** arguments) {
    return bench::run({.about = "Measures what oneTBB's operations cost.",
                       .works = {{"spawn_join", 1'000'000, bench::spawn_join},
                                 {"spawn_detached", 1'000'000, bench::spawn_detached},
                                 {"fork_join", 27, bench::fork_join},
                                 {"inject", 1'000'000, bench::inject},
                                 {"wake_idle", 10'000, bench::wake_idle},
                                 {"idle", 1, bench::idle}}},
                      argument_count, arguments);
}
