// stress/scenarios/many_runtimes.cpp: tries to break what runtimes share: several live at once,
// made and destroyed by several threads, and spawn tasks on each other.
//
// Each thread keeps a few runtimes, replaces one at random, and lets a task of one wait for a tree
// of tasks on another.
// Ledger, for each runtime: every task that was spawned has ended; in the end there are as many
// threads and descriptors as before.
// Invariants: every tree has its size. Largest latency: of making and of destroying a runtime.
#include <stress/scenarios/tree.hpp>
#include <stress/scenarios/watched_runtime.hpp>

#include <memory>
#include <thread>
#include <vector>

namespace stress::many_runtimes {

constexpr std::size_t kept = 3;
constexpr unsigned depth = 4;

struct accounts {
    stress::run& run;
    tally& runtimes = run.book().account("runtimes");
    tally& nodes = run.book().account("nodes of trees");
    tally& tasks = run.book().account("tasks spawned");
    latencies& making = run.book().latency("make a runtime");
    latencies& destroying = run.book().latency("destroy a runtime");
    latencies& until_run = run.book().latency("spawn to run");
};

yot_run::task<std::uint64_t> grow_elsewhere(accounts& all, yot_run::runtime& elsewhere, tree next) {
    co_return co_await elsewhere.spawn(grow(all.run, all.until_run, next, steady::now()));
}

class owner {
public:
    owner(accounts& all, std::uint64_t stream) : all_(all), random_(all.run.random(stream)) {}

    void go() {
        while (runtimes_.size() < kept) make();
        while (!all_.run.is_over()) {
            let_them_work();
            if (random_.once_in(4)) {
                destroy(random_.below(runtimes_.size()));
                make();
            }
        }
        while (!runtimes_.empty()) destroy(random_.below(runtimes_.size()));
    }

private:
    void make() {
        yot_run::runtime_options options = options_for(all_.run, 1 + unsigned(random_.below(3)));
        if (random_.once_in(2)) options.placement = yot_run::reactor_placement::idle_workers;
        const auto start = steady::now();
        runtimes_.push_back(std::make_unique<yot_run::runtime>(options));
        all_.making.record(steady::now() - start);
        all_.runtimes.add();
    }
    void let_them_work() {
        yot_run::runtime& here = *runtimes_[random_.below(runtimes_.size())];
        yot_run::runtime& elsewhere = *runtimes_[random_.below(runtimes_.size())];
        const tree next{random_.next(), depth};
        const std::uint64_t found =
            here.block_on(here.spawn(grow_elsewhere(all_, elsewhere, next)));
        all_.nodes.add(found);
        all_.run.require(found == next.size(), [] { return "a tree has another size"; });
    }
    void destroy(std::size_t index) {
        const auto source = runtimes_[index]->metrics_source();
        const auto start = steady::now();
        runtimes_.erase(runtimes_.begin() + std::ptrdiff_t(index));
        all_.destroying.record(steady::now() - start);
        const auto figures = source();
        require_figures_agree(all_.run, figures);
        all_.tasks.add(figures.tasks_spawned);
        all_.run.step();
    }

    accounts& all_;
    generator random_;
    std::vector<std::unique_ptr<yot_run::runtime>> runtimes_;
};

void body(run& run) {
    accounts all{run};
    std::vector<std::thread> threads;
    const unsigned owners = std::min(16U, std::max(2U, run.given().threads));
    for (unsigned index = 0; index < owners; ++index)
        threads.emplace_back([&all, index] { owner(all, index).go(); });
    for (std::thread& each : threads) each.join();
    run.book().expect_at_most("tasks of the trees, without their roots", all.tasks.total(),
                              all.nodes.total());
}

}  // namespace stress::many_runtimes
