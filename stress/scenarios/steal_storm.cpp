// stress/scenarios/steal_storm.cpp: tries to break the deques, stealing, and the search for work.
//
// Trees of tasks grow from a few roots, so that most workers live on what they steal; a thread
// outside keeps the injector busy at the same time.
// Ledger: every tree has as many tasks as its shape says; the runtime has spawned as many as all of
// them together; all have given a value.
// Invariants: as for all scenarios. Largest latency: from a task's spawn to its first poll.
#include <stress/scenarios/tree.hpp>
#include <stress/scenarios/watched_runtime.hpp>

#include <string>
#include <thread>
#include <vector>

namespace stress::steal_storm {

constexpr unsigned depth = 8;  // Some hundred tasks a tree.
constexpr unsigned small_depth = 2;

// Trees that come through the injector.
void inject(run& run, yot_run::runtime& runtime, tally& nodes) {
    generator random = run.random(1);
    latencies& until_run = run.book().latency("spawn to run");
    while (!run.is_over()) {
        const tree next{random.next(), small_depth};
        auto handle = runtime.spawn(grow(run, until_run, next, steady::now()));
        const std::uint64_t found = runtime.block_on(std::move(handle));
        nodes.add(found);
        run.require(found == next.size(), [] { return "an injected tree has another size"; });
    }
}

void body(run& run) {
    ledger& book = run.book();
    tally& nodes = book.account("nodes of trees");
    book.latency("spawn to run");
    watched_runtime runtime(run, run.given().threads);
    const unsigned roots = std::max(1U, run.given().threads / 2);
    std::vector<yot_run::join_handle<void>> growers;
    for (unsigned root = 0; root < roots; ++root)
        growers.push_back(runtime->spawn(grow_trees(run, nodes, 10 + root, depth)));
    std::thread injector([&] { inject(run, runtime.get(), nodes); });
    for (auto& each : growers) runtime->block_on(std::move(each));
    injector.join();
    const auto figures = runtime.close();
    book.expect_equal("tasks of the trees, and their roots", nodes.total() + roots,
                      figures.tasks_spawned);
    book.expect_equal("completed tasks", figures.tasks_spawned, figures.tasks_completed);
}

}  // namespace stress::steal_storm
