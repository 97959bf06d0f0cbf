// When there is plenty to do, every worker takes part.
#include <yot_run/executor/executor.hpp>

#include <yot_run/executor/process_figures.hpp>
#include <yot_run/executor/running_executor.hpp>
#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::eventually;
using test::gate;
using test::running_executor;
using test::wait_for;

// Blocks its worker, on purpose, until all have met.
task<> meet(gate& all) {
    all.unlock();
    all.wait();
    co_return;
}

constexpr unsigned worker_counts[] = {1, 2, 64, 256};

}  // namespace

class spreading_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(spreading_test);
    CPPUNIT_TEST(tasks_from_outside_spread_over_all_workers);
    CPPUNIT_TEST(tasks_of_one_worker_spread_over_all_workers);
    CPPUNIT_TEST(woken_tasks_spread_over_all_workers);
    CPPUNIT_TEST_SUITE_END();

public:
    // Each task blocks its worker until all of them have met: only as many workers as there are
    // tasks can get past that.
    void tasks_from_outside_spread_over_all_workers() {
        for (const unsigned workers : worker_counts) {
            running_executor executor(workers);
            for (int round = 0; round < 5; ++round) {
                gate all_met(workers);
                std::vector<join_handle<void>> handles;
                for (unsigned i = 0; i < workers; ++i)
                    handles.push_back(executor.spawn(meet(all_met)));
                for (auto& handle : handles) wait_for(handle);
            }
        }
    }

    void tasks_of_one_worker_spread_over_all_workers() {
        for (const unsigned workers : worker_counts) {
            running_executor executor(workers);
            for (int round = 0; round < 5; ++round) {
                gate all_met(workers);
                auto first = executor.spawn([&]() -> task<> {
                    std::vector<join_handle<void>> others;
                    for (unsigned i = 1; i < workers; ++i) others.push_back(spawn(meet(all_met)));
                    co_await meet(all_met);
                    for (auto& other : others) co_await other;
                });
                wait_for(first);
            }
        }
    }

    // One that wakes them all takes part from the slot: the others must have been taken from it.
    void woken_tasks_spread_over_all_workers() {
        for (const unsigned workers : worker_counts) {
            running_executor executor(workers);
            for (int round = 0; round < 5; ++round) {
                gate go;
                gate all_met(workers);
                std::vector<join_handle<void>> handles;
                const auto wait_and_meet = [&]() -> task<> {
                    co_await go.passed();
                    co_await meet(all_met);
                };
                for (unsigned i = 0; i < workers; ++i)
                    handles.push_back(executor.spawn(wait_and_meet));
                CPPUNIT_ASSERT(eventually([&] { return go.waiting() == workers; }));
                executor
                    .spawn([&]() -> task<> {
                        go.unlock();
                        co_return;
                    })
                    .detach();
                for (auto& handle : handles) wait_for(handle);
            }
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(spreading_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
