#include <stress/scenarios/watched_runtime.hpp>

#include <stress/harness/process.hpp>

#include <chrono>
#include <exception>

namespace stress {

using namespace std::chrono_literals;

std::string describe(const yot_run::runtime& runtime) { return runtime.dump(); }

yot_run::runtime_options options_for(run& run, unsigned workers) {
    yot_run::runtime_options options;
    options.workers = workers;
    options.thread_name = std::string(thread_prefix, sizeof("stress") - 1);
    options.placement = run.workers_drive_reactor() ? yot_run::reactor_placement::idle_workers
                                                    : yot_run::reactor_placement::own_thread;
    options.unhandled_exception = [&unobserved = run.book().account("unobserved exceptions")](
                                      const std::exception_ptr&) { unobserved.add(); };
    return options;
}

void require_figures_agree(run& run, const yot_run::runtime_metrics& figures) {
    const std::uint64_t ended =
        figures.tasks_completed + figures.tasks_failed + figures.tasks_cancelled;
    run.require(figures.tasks_spawned == ended && figures.tasks_pending == 0, [&] {
        return "after the shutdown " + std::to_string(figures.tasks_spawned) +
               " tasks were spawned, " + std::to_string(ended) + " ended and " +
               std::to_string(figures.tasks_pending) + " are pending";
    });
    run.require(figures.registered_sockets == 0 && figures.active_timers == 0, [&] {
        return "after the shutdown " + std::to_string(figures.registered_sockets) +
               " sockets are registered and " + std::to_string(figures.active_timers) +
               " timers active";
    });
}

watched_runtime::watched_runtime(run& run, unsigned workers)
    : run_(run), runtime_(options_for(run, workers)) {
    run_.describe_with([this] { return describe(*runtime_); });
    if (run_.given().pin) pin_to_processors(threads_named(thread_prefix, workers));
}

watched_runtime::~watched_runtime() { run_.describe_with({}); }

yot_run::runtime_metrics watched_runtime::close() {
    ledger& book = run_.book();
    const auto source = runtime_->metrics_source();
    runtime_->shutdown_timeout(24h);  // The watchdog is less patient.
    const yot_run::runtime_metrics figures = source();
    run_.describe_with({});
    runtime_.reset();

    book.account("runtime: spawned").add(figures.tasks_spawned);
    book.account("runtime: completed").add(figures.tasks_completed);
    book.account("runtime: failed").add(figures.tasks_failed);
    book.account("runtime: cancelled").add(figures.tasks_cancelled);
    for (const yot_run::worker_metrics& worker : figures.workers) {
        book.account("runtime: polls").add(worker.polls);
        book.account("runtime: steals").add(worker.steals);
        book.account("runtime: parks").add(worker.parks);
    }
    book.expect_equal("spawned tasks have ended", figures.tasks_spawned,
                      figures.tasks_completed + figures.tasks_failed + figures.tasks_cancelled);
    book.expect_equal("pending tasks", 0, figures.tasks_pending);
    book.expect_equal("registered sockets", 0, figures.registered_sockets);
    book.expect_equal("active timers", 0, figures.active_timers);
    book.expect_equal("unobserved exceptions, by the handler",
                      book.account("unobserved exceptions").total(), figures.unobserved_failures);
    return figures;
}

}  // namespace stress
