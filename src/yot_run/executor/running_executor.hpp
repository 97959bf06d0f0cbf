// yot_run/executor/running_executor.hpp: for tests: an executor with its threads.
#pragma once

#include <yot_run/executor/executor.hpp>
#include <yot_run/task/spawn.hpp>

#include <cstdint>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::test {

class running_executor : public internal::executor {
public:
    explicit running_executor(unsigned workers) : running_executor(with(workers)) {}
    explicit running_executor(internal::executor_options options)
        : executor(std::move(options), environment()) {}

    static internal::executor_options with(unsigned workers) {
        internal::executor_options options;
        options.workers = workers;
        return options;
    }
    template <runnable W>
    auto spawn(W&& work) {
        return internal::spawn_on(core(), std::forward<W>(work));
    }
    // What all workers have counted of one thing.
    [[nodiscard]] std::uint64_t total(internal::counter internal::worker_counters::* which) const {
        std::uint64_t sum = 0;
        for (unsigned index = 0; index < core().worker_count(); ++index)
            sum += (core().worker_at(index).counters().*which).get();
        return sum;
    }
};

}  // namespace yot_run::inline YOT_RUN_WORLD::test
