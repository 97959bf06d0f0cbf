// yot_run/runtime/options.hpp: what a runtime is made of.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <exception>
#include <functional>
#include <string>

namespace yot_run::inline YOT_RUN_WORLD {

// min(hardware threads, 10).
[[nodiscard]] unsigned default_worker_count() noexcept;

// Who drives the reactor: takes the turns in which it waits for sockets and timers.
enum class reactor_placement {
    // A worker that has nothing else to do: an event is handled on the thread that noticed it, and
    // no other one is woken for it (docs/performance.md has what that saves). Busy workers look every
    // 61 polls. A worker that handles an event leaves the reactor to nobody until then, also when
    // others sleep: so a poll that takes long can hold up I/O and timers.
    idle_workers,
    // A thread of its own: I/O is noticed however busy the workers are, at the price of waking a
    // worker for each event. For programs whose polls may take long.
    own_thread,
};

struct runtime_options {
    // Threads that run tasks, at least 1; block_on's caller is not one of them.
    unsigned workers = default_worker_count();

    // Threads are named "<thread_name>-<index>" and "<thread_name>-io"; systems show 15 bytes of it.
    std::string thread_name = "yot-run";

    reactor_placement placement = reactor_placement::idle_workers;

    // Called with an exception that nobody can ask for any more: of a task without a join handle, or
    // whose handle was destroyed without being awaited. On any thread, perhaps several at a time, and
    // after the runtime is gone if such a handle outlives it; the task has ended. Empty: a line on
    // stderr. Either way it is counted (runtime_metrics).
    std::function<void(std::exception_ptr)> unhandled_exception = {};

    // Measures how long polls take, on a sample of one in 64: about a nanosecond a poll. Everything
    // else in runtime_metrics is always counted.
    bool measure_polls = false;

    // A signal (SIGUSR1, say) at which the runtime prints a dump() on stderr, from a thread of its own,
    // "<thread_name>-dump". 0: none. One runtime of a process for each signal; others throw
    // std::system_error. Simulated programs get no signals.
    int dump_signal = 0;
};

}  // namespace yot_run::inline YOT_RUN_WORLD
