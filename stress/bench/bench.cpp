// stress/bench/bench.cpp: what the runtime's own operations cost.
//
// Prints, for each kind of work, the median and the range of several rounds in nanoseconds an
// operation. Times are for comparing builds and runtimes on one machine in one run, nothing else.
#include <yot_run/yot_run.hpp>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using yot_run::join_handle, yot_run::spawn, yot_run::task;
using steady = std::chrono::steady_clock;

// ---- spawn and join ---------------------------------------------------------------------------

constexpr long spawned_tasks = 1'000'000;

task<long> give(long value) { co_return value; }

task<> spawn_and_join() {
    std::vector<join_handle<long>> handles;
    handles.reserve(spawned_tasks);
    for (long number = 0; number < spawned_tasks; ++number) handles.push_back(spawn(give(number)));
    long sum = 0;
    for (auto& handle : handles) sum += co_await handle;
    if (sum != spawned_tasks * (spawned_tasks - 1) / 2) std::abort();
}

// ---- yield ------------------------------------------------------------------------------------

constexpr int yielding_tasks = 1000;
constexpr int yields_each = 1000;

task<> yield_often() {
    for (int count = 0; count < yields_each; ++count) co_await yot_run::yield_now();
}

task<> yields() {
    std::vector<join_handle<void>> handles;
    for (int count = 0; count < yielding_tasks; ++count) handles.push_back(spawn(yield_often()));
    for (auto& handle : handles) co_await handle;
}

// ---- two tasks that wake each other -----------------------------------------------------------

constexpr int round_trips = 500'000;

// Wakes one waiter, or the next one to wait.
class signal {
public:
    void raise() {
        yot_run::waker waiting;
        {
            const std::lock_guard guard(mutex_);
            raised_ = true;
            waiting = std::move(waiting_);
        }
        if (waiting) std::move(waiting).wake();
    }

    class wait_future {
    public:
        explicit wait_future(signal& on) : on_(&on) {}
        yot_run::poll<> poll(yot_run::context& cx) {
            const std::lock_guard guard(on_->mutex_);
            if (std::exchange(on_->raised_, false)) return {};
            on_->waiting_ = cx.waker().clone();
            return yot_run::poll_pending;
        }

    private:
        signal* on_;
    };
    wait_future wait() { return wait_future(*this); }

private:
    std::mutex mutex_;
    bool raised_ = false;
    yot_run::waker waiting_;
};

task<> ping(signal& here, signal& there) {
    for (int count = 0; count < round_trips; ++count) {
        there.raise();
        co_await here.wait();
    }
}

task<> pong(signal& here, signal& there) {
    for (int count = 0; count < round_trips; ++count) {
        co_await here.wait();
        there.raise();
    }
}

task<> ping_pong() {
    signal one;
    signal other;
    auto first = spawn(ping(one, other));
    auto second = spawn(pong(other, one));
    co_await first;
    co_await second;
}

// ---- fork and join ----------------------------------------------------------------------------

constexpr int fibonacci_argument = 25;
constexpr double fibonacci_calls = 242'785;

task<long> fibonacci(int n) {
    if (n < 2) co_return n;
    auto first = spawn(fibonacci(n - 1));
    auto second = spawn(fibonacci(n - 2));
    const long one = co_await first;
    const long two = co_await second;
    co_return one + two;
}

task<> fork_and_join() {
    const long result = co_await fibonacci(fibonacci_argument);
    if (result != 75'025) std::abort();
}

// ---- running and reporting --------------------------------------------------------------------

struct work {
    std::string name;
    double operations;
    std::function<task<>()> run;
};

const std::vector<work> all_work{
    {"spawn+join", spawned_tasks, spawn_and_join},
    {"yield", double(yielding_tasks) * yields_each, yields},
    {"wake round trip", round_trips, ping_pong},
    {"fork-join", fibonacci_calls, fork_and_join},
};

// The work itself runs on the workers; the thread that waits for it does not take part.
double measure_ns(yot_run::runtime& runtime, const work& work) {
    const auto start = steady::now();
    runtime.block_on(runtime.spawn(work.run));
    return std::chrono::duration<double, std::nano>(steady::now() - start).count() /
           work.operations;
}

void report(const std::string& name, std::vector<double> figures, const char* unit) {
    std::ranges::sort(figures);
    fmt::print("{:<16} {:>9.1f} {}   ({:.1f} to {:.1f})\n", name, figures[figures.size() / 2], unit,
               figures.front(), figures.back());
}

double process_cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return double(time.tv_sec) + double(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_bytes() {
    std::ifstream status("/proc/self/statm");
    double total = 0;
    double resident = 0;
    status >> total >> resident;
    return resident * 4096;
}

void measure_idle(yot_run::runtime& runtime, int seconds) {
    const double before = process_cpu_seconds();
    runtime.block_on(yot_run::sleep_for(std::chrono::seconds(seconds)));
    fmt::print("{:<16} {:>9.3f} ms of CPU in {} s\n", "idle",
               1000 * (process_cpu_seconds() - before), seconds);
}

void measure_memory(yot_run::runtime& runtime) {
    constexpr int tasks = 200'000;
    std::vector<join_handle<void>> handles;
    handles.reserve(tasks);
    const double before = resident_bytes();
    for (int count = 0; count < tasks; ++count)
        handles.push_back(runtime.spawn([]() -> task<> { co_await yot_run::pending(); }()));
    runtime.block_on(yot_run::yield_now());
    fmt::print("{:<16} {:>9.0f} bytes\n", "idle task", (resident_bytes() - before) / tasks);
    for (auto& handle : handles) handle.abort();
}

}  // namespace

int main(int argument_count, char** arguments) {
    unsigned workers = 2;
    unsigned rounds = 5;
    int idle_seconds = 10;
    CLI::App app("Measures what the runtime's own operations cost.");
    app.add_option("--workers", workers, "Worker threads")->check(CLI::PositiveNumber);
    app.add_option("--rounds", rounds, "Rounds of each kind of work")->check(CLI::PositiveNumber);
    app.add_option("--idle-seconds", idle_seconds, "How long to watch the idle runtime; 0: not");
    CLI11_PARSE(app, argument_count, arguments);

    yot_run::runtime runtime({.workers = workers, .thread_name = "bench"});
    fmt::print("{} workers, median of {} rounds (lowest to highest)\n", workers, rounds);
    for (const work& work : all_work) {
        measure_ns(runtime, work);  // A round to warm up.
        std::vector<double> figures;
        for (unsigned round = 0; round < rounds; ++round)
            figures.push_back(measure_ns(runtime, work));
        report(work.name, figures, "ns");
    }
    measure_memory(runtime);
    if (idle_seconds > 0) measure_idle(runtime, idle_seconds);
}
