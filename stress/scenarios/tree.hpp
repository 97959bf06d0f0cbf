// stress/scenarios/tree.hpp: trees of tasks, whose shape follows from a number, so that their size
// is known without growing them.
#pragma once

#include <stress/harness/generator.hpp>
#include <stress/harness/run.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/join_handle.hpp>
#include <yot_run/task/spawn.hpp>
#include <yot_run/task/task.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace stress {

using steady = std::chrono::steady_clock;

struct tree {
    std::uint64_t shape = 0;
    unsigned depth = 0;

    [[nodiscard]] unsigned children() const noexcept {
        return depth == 0 ? 0 : unsigned(mixed(shape) % 5);
    }
    [[nodiscard]] tree child(unsigned index) const noexcept {
        return {mixed(shape + index + 1), depth - 1};
    }
    [[nodiscard]] std::uint64_t size() const noexcept {
        std::uint64_t nodes = 1;
        for (unsigned index = 0; index < children(); ++index) nodes += child(index).size();
        return nodes;
    }
};

// A task for each node; gives how many there were. Records how long each waited for its first poll.
inline yot_run::task<std::uint64_t> grow(run& run, latencies& until_run, tree here,
                                         steady::time_point spawned) {
    until_run.record(steady::now() - spawned);
    run.step();
    std::vector<yot_run::join_handle<std::uint64_t>> children;
    children.reserve(here.children());
    for (unsigned index = 0; index < here.children(); ++index)
        children.push_back(
            yot_run::spawn(grow(run, until_run, here.child(index), steady::now())));
    if (here.shape % 8 == 0) co_await yot_run::yield_now();
    std::uint64_t nodes = 1;
    for (auto& child : children) nodes += co_await child;
    co_return nodes;
}

// Grows trees, one after the other, until the run is over; counts their nodes.
inline yot_run::task<> grow_trees(run& run, tally& nodes, std::uint64_t stream, unsigned depth) {
    generator random = run.random(stream);
    latencies& until_run = run.book().latency("spawn to run");
    while (!run.is_over()) {
        const tree next{random.next(), depth};
        const std::uint64_t expected = next.size();
        const std::uint64_t found =
            co_await yot_run::spawn(grow(run, until_run, next, steady::now()));
        nodes.add(found);
        run.require(found == expected, [&] {
            return "a tree of " + std::to_string(expected) + " tasks had " + std::to_string(found);
        });
    }
}

}  // namespace stress
