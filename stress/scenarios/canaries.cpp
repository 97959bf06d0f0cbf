// stress/scenarios/canaries.cpp: what is wrong on purpose, so that a check that cannot fail is
// noticed. CTest expects each of them to be reported (stress/CMakeLists.txt).
#include <stress/scenarios/watched_runtime.hpp>

#include <unistd.h>

#include <thread>
#include <vector>

namespace stress::canaries {

yot_run::task<> count(run& run, tally& seen) {
    seen.add();
    run.step();
    co_return;
}

// A ledger that does not balance.
void miscount(run& run) {
    tally& seen = run.book().account("tasks");
    watched_runtime runtime(run, 1);
    runtime->block_on(count(run, seen));
    runtime.close();
    run.book().expect_equal("tasks", seen.total() + 1, seen.total());
}

// An invariant that does not hold.
void violation(run& run) {
    run.require(false, [] { return "this is what a violation looks like"; });
}

void lost_descriptor(run& /*run*/) { static_cast<void>(dup(STDERR_FILENO)); }

void lost_memory(run& /*run*/) {
    // Reachable, so that it is the ledger and not a sanitizer that finds it.
    static std::vector<std::vector<int>> kept;
    for (int count = 0; count < 2000; ++count) kept.emplace_back(1, count);
}

}  // namespace stress::canaries
