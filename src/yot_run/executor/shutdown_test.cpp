#include <yot_run/executor/executor.hpp>

#include <yot_run/executor/process_figures.hpp>
#include <yot_run/executor/running_executor.hpp>
#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <memory>
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
using test::wait_for;

// A task that waits for ever, with something in its frame.
task<> wait_for_ever(entry) { co_await pending(); }

// Spawns another such task, and that one another, and waits for it; the last one waits for ever.
task<> wait_for_next(entry, ledger& frames, int depth) {
    if (depth == 0) {
        co_await pending();
        co_return;
    }
    auto next = spawn(wait_for_next(entry(frames), frames, depth - 1));
    co_await next;
}

// Blocks its worker.
task<> block(gate& begun, gate& go_on) {
    begun.unlock();
    go_on.wait();
    co_return;
}

// Runs its function when it is destroyed.
template <class Function>
class at_exit {
public:
    explicit at_exit(Function function) : function_(std::move(function)) {}
    at_exit(const at_exit&) = delete;
    at_exit& operator=(const at_exit&) = delete;
    ~at_exit() { function_(); }

private:
    Function function_;
};

}  // namespace

class shutdown_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(shutdown_test);
    CPPUNIT_TEST(tasks_that_wait_are_cancelled);
    CPPUNIT_TEST(tasks_in_queues_are_cancelled_without_being_polled);
    CPPUNIT_TEST(a_poll_that_runs_goes_on_until_it_suspends);
    CPPUNIT_TEST(a_poll_that_runs_may_still_complete_its_task);
    CPPUNIT_TEST(a_task_that_spawns_meanwhile_gets_a_cancelled_one);
    CPPUNIT_TEST(destructors_of_frames_may_spawn_and_wake);
    CPPUNIT_TEST(tasks_that_wait_for_one_another_all_end);
    CPPUNIT_TEST(a_deadline_tells_how_many_workers_are_stuck);
    CPPUNIT_TEST(a_deadline_is_kept_when_all_are_stuck);
    CPPUNIT_TEST(a_second_shutdown_returns_at_once);
    CPPUNIT_TEST(threads_and_descriptors_are_gone_afterwards);
    CPPUNIT_TEST(handles_outlive_the_executor);
    CPPUNIT_TEST(wakers_outlive_the_executor);
    CPPUNIT_TEST_SUITE_END();

public:
    void tasks_that_wait_are_cancelled() {
        constexpr int count = 300;
        ledger frames;
        std::vector<join_handle<void>> handles;
        {
            running_executor executor(2);
            for (int i = 0; i < count; ++i)
                handles.push_back(executor.spawn(wait_for_ever(entry(frames))));
            CPPUNIT_ASSERT(
                eventually([&] { return executor.total(&worker_counters::polls) >= count; }));
            CPPUNIT_ASSERT_EQUAL(count, frames.alive());
            CPPUNIT_ASSERT_EQUAL(0U, executor.shutdown(std::nullopt));
            CPPUNIT_ASSERT_EQUAL(0, frames.alive());
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{count}, executor.total(&worker_counters::cancelled));
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.core().live_task_count());
        }
        for (auto& handle : handles) CPPUNIT_ASSERT(is_cancelled(handle));
    }

    void tasks_in_queues_are_cancelled_without_being_polled() {
        ledger frames;
        tally polls;
        gate blocked;
        gate go_on;
        running_executor executor(1);
        executor.spawn(block(blocked, go_on)).detach();
        blocked.wait();
        std::vector<join_handle<void>> handles;
        for (int i = 0; i < 10; ++i) {
            handles.push_back(executor.spawn([](entry, tally& polled) -> task<> {
                polled.add();
                co_return;
            }(entry(frames), polls)));
        }
        const unsigned stuck = executor.shutdown(sys::now());
        const int alive = frames.alive();
        go_on.unlock();
        CPPUNIT_ASSERT_EQUAL(1U, stuck);
        CPPUNIT_ASSERT_EQUAL(10, alive);
        CPPUNIT_ASSERT_EQUAL(0U, executor.shutdown(std::nullopt));
        CPPUNIT_ASSERT_EQUAL(0, frames.alive());
        CPPUNIT_ASSERT_EQUAL(0, polls.get());
        for (auto& handle : handles) CPPUNIT_ASSERT(is_cancelled(handle));
    }

    void a_poll_that_runs_goes_on_until_it_suspends() {
        ledger frames;
        gate blocked;
        gate go_on;
        bool suspended = false;
        bool resumed = false;
        running_executor executor(2);
        auto handle = executor.spawn([&]() -> task<> {
            const entry own(frames);
            blocked.unlock();
            go_on.wait();
            suspended = true;
            co_await yield_now();
            resumed = true;
        });
        blocked.wait();
        const unsigned stuck = executor.shutdown(sys::now());
        const bool finished_early = handle.is_finished() || frames.alive() != 1;
        go_on.unlock();
        CPPUNIT_ASSERT(stuck > 0 && !finished_early);
        CPPUNIT_ASSERT_EQUAL(0U, executor.shutdown(std::nullopt));
        CPPUNIT_ASSERT(suspended && !resumed);
        CPPUNIT_ASSERT(is_cancelled(handle));
        CPPUNIT_ASSERT_EQUAL(0, frames.alive());
    }

    void a_poll_that_runs_may_still_complete_its_task() {
        gate blocked;
        gate go_on;
        running_executor executor(2);
        auto handle = executor.spawn([&]() -> task<int> {
            blocked.unlock();
            go_on.wait();
            co_return 42;
        });
        blocked.wait();
        const unsigned stuck = executor.shutdown(sys::now());
        go_on.unlock();
        CPPUNIT_ASSERT(stuck > 0);
        CPPUNIT_ASSERT_EQUAL(0U, executor.shutdown(std::nullopt));
        CPPUNIT_ASSERT_EQUAL(42, wait_for(handle));
    }

    void a_task_that_spawns_meanwhile_gets_a_cancelled_one() {
        ledger frames;
        gate blocked;
        gate go_on;
        bool finished_at_once = false;
        bool threw = false;
        running_executor executor(2);
        auto handle = executor.spawn([&]() -> task<> {
            blocked.unlock();
            go_on.wait();
            auto child = spawn(wait_for_ever(entry(frames)));
            finished_at_once = child.is_finished();
            try {
                co_await child;
            } catch (const task_cancelled&) {
                threw = true;
            }
        });
        blocked.wait();
        const unsigned stuck = executor.shutdown(sys::now());
        go_on.unlock();
        CPPUNIT_ASSERT(stuck > 0);
        CPPUNIT_ASSERT_EQUAL(0U, executor.shutdown(std::nullopt));
        CPPUNIT_ASSERT(finished_at_once && threw);
        CPPUNIT_ASSERT_EQUAL(0, frames.alive());
        CPPUNIT_ASSERT(handle.is_finished());
    }

    // Frames are destroyed while some lists are closed and others still open.
    void destructors_of_frames_may_spawn_and_wake() {
        constexpr int count = 100;
        ledger frames;
        tally destroyed;
        gate never(2);
        {
            running_executor executor(3);
            for (int i = 0; i < count; ++i) {
                executor
                    .spawn([&]() -> task<> {
                        const at_exit last_words([&] {
                            spawn(wait_for_ever(entry(frames))).detach();
                            for (waker& other : never.take_wakers()) std::move(other).wake();
                            destroyed.add();
                        });
                        co_await never.passed();
                    })
                    .detach();
            }
            CPPUNIT_ASSERT(eventually([&] { return never.waiting() == count; }));
        }
        CPPUNIT_ASSERT_EQUAL(count, destroyed.get());
        CPPUNIT_ASSERT_EQUAL(0, frames.alive());
    }

    void tasks_that_wait_for_one_another_all_end() {
        ledger frames;
        {
            running_executor executor(2);
            executor.spawn(wait_for_next(entry(frames), frames, 50)).detach();
            CPPUNIT_ASSERT(
                eventually([&] { return executor.total(&worker_counters::polls) >= 51; }));
        }
        CPPUNIT_ASSERT_EQUAL(0, frames.alive());
    }

    // The others sleep, as they have nothing to do; that is not being stuck.
    void a_deadline_tells_how_many_workers_are_stuck() {
        gate blocked(2);
        gate go_on;
        running_executor executor(4);
        for (int i = 0; i < 2; ++i) executor.spawn(block(blocked, go_on)).detach();
        blocked.wait();
        const bool two = eventually([&] { return executor.shutdown(sys::now()) == 2; });
        const unsigned still = executor.shutdown(sys::now() + std::chrono::milliseconds(2));
        go_on.unlock();
        CPPUNIT_ASSERT_EQUAL(0U, executor.shutdown(std::nullopt));
        CPPUNIT_ASSERT(two);
        CPPUNIT_ASSERT_EQUAL(2U, still);
    }

    void a_deadline_is_kept_when_all_are_stuck() {
        constexpr unsigned workers = 8;
        gate blocked(workers);
        gate go_on;
        running_executor executor(workers);
        for (unsigned i = 0; i < workers; ++i) executor.spawn(block(blocked, go_on)).detach();
        blocked.wait();
        const auto deadline = sys::now() + std::chrono::milliseconds(5);
        const unsigned stuck = executor.shutdown(deadline);
        const auto returned_at = sys::now();
        go_on.unlock();
        CPPUNIT_ASSERT_EQUAL(workers, stuck);
        CPPUNIT_ASSERT(returned_at >= deadline);
    }

    void a_second_shutdown_returns_at_once() {
        running_executor executor(2);
        CPPUNIT_ASSERT_EQUAL(0U, executor.shutdown(std::nullopt));
        CPPUNIT_ASSERT_EQUAL(0U, executor.shutdown(std::nullopt));
        CPPUNIT_ASSERT_EQUAL(0U, executor.shutdown(sys::now()));
    }

    void threads_and_descriptors_are_gone_afterwards() {
        const std::size_t descriptors = test::descriptor_count();
        for (const unsigned workers : {1U, 2U, 64U}) {
            ledger frames;
            executor_options options = running_executor::with(workers);
            options.thread_name = "counted";
            running_executor executor(options);
            for (int i = 0; i < 10; ++i) executor.spawn(wait_for_ever(entry(frames))).detach();
            CPPUNIT_ASSERT(
                eventually([&] { return test::thread_names("counted-").size() == workers; }));
        }
        CPPUNIT_ASSERT(eventually([] { return test::thread_names("counted-").empty(); }));
        CPPUNIT_ASSERT_EQUAL(descriptors, test::descriptor_count());
    }

    void handles_outlive_the_executor() {
        join_handle<std::unique_ptr<int>> value;
        join_handle<void> error;
        join_handle<void> cancelled;
        join_handle<void> dropped;
        {
            running_executor executor(2);
            value = executor.spawn(
                []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(5); });
            error = executor.spawn([]() -> task<> {
                throw 6;
                co_return;
            });
            CPPUNIT_ASSERT(eventually([&] { return value.is_finished() && error.is_finished(); }));
            cancelled = executor.spawn(pending());
            dropped = executor.spawn(pending());
        }
        CPPUNIT_ASSERT_EQUAL(5, *wait_for(value));
        CPPUNIT_ASSERT_THROW(wait_for(error), int);
        cancelled.abort();
        CPPUNIT_ASSERT_THROW(wait_for(cancelled), task_cancelled);
        dropped.abort();
        dropped.detach();
    }

    void wakers_outlive_the_executor() {
        std::vector<waker> kept;
        {
            gate never(2);
            running_executor executor(2);
            for (int i = 0; i < 10; ++i)
                executor.spawn([&]() -> task<> { co_await never.passed(); }).detach();
            CPPUNIT_ASSERT(eventually([&] { return never.waiting() == 10; }));
            kept = never.take_wakers();
        }
        std::vector<waker> clones;
        for (const waker& one : kept) {
            one.wake_by_ref();
            clones.push_back(one.clone());
            CPPUNIT_ASSERT(clones.back().will_wake(one));
        }
        sync::thread other("other", [&] {
            for (waker& one : clones) std::move(one).wake();
        });
        other.join();
        kept.clear();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(shutdown_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
