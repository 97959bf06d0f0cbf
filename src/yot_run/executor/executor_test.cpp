#include <yot_run/executor/executor.hpp>

#include <yot_run/executor/process_figures.hpp>
#include <yot_run/executor/running_executor.hpp>
#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::entry;
using test::eventually;
using test::gate;
using test::ledger;
using test::mailbox;
using test::running_executor;
using test::tally;
using test::wait_for;

// Doubles itself `depth` times.
task<> grow(int depth, tally& leaves, entry) {
    if (depth == 0) {
        leaves.add();
        co_return;
    }
    ledger own;
    auto left = spawn(grow(depth - 1, leaves, entry(own)));
    auto right = spawn(grow(depth - 1, leaves, entry(own)));
    co_await left;
    co_await right;
}

// Blocks its worker, on purpose, until all have met.
task<> meet(gate& all) {
    all.unlock();
    all.wait();
    co_return;
}

constexpr unsigned worker_counts[] = {1, 2, 64, 256};

}  // namespace

class executor_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(executor_test);
    CPPUNIT_TEST(zero_workers_are_refused);
    CPPUNIT_TEST(every_spawned_task_completes_once);
    CPPUNIT_TEST(every_task_of_a_growing_tree_completes);
    CPPUNIT_TEST(no_wake_from_outside_is_lost);
    CPPUNIT_TEST(no_wake_between_tasks_is_lost);
    CPPUNIT_TEST(wakes_during_polls_are_kept);
    CPPUNIT_TEST(exceptions_never_kill_a_worker);
    CPPUNIT_TEST(each_unobserved_exception_reaches_the_handler_once);
    CPPUNIT_TEST(threads_have_names);
    CPPUNIT_TEST(a_thread_may_spawn_after_entering);
    CPPUNIT_TEST(tasks_of_two_executors_may_wait_for_one_another);
    CPPUNIT_TEST(an_aborted_task_ends_one_way_or_the_other);
    CPPUNIT_TEST(figures_agree_when_all_is_done);
    CPPUNIT_TEST_SUITE_END();

public:
    void zero_workers_are_refused() {
        CPPUNIT_ASSERT_THROW(running_executor(0), std::invalid_argument);
    }

    void every_spawned_task_completes_once() {
        constexpr int count = 2'000;
        for (const unsigned workers : worker_counts) {
            ledger frames;
            tally completed;
            {
                running_executor executor(workers);
                std::vector<join_handle<int>> handles;
                const auto work = [&completed](entry, int number) -> task<int> {
                    for (int yields = number % 3; yields > 0; --yields) co_await yield_now();
                    completed.add();
                    co_return number;
                };
                for (int number = 0; number < count; ++number)
                    handles.push_back(executor.spawn(work(entry(frames), number)));
                for (int number = 0; number < count; ++number)
                    CPPUNIT_ASSERT_EQUAL(number, wait_for(handles[std::size_t(number)]));
            }
            CPPUNIT_ASSERT_EQUAL(count, completed.get());
            CPPUNIT_ASSERT_EQUAL(0, frames.alive());
        }
    }

    void every_task_of_a_growing_tree_completes() {
        for (const unsigned workers : worker_counts) {
            ledger frames;
            tally leaves;
            running_executor executor(workers);
            auto root = executor.spawn(grow(11, leaves, entry(frames)));
            wait_for(root);
            CPPUNIT_ASSERT_EQUAL(1 << 11, leaves.get());
        }
    }

    void no_wake_from_outside_is_lost() {
        constexpr int rounds = 3'000;
        running_executor executor(2);
        std::vector<sync::thread> threads;
        for (int index = 0; index < 2; ++index) {
            threads.emplace_back("outside-" + std::to_string(index), [&executor] {
                mailbox to_task;
                mailbox to_thread;
                auto echo = executor.spawn([&]() -> task<> {
                    for (int round = 0; round < rounds; ++round) {
                        co_await to_task.receive();
                        to_thread.send();
                    }
                });
                for (int round = 0; round < rounds; ++round) {
                    to_task.send();
                    wait_for(to_thread.receive());
                }
                wait_for(echo);
            });
        }
        for (sync::thread& thread : threads) thread.join();
    }

    void no_wake_between_tasks_is_lost() {
        constexpr int rounds = 3'000;
        for (const unsigned workers : {1U, 2U, 4U}) {
            running_executor executor(workers);
            std::vector<join_handle<void>> handles;
            std::vector<std::unique_ptr<mailbox>> boxes;
            for (int pair = 0; pair < 4; ++pair) {
                mailbox& left = *boxes.emplace_back(std::make_unique<mailbox>());
                mailbox& right = *boxes.emplace_back(std::make_unique<mailbox>());
                const auto play = [](mailbox& own, mailbox& other) -> task<> {
                    for (int round = 0; round < rounds; ++round) {
                        co_await own.receive();
                        other.send();
                    }
                };
                handles.push_back(executor.spawn(play(left, right)));
                handles.push_back(executor.spawn(play(right, left)));
                left.send();
            }
            for (auto& handle : handles) wait_for(handle);
        }
    }

    // The poll hands its waker to another thread and waits until that has used it: so the wake falls
    // into the poll, every time.
    void wakes_during_polls_are_kept() {
        constexpr int rounds = 500;
        running_executor executor(2);
        for (const bool consumed : {false, true}) {
            int polls = 0;
            auto handle = executor.spawn(test::polled_by([&](context& cx) -> poll<> {
                if (++polls == rounds) return {};
                gate woken;
                sync::thread other("waker",
                                   [&woken, consumed, mine = cx.waker().clone()]() mutable {
                                       if (consumed)
                                           std::move(mine).wake();
                                       else
                                           mine.wake_by_ref();
                                       woken.unlock();
                                   });
                woken.wait();
                other.join();
                return poll_pending;
            }));
            wait_for(handle);
            CPPUNIT_ASSERT_EQUAL(rounds, polls);
        }
    }

    void exceptions_never_kill_a_worker() {
        constexpr unsigned workers = 4;
        running_executor executor(workers);
        gate all_met(workers);
        std::vector<join_handle<void>> handles;
        const auto meet_and_throw = [](gate& here) -> task<> {
            co_await meet(here);
            throw std::runtime_error("on every worker");
        };
        for (unsigned i = 0; i < workers; ++i)
            handles.push_back(executor.spawn(meet_and_throw(all_met)));
        for (auto& handle : handles) CPPUNIT_ASSERT_THROW(wait_for(handle), std::runtime_error);
        gate met_again(workers);
        handles.clear();
        for (unsigned i = 0; i < workers; ++i) handles.push_back(executor.spawn(meet(met_again)));
        for (auto& handle : handles) wait_for(handle);
    }

    void each_unobserved_exception_reaches_the_handler_once() {
        constexpr int count = 500;
        std::vector<std::unique_ptr<tally>> seen;
        for (int number = 0; number < count; ++number) seen.push_back(std::make_unique<tally>());
        executor_options options = running_executor::with(3);
        options.on_unobserved = [&](const std::exception_ptr& error) {
            try {
                std::rethrow_exception(error);
            } catch (const int number) {
                seen[std::size_t(number)]->add();
            }
        };
        const auto fail = [](int number) -> task<> {
            if (number % 2 == 0) co_await yield_now();
            throw number;
        };
        {
            running_executor executor(options);
            std::vector<join_handle<void>> kept;
            for (int number = 0; number < count; ++number) {
                auto handle = executor.spawn(fail(number));
                if (number % 3 == 0) kept.push_back(std::move(handle));
            }
            CPPUNIT_ASSERT(
                eventually([&] { return executor.total(&worker_counters::failed) == count; }));
        }
        for (const auto& times : seen) CPPUNIT_ASSERT_EQUAL(1, times->get());
    }

    void threads_have_names() {
        executor_options options = running_executor::with(11);
        options.thread_name = "named";
        const running_executor executor(options);
        CPPUNIT_ASSERT(eventually([] {
            std::vector<std::string> names = test::thread_names("named-");
            std::ranges::sort(names);
            return names == std::vector<std::string>{"named-0", "named-1", "named-10", "named-2",
                                                     "named-3", "named-4", "named-5",  "named-6",
                                                     "named-7", "named-8", "named-9"};
        }));
    }

    void a_thread_may_spawn_after_entering() {
        running_executor executor(2);
        tally ran;
        CPPUNIT_ASSERT_THROW(spawn(pending()).detach(), std::logic_error);
        sync::thread outside("outside", [&] {
            const environment_scope inside(executor.core().environment());
            for (int i = 0; i < 100; ++i) {
                auto handle = spawn([&]() -> task<> {
                    ran.add();
                    co_return;
                });
                wait_for(handle);
            }
        });
        outside.join();
        CPPUNIT_ASSERT_EQUAL(100, ran.get());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{100}, executor.core().spawned_outside());
    }

    void tasks_of_two_executors_may_wait_for_one_another() {
        running_executor ours(2);
        running_executor theirs(1);
        auto root = ours.spawn([&]() -> task<int> {
            int sum = 0;
            for (int round = 0; round < 200; ++round) {
                auto there = theirs.spawn([&, round]() -> task<int> {
                    auto back_here = ours.spawn(ready(round));
                    co_return co_await back_here;
                });
                sum += co_await there;
            }
            co_return sum;
        });
        CPPUNIT_ASSERT_EQUAL(199 * 200 / 2, wait_for(root));
    }

    void an_aborted_task_ends_one_way_or_the_other() {
        constexpr int rounds = 2'000;
        ledger frames;
        int completed = 0;
        int cancelled = 0;
        {
            running_executor executor(2);
            for (int round = 0; round < rounds; ++round) {
                auto handle = executor.spawn([](entry, int yields) -> task<int> {
                    for (; yields > 0; --yields) co_await yield_now();
                    co_return 7;
                }(entry(frames), round % 5));
                for (int polls = round % 7; polls > 0; --polls) std::ignore = handle.is_finished();
                handle.abort();
                try {
                    CPPUNIT_ASSERT_EQUAL(7, wait_for(handle));
                    ++completed;
                } catch (const task_cancelled&) {
                    ++cancelled;
                }
            }
            CPPUNIT_ASSERT_EQUAL(std::uint64_t(completed),
                                 executor.total(&worker_counters::completed));
            CPPUNIT_ASSERT_EQUAL(std::uint64_t(cancelled),
                                 executor.total(&worker_counters::cancelled));
        }
        CPPUNIT_ASSERT_EQUAL(rounds, completed + cancelled);
        CPPUNIT_ASSERT_EQUAL(0, frames.alive());
    }

    void figures_agree_when_all_is_done() {
        running_executor executor(3);
        tally leaves;
        ledger frames;
        auto root = executor.spawn(grow(9, leaves, entry(frames)));
        wait_for(root);
        auto failed = executor.spawn([]() -> task<> {
            throw 1;
            co_return;
        });
        CPPUNIT_ASSERT_THROW(wait_for(failed), int);
        auto aborted = executor.spawn(pending());
        aborted.abort();
        CPPUNIT_ASSERT_THROW(wait_for(aborted), task_cancelled);
        // A task is taken from its list a moment after whoever awaits it was woken.
        CPPUNIT_ASSERT(eventually([&] { return executor.core().live_task_count() == 0; }));
        const std::uint64_t spawned =
            executor.core().spawned_outside() + executor.total(&worker_counters::spawned);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{(1 << 10) - 1 + 2}, spawned);
        CPPUNIT_ASSERT_EQUAL(spawned - 2, executor.total(&worker_counters::completed));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, executor.total(&worker_counters::failed));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, executor.total(&worker_counters::cancelled));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, executor.core().injector_depth());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(executor_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
