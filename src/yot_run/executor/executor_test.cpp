#include <yot_run/executor/executor.hpp>

#include <yot_run/executor/parker.hpp>
#include <yot_run/executor/process_figures.hpp>
#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
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
using test::tally;
using test::wait_for;

class running : public executor {
public:
    explicit running(unsigned workers) : running(with(workers)) {}
    explicit running(executor_options options) : executor(std::move(options), environment()) {}

    static executor_options with(unsigned workers) {
        executor_options options;
        options.workers = workers;
        return options;
    }
    template <runnable W>
    auto spawn(W&& work) {
        return spawn_on(core(), std::forward<W>(work));
    }
    [[nodiscard]] std::uint64_t total(counter worker_counters::*which) const {
        std::uint64_t sum = 0;
        for (unsigned index = 0; index < core().worker_count(); ++index)
            sum += (core().worker_at(index).counters().*which).get();
        return sum;
    }
    // Every worker has gone to sleep and not come back.
    [[nodiscard]] bool all_asleep() const {
        const std::uint64_t unparks = total(&worker_counters::unparks);
        return total(&worker_counters::parks) == unparks + core().worker_count();
    }
};

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

// Notes on which clock the worker's processor time runs, when it first goes to sleep.
class clocked_parking final : public parking {
public:
    explicit clocked_parking(clockid_t& clock) : clock_(clock) {}
    void park() noexcept override {
        pthread_getcpuclockid(pthread_self(), &clock_);
        inner_.park();
    }
    void unpark() noexcept override { inner_.unpark(); }

private:
    clockid_t& clock_;
    parker inner_;
};

std::chrono::nanoseconds time_on(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

constexpr unsigned worker_counts[] = {1, 2, 64, 256};

}  // namespace

class executor_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(executor_test);
    CPPUNIT_TEST(zero_workers_are_refused);
    CPPUNIT_TEST(every_spawned_task_completes_once);
    CPPUNIT_TEST(every_task_of_a_growing_tree_completes);
    CPPUNIT_TEST(tasks_from_outside_spread_over_all_workers);
    CPPUNIT_TEST(tasks_of_one_worker_spread_over_all_workers);
    CPPUNIT_TEST(woken_tasks_spread_over_all_workers);
    CPPUNIT_TEST(no_wake_from_outside_is_lost);
    CPPUNIT_TEST(no_wake_between_tasks_is_lost);
    CPPUNIT_TEST(wakes_during_polls_are_kept);
    CPPUNIT_TEST(exceptions_never_kill_a_worker);
    CPPUNIT_TEST(each_unobserved_exception_reaches_the_handler_once);
    CPPUNIT_TEST(threads_have_names);
    CPPUNIT_TEST(an_idle_executor_uses_no_processor_time);
    CPPUNIT_TEST(a_thread_may_spawn_after_entering);
    CPPUNIT_TEST(tasks_of_two_executors_may_wait_for_one_another);
    CPPUNIT_TEST(an_aborted_task_ends_one_way_or_the_other);
    CPPUNIT_TEST(figures_agree_when_all_is_done);
    CPPUNIT_TEST_SUITE_END();

public:
    void zero_workers_are_refused() {
        CPPUNIT_ASSERT_THROW(running(0), std::invalid_argument);
    }

    void every_spawned_task_completes_once() {
        constexpr int count = 2'000;
        for (const unsigned workers : worker_counts) {
            ledger frames;
            tally completed;
            {
                running executor(workers);
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
            running executor(workers);
            auto root = executor.spawn(grow(11, leaves, entry(frames)));
            wait_for(root);
            CPPUNIT_ASSERT_EQUAL(1 << 11, leaves.get());
        }
    }

    // Each task blocks its worker until all of them have met: only as many workers as there are
    // tasks can get past that.
    void tasks_from_outside_spread_over_all_workers() {
        for (const unsigned workers : worker_counts) {
            running executor(workers);
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
            running executor(workers);
            for (int round = 0; round < 5; ++round) {
                gate all_met(workers);
                auto first = executor.spawn([&]() -> task<> {
                    for (unsigned i = 1; i < workers; ++i) spawn(meet(all_met)).detach();
                    all_met.unlock();
                    all_met.wait();
                    co_return;
                });
                wait_for(first);
            }
        }
    }

    // One that wakes them all takes part from the slot: the others must have been taken from it.
    void woken_tasks_spread_over_all_workers() {
        for (const unsigned workers : worker_counts) {
            running executor(workers);
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
                executor.spawn([&]() -> task<> {
                            go.unlock();
                            co_return;
                        })
                    .detach();
                for (auto& handle : handles) wait_for(handle);
            }
        }
    }

    void no_wake_from_outside_is_lost() {
        constexpr int rounds = 3'000;
        running executor(2);
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
            running executor(workers);
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
        running executor(2);
        for (const bool consumed : {false, true}) {
            int polls = 0;
            auto handle = executor.spawn(test::polled_by([&](context& cx) -> poll<> {
                if (++polls == rounds) return {};
                gate woken;
                sync::thread other("waker", [&woken, consumed, mine = cx.waker().clone()]() mutable {
                    if (consumed) std::move(mine).wake();
                    else mine.wake_by_ref();
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
        running executor(workers);
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
        executor_options options = running::with(3);
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
            running executor(options);
            std::vector<join_handle<void>> kept;
            for (int number = 0; number < count; ++number) {
                auto handle = executor.spawn(fail(number));
                if (number % 3 == 0) kept.push_back(std::move(handle));
            }
            CPPUNIT_ASSERT(eventually([&] {
                return executor.total(&worker_counters::failed) == count;
            }));
        }
        for (const auto& times : seen) CPPUNIT_ASSERT_EQUAL(1, times->get());
    }

    void threads_have_names() {
        executor_options options = running::with(11);
        options.thread_name = "named";
        const running executor(options);
        CPPUNIT_ASSERT(eventually([] {
            std::vector<std::string> names = test::thread_names("named-");
            std::ranges::sort(names);
            return names == std::vector<std::string>{"named-0", "named-1", "named-10", "named-2",
                                                     "named-3", "named-4", "named-5", "named-6",
                                                     "named-7", "named-8", "named-9"};
        }));
    }

    // While this thread uses up a good deal of processor time, and another executor works.
    void an_idle_executor_uses_no_processor_time() {
        constexpr unsigned workers = 8;
        std::vector<clockid_t> clocks(workers);
        executor_options options = running::with(workers);
        options.make_parking = [&](unsigned index) {
            return std::make_unique<clocked_parking>(clocks[index]);
        };
        running idle(options);
        tally leaves;
        ledger frames;
        auto warm_up = idle.spawn(grow(8, leaves, entry(frames)));
        wait_for(warm_up);
        CPPUNIT_ASSERT(eventually([&] { return idle.all_asleep(); }));
        const std::uint64_t unparks = idle.total(&worker_counters::unparks);
        const auto used = [&clocks] {
            std::chrono::nanoseconds sum{0};
            for (const clockid_t clock : clocks) sum += time_on(clock);
            return sum;
        };
        const auto used_before = used();

        running busy(2);
        const auto until = time_on(CLOCK_THREAD_CPUTIME_ID) + std::chrono::milliseconds(100);
        while (time_on(CLOCK_THREAD_CPUTIME_ID) < until) {
            auto work = busy.spawn(grow(4, leaves, entry(frames)));
            wait_for(work);
        }
        CPPUNIT_ASSERT(idle.all_asleep());
        CPPUNIT_ASSERT_EQUAL(unparks, idle.total(&worker_counters::unparks));
        CPPUNIT_ASSERT(used() - used_before < std::chrono::milliseconds(10));
    }

    void a_thread_may_spawn_after_entering() {
        running executor(2);
        tally ran;
        CPPUNIT_ASSERT_THROW(spawn(pending()), std::logic_error);
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
        running ours(2);
        running theirs(1);
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
            running executor(2);
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
        running executor(3);
        tally leaves;
        ledger frames;
        auto root = executor.spawn(grow(9, leaves, entry(frames)));
        wait_for(root);
        auto failed = executor.spawn([]() -> task<> { throw 1; co_return; });
        CPPUNIT_ASSERT_THROW(wait_for(failed), int);
        auto aborted = executor.spawn(pending());
        aborted.abort();
        CPPUNIT_ASSERT_THROW(wait_for(aborted), task_cancelled);
        CPPUNIT_ASSERT(eventually([&] { return executor.all_asleep(); }));
        const std::uint64_t spawned =
            executor.core().spawned_outside() + executor.total(&worker_counters::spawned);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{(1 << 10) - 1 + 2}, spawned);
        CPPUNIT_ASSERT_EQUAL(spawned - 2, executor.total(&worker_counters::completed));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, executor.total(&worker_counters::failed));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, executor.total(&worker_counters::cancelled));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, executor.core().injector_depth());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.core().live_task_count());
    }

private:
    static task<> meet(gate& all) {
        all.unlock();
        all.wait();  // Blocks the worker, on purpose.
        co_return;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(executor_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
