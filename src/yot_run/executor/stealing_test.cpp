// What others may take from a worker.
#include <yot_run/executor/worker.hpp>

#include <yot_run/executor/scripted_core.hpp>
#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::gate;
using test::scripted_core;

task<> write(std::string& trace, char letter) {
    trace += letter;
    co_return;
}

}  // namespace

class stealing_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(stealing_test);
    CPPUNIT_TEST(the_rest_of_a_batch_can_be_stolen);
    CPPUNIT_TEST(tasks_that_yielded_can_be_stolen);
    CPPUNIT_TEST(a_thief_gets_the_oldest_woken_and_then_the_oldest_spawned);
    CPPUNIT_TEST(a_thief_looks_at_every_other_worker);
    CPPUNIT_TEST_SUITE_END();

public:
    void the_rest_of_a_batch_can_be_stolen() {
        scripted_core core;
        std::string trace;
        std::size_t visible = 0;
        core.spawn([&]() -> task<> {
                visible = core.worker(0).approximate_queue_size();
                co_return;
            })
            .detach();
        for (const char letter : {'a', 'b', 'c'}) core.spawn(write(trace, letter)).detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, visible);
    }

    void tasks_that_yielded_can_be_stolen() {
        scripted_core core;
        std::size_t visible = 0;
        for (int i = 0; i < 3; ++i) {
            core.spawn([&]() -> task<> {
                    co_await yield_now();
                    visible = std::max(visible, core.worker(0).approximate_queue_size());
                })
                .detach();
        }
        core.run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, visible);
    }

    void a_thief_gets_the_oldest_woken_and_then_the_oldest_spawned() {
        scripted_core core(2);
        std::string trace;
        core.spawn([&]() -> task<> {
                for (const char letter : {'1', '2'}) spawn(write(trace, letter)).detach();
                // Played by hand, and given to nobody: worker 1 takes and runs.
                sync::thread("thief", [&] {
                    while (task_core* const stolen = core.worker(0).give_to_thief())
                        static_cast<void>(stolen->run(core.core().environment()));
                }).join();
                co_return;
            })
            .detach();
        for (const char letter : {'a', 'b'}) core.spawn(write(trace, letter)).detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(std::string("ab12"), trace);
    }

    // Worker 1 stops in the middle of a poll that spawned; worker 0 finds what lies in its queues.
    void a_thief_looks_at_every_other_worker() {
        constexpr unsigned workers = 4;
        scripted_core core(workers);
        std::string trace;
        std::vector<sync::thread> others;
        std::vector<std::unique_ptr<gate>> stopped;
        gate go_on;
        for (unsigned other = 1; other < workers; ++other) {
            gate& here = *stopped.emplace_back(std::make_unique<gate>());
            core.spawn([&, other]() -> task<> {
                    spawn(write(trace, char('0' + other))).detach();
                    here.unlock();
                    go_on.wait();
                    co_return;
                })
                .detach();
            others.emplace_back("other", [&core, other] { core.worker(other).run(); });
            here.wait();
        }
        core.log(0).on_park = [&] {
            go_on.unlock();
            core.close();
        };
        core.run();
        for (sync::thread& other : others) other.join();
        std::ranges::sort(trace);
        CPPUNIT_ASSERT_EQUAL(std::string("123"), trace);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{workers - 1}, core.counters().steals.get());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(stealing_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
