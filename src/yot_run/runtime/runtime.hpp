// yot_run/runtime/runtime.hpp: workers and reactor, put together.
//
//   yot_run::runtime runtime;
//   int answer = runtime.block_on([]() -> yot_run::task<int> { co_return 42; });
//
// Lifetime: tasks, handles, wakers, sockets and timers may outlive the runtime. After the shutdown
// every task has ended (with `task_cancelled`, if it was still alive), wakers do nothing, and I/O
// answers std::errc::operation_canceled.
// Checked by: runtime_test.cpp, shutdown_test.cpp, block_on_test.cpp.
#pragma once

#include <yot_run/executor/executor_core.hpp>
#include <yot_run/runtime/block_on.hpp>
#include <yot_run/runtime/options.hpp>
#include <yot_run/runtime/runtime_metrics.hpp>
#include <yot_run/sync/reference.hpp>
#include <yot_run/sys/sys.hpp>
#include <yot_run/task/spawn.hpp>

#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {

// How a shutdown with a deadline went.
struct shutdown_report {
    // Workers that were still at work at the deadline: inside a poll, if they had time to finish all
    // others. Their tasks, and whatever those can reach, stay alive.
    unsigned stuck_workers = 0;
    [[nodiscard]] bool complete() const noexcept { return stuck_workers == 0; }
};

// While it lives, `spawn` and I/O on the thread that made it use the runtime. Destroyed on the same
// thread, in reverse order of making. May outlive the runtime.
class [[nodiscard]] enter_guard {
public:
    explicit enter_guard(sync::reference<internal::executor_core> core,
                         sync::reference<internal::reactor> reactor) noexcept;
    ~enter_guard();
    enter_guard(const enter_guard&) = delete;
    enter_guard& operator=(const enter_guard&) = delete;

private:
    sync::reference<internal::executor_core> core_;
    sync::reference<internal::reactor> reactor_;
    environment_scope scope_;
};

class runtime {
public:
    // Starts the threads. Throws std::invalid_argument (zero workers) or std::system_error (the
    // system refused a thread, or the descriptors of the reactor).
    explicit runtime(runtime_options options = {});
    runtime(runtime&&) noexcept;
    runtime& operator=(runtime&&) = delete;
    // Shuts down and waits for workers that are inside a poll, as long as they take. On one of its
    // own workers that would wait for itself: says so on stderr and ends the program.
    ~runtime();

    // Polls `work` on the calling thread until it is ready and gives its value, or throws what it
    // threw. Tasks that it spawned and did not await go on afterwards.
    // Threads: any outside the workers, several at a time; elsewhere throws std::logic_error.
    template <runnable W>
    internal::runnable_output<W> block_on(W&& work) {
        auto future = internal::as_future(std::forward<W>(work));
        return internal::block_on_here(core().environment(), future);
    }

    // As the free function `spawn`, from any thread.
    template <runnable W>
    join_handle<internal::runnable_output<W>> spawn(
        W&& work, const std::source_location& place = std::source_location::current()) {
        return internal::spawn_on(core(), std::forward<W>(work), place);
    }

    // Lets the calling thread use `spawn` and I/O without being blocked in block_on.
    [[nodiscard]] enter_guard enter() noexcept;

    // Refuses new tasks, cancels the live ones at their next suspension, and waits for that until the
    // timeout. May be called again. Not on a worker: throws std::logic_error.
    shutdown_report shutdown_timeout(sys::duration timeout);

    // The figures of this moment. Any thread.
    [[nodiscard]] runtime_metrics metrics() const;
    // What everybody does, as text for people: each task that has not ended, with its state, where it
    // was spawned, what it waits for, and where in its chain of coroutines; each worker, its queues, and
    // the reactor. For a program that hangs. Tasks in the queue of a worker that have not been polled
    // yet are only counted. Any thread, also while workers are stuck. Throws std::bad_alloc.
    [[nodiscard]] std::string dump() const;
    // A function that gives the same, and stays valid after the runtime is gone.
    [[nodiscard]] std::function<runtime_metrics()> metrics_source() const;

private:
    struct parts;

    [[nodiscard]] internal::executor_core& core() const noexcept;

    std::unique_ptr<parts> parts_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD
