#include <yot_run/runtime/runtime.hpp>

#include <yot_run/executor/executor.hpp>
#include <yot_run/reactor/reactor.hpp>
#include <yot_run/reactor/reactor_thread.hpp>
#include <yot_run/reactor/timer.hpp>
#include <yot_run/runtime/collect_metrics.hpp>
#include <yot_run/runtime/reactor_parking.hpp>
#include <yot_run/runtime/signal_dump.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

sync::reference<internal::reactor> make_reactor() {
    auto made = internal::reactor::create();
    if (!made)
        throw std::system_error(made.error(),
                                "yot_run: the reactor could not get its descriptors (epoll, eventfd)");
    return *std::move(made);
}

internal::executor_options executor_options_of(const runtime_options& options) {
    internal::executor_options result;
    result.workers = options.workers;
    result.thread_name = options.thread_name;
    result.on_unobserved = options.unhandled_exception;
    result.sample_poll_durations = options.measure_polls;
    return result;
}

environment environment_of(internal::reactor& reactor) {
    environment result;
    result.reactor = &reactor;
    return result;
}

std::string describe(internal::executor_core& core, const internal::reactor& reactor) {
    description result;
    const internal::reactor_counters io = reactor.counters();
    result.line("runtime with " + std::to_string(core.worker_count()) + " workers; reactor: " +
                std::to_string(io.registered_sockets) + " sockets, " +
                std::to_string(io.active_timers) + " timers, " + std::to_string(io.turns) +
                " turns");
    core.describe(result);
    return result.text();
}

}  // namespace

unsigned default_worker_count() noexcept { return std::min(sync::hardware_threads(), 10U); }

// In the order of their lives: tasks end before whatever drives their I/O, and that before the
// reactor is shut down.
struct runtime::parts {
    explicit parts(const runtime_options& options) : reactor(make_reactor()) {
        internal::executor_options for_executor = executor_options_of(options);
        if (options.placement == reactor_placement::own_thread) {
            reactor_thread.emplace(reactor, options.thread_name + "-io");
        } else {
            for_executor.make_parking =
                [seat = sync::make_shared_object<internal::driver_seat>(reactor)](unsigned) {
                    return std::make_unique<internal::reactor_parking>(seat);
                };
        }
        executor.emplace(std::move(for_executor), environment_of(*reactor));
        if (options.dump_signal != 0) {
            dumps.emplace(
                options.dump_signal, options.thread_name + "-dump",
                [core = sync::reference<internal::executor_core>::share(&executor->core()),
                 reactor = reactor] { return describe(*core, *reactor); });
        }
    }
    ~parts() {
        executor.reset();
        dumps.reset();  // Until here a shutdown that hangs can say why.
        reactor_thread.reset();
        reactor->shut_down();
    }

    sync::reference<internal::reactor> reactor;
    std::optional<internal::reactor_thread> reactor_thread;
    std::optional<internal::executor> executor;
    std::optional<internal::signal_dump> dumps;
};

runtime::runtime(runtime_options options) : parts_(std::make_unique<parts>(options)) {}

runtime::runtime(runtime&&) noexcept = default;

runtime::~runtime() {
    if (!parts_) return;
    if (core().is_on_worker()) {
        std::fputs(
            "yot_run: a runtime was destroyed on one of its own workers, which would wait for itself: "
            "keep the runtime outside its tasks\n",
            stderr);
        std::terminate();
    }
}

internal::executor_core& runtime::core() const noexcept { return parts_->executor->core(); }

enter_guard::enter_guard(sync::reference<internal::executor_core> core,
                         sync::reference<internal::reactor> reactor) noexcept
    : core_(std::move(core)), reactor_(std::move(reactor)), scope_(core_->environment()) {}

enter_guard::~enter_guard() = default;

enter_guard runtime::enter() noexcept {
    return enter_guard(sync::reference<internal::executor_core>::share(&core()), parts_->reactor);
}

shutdown_report runtime::shutdown_timeout(sys::duration timeout) {
    if (core().is_on_worker())
        throw std::logic_error(
            "shutdown_timeout was called inside a task, which would wait for itself: call it on a "
            "thread outside the runtime");
    return {parts_->executor->shutdown(internal::time_after(timeout))};
}

std::string runtime::dump() const { return describe(core(), *parts_->reactor); }

runtime_metrics runtime::metrics() const {
    return internal::collect_metrics(core(), *parts_->reactor);
}

std::function<runtime_metrics()> runtime::metrics_source() const {
    return [core = sync::reference<internal::executor_core>::share(&core()),
            reactor = parts_->reactor] { return internal::collect_metrics(*core, *reactor); };
}

}  // namespace yot_run::inline YOT_RUN_WORLD
