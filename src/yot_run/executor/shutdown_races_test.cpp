#include <yot_run/executor/executor.hpp>

#include <yot_run/executor/process_figures.hpp>
#include <yot_run/executor/running_executor.hpp>
#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::entry;
using test::eventually;
using test::gate;
using test::is_cancelled;
using test::ledger;
using test::running_executor;
using test::tally;

// A task that waits for ever, with something in its frame.
task<> wait_for_ever(entry) { co_await pending(); }

}  // namespace

class shutdown_races_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(shutdown_races_test);
    CPPUNIT_TEST(wakes_may_race_with_it);
    CPPUNIT_TEST(spawns_from_outside_may_race_with_it);
    CPPUNIT_TEST(aborts_and_detaches_may_race_with_it);
    CPPUNIT_TEST_SUITE_END();

public:
    void wakes_may_race_with_it() {
        constexpr int rounds = 50;
        for (int round = 0; round < rounds; ++round) {
            ledger frames;
            gate never(2);
            tally wakes;
            std::vector<sync::thread> wakers;
            sync::atomic<bool> stopping{false};
            {
                running_executor executor(2);
                for (int i = 0; i < 8; ++i) {
                    executor
                        .spawn([&]() -> task<> {
                            const entry own(frames);
                            for (;;) co_await never.passed();
                        })
                        .detach();
                }
                CPPUNIT_ASSERT(eventually([&] { return never.waiting() == 8; }));
                for (int i = 0; i < 2; ++i) {
                    wakers.emplace_back("waker", [&] {
                        std::vector<waker> kept = never.take_wakers();
                        while (!stopping.load(sync::relaxed)) {
                            for (waker& one : kept) one.wake_by_ref();
                            wakes.add();
                            for (waker& one : never.take_wakers()) kept.push_back(std::move(one));
                            if (kept.size() > 100) kept.resize(50);
                        }
                    });
                }
                CPPUNIT_ASSERT(eventually([&] { return wakes.get() > round; }));
            }
            CPPUNIT_ASSERT_EQUAL(0, frames.alive());
            stopping.store(true, sync::relaxed);
            for (sync::thread& thread : wakers) thread.join();
        }
    }

    void spawns_from_outside_may_race_with_it() {
        constexpr int rounds = 50;
        for (int round = 0; round < rounds; ++round) {
            ledger frames;
            tally spawned;
            tally cancelled;
            std::vector<sync::thread> spawners;
            {
                running_executor executor(2);
                for (int i = 0; i < 2; ++i) {
                    spawners.emplace_back(
                        "spawner",
                        [&, core = sync::reference<executor_core>::share(&executor.core())] {
                            for (;;) {
                                auto handle = spawn_on(*core, wait_for_ever(entry(frames)));
                                spawned.add();
                                if (!handle.is_finished()) continue;
                                // Refused, or cancelled already: this is the end.
                                if (is_cancelled(handle)) cancelled.add();
                                return;
                            }
                        });
                }
                CPPUNIT_ASSERT(eventually([&] { return spawned.get() > round; }));
            }
            for (sync::thread& thread : spawners) thread.join();
            CPPUNIT_ASSERT_EQUAL(2, cancelled.get());
            CPPUNIT_ASSERT_EQUAL(0, frames.alive());
        }
    }

    void aborts_and_detaches_may_race_with_it() {
        constexpr int rounds = 50;
        for (int round = 0; round < rounds; ++round) {
            ledger frames;
            gate begun;
            std::optional<running_executor> executor(2);
            std::vector<join_handle<void>> handles;
            for (int i = 0; i < 40; ++i)
                handles.push_back(executor->spawn(wait_for_ever(entry(frames))));
            sync::thread other("other", [&] {
                begun.unlock();
                for (auto& handle : handles) {
                    handle.abort();
                    handle.detach();
                }
            });
            begun.wait();
            executor.reset();
            other.join();
            CPPUNIT_ASSERT_EQUAL(0, frames.alive());
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(shutdown_races_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
