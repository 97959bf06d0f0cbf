// stress/scenarios/starved_worker.cpp: tries to break what goes on while one thread stands still: a
// worker, or the reactor's thread, is stopped for milliseconds wherever it is, with a lock held, a
// task in its hands or an exchange half done.
//
// A thread cannot be stopped alone without privileges, so it gets a signal whose handler sleeps.
// Every system call that it was in is interrupted, too.
// Ledger: trees have their sizes, rings keep their tokens, all tasks have given a value; how often
// threads were stopped.
// Invariants: as for all scenarios. Largest latencies: from spawn or wake to the poll, stops
// included.
#include <stress/harness/process.hpp>
#include <stress/scenarios/ring.hpp>
#include <stress/scenarios/tree.hpp>
#include <stress/scenarios/watched_runtime.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <system_error>
#include <thread>

namespace stress::starved_worker {

using namespace std::chrono_literals;

constexpr int stop_signal = SIGUSR2;
constexpr std::size_t members = 32;

// Relaxed: figures. Written before the signal is sent, and read in its handler.
std::atomic<long> stop_for_ns{0};
std::atomic<std::uint64_t> stops{0};

void stand_still(int /*signal*/) {
    const int error = errno;
    const timespec time{0, stop_for_ns.load(std::memory_order_relaxed)};
    nanosleep(&time, nullptr);
    stops.fetch_add(1, std::memory_order_relaxed);
    errno = error;
}

// Sets the handler while it lives. Without SA_RESTART: system calls are to be interrupted.
class handled_signal {
public:
    handled_signal() {
        struct sigaction action {};
        action.sa_handler = stand_still;
        if (sigaction(stop_signal, &action, &before_) != 0)
            throw std::system_error(errno, std::system_category(), "sigaction");
    }
    handled_signal(const handled_signal&) = delete;
    handled_signal& operator=(const handled_signal&) = delete;
    ~handled_signal() { sigaction(stop_signal, &before_, nullptr); }

private:
    struct sigaction before_ {};
};

void stop_threads(run& run, const std::vector<pid_t>& threads) {
    generator random = run.random(1);
    while (!run.is_over()) {
        stop_for_ns.store(long(random.below(random.once_in(8) ? 80'000'000 : 5'000'000)),
                          std::memory_order_relaxed);
        syscall(SYS_tgkill, getpid(), threads[random.below(threads.size())], stop_signal);
        std::this_thread::sleep_for(std::chrono::microseconds(random.below(10'000)));
    }
}

void body(run& run) {
    ledger& book = run.book();
    tally& nodes = book.account("nodes of trees");
    book.latency("spawn to run");
    const handled_signal handled;
    watched_runtime runtime(run, run.given().threads);
    const std::size_t threads = run.given().threads + (run.workers_drive_reactor() ? 0 : 1);
    std::thread stopper([&run, named = threads_named(thread_prefix, threads)] {
        stop_threads(run, named);
    });
    ring ring(run, members);
    ring.start(runtime.get(), members / 4);
    std::vector<yot_run::join_handle<void>> growers;
    for (unsigned index = 0; index < run.given().threads; ++index)
        growers.push_back(runtime->spawn(grow_trees(run, nodes, 10 + index, 6)));
    stopper.join();
    for (auto& each : growers) runtime->block_on(std::move(each));
    ring.finish(runtime.get());
    const auto figures = runtime.close();
    book.account("stops").add(stops.exchange(0, std::memory_order_relaxed));
    book.expect_equal("tasks", nodes.total() + run.given().threads + members,
                      figures.tasks_spawned);
    book.expect_equal("completed tasks", figures.tasks_spawned, figures.tasks_completed);
}

}  // namespace stress::starved_worker
