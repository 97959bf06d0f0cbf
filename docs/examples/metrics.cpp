// The runtime's own figures, without Prometheus: a snapshot that any thread can take.
#include <yot_run/yot_run.hpp>

#include <iostream>
#include <vector>

yot_run::task<> short_life() { co_await yot_run::yield_now(); }

yot_run::task<> many_short_lives() {
    std::vector<yot_run::join_handle<void>> handles;
    for (int count = 0; count < 1000; ++count) handles.push_back(yot_run::spawn(short_life()));
    for (auto& handle : handles) co_await handle;
}

int main() {
    yot_run::runtime runtime({.workers = 2, .thread_name = "example", .measure_polls = true});
    runtime.block_on(many_short_lives());

    const yot_run::runtime_metrics metrics = runtime.metrics();
    std::cout << "spawned " << metrics.tasks_spawned << ", completed " << metrics.tasks_completed
              << ", pending " << metrics.tasks_pending << '\n';
    for (std::size_t index = 0; index < metrics.workers.size(); ++index) {
        const yot_run::worker_metrics& worker = metrics.workers[index];
        std::cout << "worker " << index << ": " << worker.polls << " polls, " << worker.steals
                  << " steals, " << worker.parks << " parks\n";
    }
}
