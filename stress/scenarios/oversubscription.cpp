// stress/scenarios/oversubscription.cpp: tries to break everything that relies on a thread's being
// scheduled: many more workers than processors, so that any of them stands still in any place.
//
// Trees grow, tokens go round in rings, and timers fire.
// Ledger: trees have their sizes, rings keep their tokens, all tasks have given a value.
// Invariants: as for all scenarios. Largest latencies: from spawn or wake to the poll.
#include <stress/scenarios/ring.hpp>
#include <stress/scenarios/tree.hpp>
#include <stress/scenarios/watched_runtime.hpp>

#include <yot_run/reactor/timer.hpp>

#include <algorithm>

namespace stress::oversubscription {

constexpr unsigned times = 16;
constexpr std::size_t members = 64;

yot_run::task<> sleep_again_and_again(run& run, std::uint64_t stream) {
    generator random = run.random(stream);
    latencies& lateness = run.book().latency("timer lateness");
    while (!run.is_over()) {
        const auto time = std::chrono::microseconds(random.below(5000));
        const auto deadline = steady::now() + time;
        co_await yot_run::sleep_for(time);
        lateness.record(steady::now() - deadline);
        run.require(steady::now() >= deadline, [] { return "a timer came early"; });
        run.step();
    }
}

void body(run& run) {
    ledger& book = run.book();
    tally& nodes = book.account("nodes of trees");
    book.latency("spawn to run");
    book.latency("timer lateness");
    const unsigned workers = std::min(256U, std::max(32U, times * run.given().threads));
    book.account("workers").add(workers);
    watched_runtime runtime(run, workers);
    ring ring(run, members);
    ring.start(runtime.get(), members / 8);
    const unsigned each_kind = std::max(4U, run.given().threads);
    std::vector<yot_run::join_handle<void>> tasks;
    for (unsigned index = 0; index < each_kind; ++index) {
        tasks.push_back(runtime->spawn(grow_trees(run, nodes, 10 + index, 6)));
        tasks.push_back(runtime->spawn(sleep_again_and_again(run, 1000 + index)));
    }
    for (auto& each : tasks) runtime->block_on(std::move(each));
    ring.finish(runtime.get());
    const auto figures = runtime.close();
    book.expect_equal("tasks", nodes.total() + 2 * each_kind + members, figures.tasks_spawned);
    book.expect_equal("completed tasks", figures.tasks_spawned, figures.tasks_completed);
}

}  // namespace stress::oversubscription
