#include <yot_run/runtime/runtime.hpp>

#include <yot_run/executor/child_process_test.hpp>
#include <yot_run/executor/process_figures.hpp>
#include <yot_run/reactor/timer.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using namespace std::chrono_literals;

constexpr reactor_placement placements[] = {reactor_placement::own_thread,
                                            reactor_placement::idle_workers};

task<int> give(int value) {
    co_await yield_now();
    co_return value;
}

task<> fails() {
    co_await yield_now();
    throw std::runtime_error("out of luck");
}

task<int> sum_of_spawned(int count) {
    std::vector<join_handle<int>> handles;
    for (int number = 0; number < count; ++number) handles.push_back(spawn(give(number)));
    int sum = 0;
    for (auto& handle : handles) sum += co_await handle;
    co_return sum;
}

// Says on its own destruction that its task is gone.
struct farewell {
    explicit farewell(std::shared_ptr<sync::atomic<int>> count) : gone(std::move(count)) {}
    farewell(farewell&&) = default;
    ~farewell() {
        if (gone) gone->fetch_add(1, sync::relaxed);  // Read after the workers were joined.
    }
    std::shared_ptr<sync::atomic<int>> gone;
};

std::chrono::nanoseconds time_on(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

// The processor time that all other threads of this process have used.
std::chrono::nanoseconds time_of_others() {
    const auto own = time_on(CLOCK_THREAD_CPUTIME_ID);
    return time_on(CLOCK_PROCESS_CPUTIME_ID) - own;
}

// How often any of the runtime's threads has come back from sleep.
std::uint64_t wake_ups(const runtime_metrics& metrics) {
    std::uint64_t total = metrics.reactor_wakeups;
    for (const worker_metrics& worker : metrics.workers) total += worker.unparks;
    return total;
}

task<> sleep_for_ever(farewell) { co_await sleep_for(24h); }

}  // namespace

class runtime_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(runtime_test);
    CPPUNIT_TEST(tasks_run_and_timers_fire_wherever_the_reactor_is);
    CPPUNIT_TEST(spawn_outside_a_runtime_is_refused_and_says_what_to_do);
    CPPUNIT_TEST(a_thread_that_has_entered_can_spawn);
    CPPUNIT_TEST(entered_runtimes_nest);
    CPPUNIT_TEST(a_guard_may_outlive_its_runtime);
    CPPUNIT_TEST(tasks_of_two_runtimes_wait_for_each_other);
    CPPUNIT_TEST(zero_workers_are_refused);
    CPPUNIT_TEST(the_default_is_at_most_ten_workers);
    CPPUNIT_TEST(threads_bear_the_name_that_was_given);
    CPPUNIT_TEST(an_exception_that_nobody_awaits_goes_to_the_handler_once);
    CPPUNIT_TEST(figures_agree_with_what_was_done);
    CPPUNIT_TEST(at_rest_it_uses_no_processor_time);
    CPPUNIT_TEST(no_thread_and_no_descriptor_is_left);
    CPPUNIT_TEST(destruction_cancels_tasks_that_sleep);
    CPPUNIT_TEST(a_task_spawned_after_the_shutdown_is_cancelled);
    CPPUNIT_TEST(a_stuck_worker_is_reported_and_the_shutdown_can_go_on);
    CPPUNIT_TEST(shutdown_inside_a_task_is_refused);
    CPPUNIT_TEST(destruction_on_an_own_worker_is_reported);
    CPPUNIT_TEST(wakers_and_handles_outlive_the_runtime);
    CPPUNIT_TEST_SUITE_END();

public:
    void tasks_run_and_timers_fire_wherever_the_reactor_is() {
        for (const reactor_placement placement : placements) {
            for (const unsigned workers : {1U, 2U, 4U}) {
                runtime runtime({.workers = workers, .placement = placement});
                CPPUNIT_ASSERT_EQUAL(4950, runtime.block_on(sum_of_spawned(100)));
                runtime.block_on(sleep_for(1ms));
                runtime.block_on(runtime.spawn([]() -> task<> {
                    for (int count = 0; count < 10; ++count) co_await sleep_for(1ms);
                }));
            }
        }
    }

    void spawn_outside_a_runtime_is_refused_and_says_what_to_do() {
        try {
            spawn(give(1)).detach();
            CPPUNIT_FAIL("spawned without a runtime");
        } catch (const std::logic_error& error) {
            const std::string text = error.what();
            CPPUNIT_ASSERT_MESSAGE(text, text.find("enter()") != std::string::npos);
        }
    }

    void a_thread_that_has_entered_can_spawn() {
        runtime runtime({.workers = 1});
        std::optional<join_handle<int>> handle;
        std::thread other([&] {
            const enter_guard inside = runtime.enter();
            handle = spawn(give(5));
        });
        other.join();
        CPPUNIT_ASSERT_EQUAL(5, runtime.block_on(std::move(*handle)));
        CPPUNIT_ASSERT(current_environment() == nullptr);
    }

    void entered_runtimes_nest() {
        runtime outer({.workers = 1});
        runtime inner({.workers = 1});
        const enter_guard in_outer = outer.enter();
        const environment* const of_outer = current_environment();
        {
            const enter_guard in_inner = inner.enter();
            CPPUNIT_ASSERT(current_environment() != of_outer);
        }
        CPPUNIT_ASSERT(current_environment() == of_outer);
    }

    void a_guard_may_outlive_its_runtime() {
        std::optional<runtime> gone(std::in_place, runtime_options{.workers = 1});
        const enter_guard inside = gone->enter();
        gone.reset();
        auto handle = spawn(give(1));
        CPPUNIT_ASSERT(handle.is_finished());
        runtime other({.workers = 1});
        CPPUNIT_ASSERT_THROW(other.block_on(std::move(handle)), task_cancelled);
    }

    void tasks_of_two_runtimes_wait_for_each_other() {
        runtime one({.workers = 1});
        runtime other({.workers = 1});
        const int result = one.block_on(one.spawn([&other]() -> task<int> {
            int sum = 0;
            for (int count = 0; count < 100; ++count) {
                auto there = other.spawn(give(count));
                sum += co_await there;
            }
            co_return sum;
        }));
        CPPUNIT_ASSERT_EQUAL(4950, result);
    }

    void zero_workers_are_refused() {
        CPPUNIT_ASSERT_THROW(runtime({.workers = 0}), std::invalid_argument);
    }

    void the_default_is_at_most_ten_workers() {
        const unsigned expected = std::clamp(std::thread::hardware_concurrency(), 1U, 10U);
        CPPUNIT_ASSERT_EQUAL(expected, runtime_options().workers);
        CPPUNIT_ASSERT_EQUAL(std::size_t{expected}, runtime().metrics().workers.size());
    }

    void threads_bear_the_name_that_was_given() {
        runtime runtime({.workers = 2,
                         .thread_name = "namesake",
                         .placement = reactor_placement::own_thread});
        const std::vector<std::string> expected{"namesake-0", "namesake-1", "namesake-io"};
        CPPUNIT_ASSERT(test::eventually([&] {
            auto names = test::thread_names("namesake");
            std::ranges::sort(names);
            return names == expected;
        }));
    }

    void an_exception_that_nobody_awaits_goes_to_the_handler_once() {
        sync::mutex mutex;
        std::vector<std::string> reported;
        {
            runtime runtime({.workers = 2, .unhandled_exception = [&](std::exception_ptr error) {
                                 const sync::lock guard(mutex);
                                 try {
                                     std::rethrow_exception(error);
                                 } catch (const std::exception& e) {
                                     reported.emplace_back(e.what());
                                 }
                             }});
            runtime.spawn(fails()).detach();
            auto awaited = runtime.spawn(fails());
            CPPUNIT_ASSERT_THROW(runtime.block_on(std::move(awaited)), std::runtime_error);
            CPPUNIT_ASSERT(test::eventually(
                [&] { return runtime.metrics().unobserved_failures == 1; }));
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, reported.size());
        CPPUNIT_ASSERT_EQUAL(std::string("out of luck"), reported.front());
    }

    void figures_agree_with_what_was_done() {
        runtime runtime({.workers = 2, .unhandled_exception = [](std::exception_ptr) {}});
        runtime.block_on(sum_of_spawned(500));           // 500 from outside the workers
        runtime.block_on(runtime.spawn(sum_of_spawned(100)));  // and 101.
        CPPUNIT_ASSERT_THROW(runtime.block_on(runtime.spawn(fails())), std::runtime_error);
        auto aborted = runtime.spawn(pending());
        aborted.abort();
        CPPUNIT_ASSERT_THROW(runtime.block_on(std::move(aborted)), task_cancelled);
        auto waiting = runtime.spawn(pending());

        const runtime_metrics metrics = runtime.metrics();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{604}, metrics.tasks_spawned);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{601}, metrics.tasks_completed);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, metrics.tasks_failed);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, metrics.tasks_cancelled);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, metrics.tasks_pending);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, metrics.workers.size());
        std::uint64_t polls = 0;
        for (const worker_metrics& worker : metrics.workers) polls += worker.polls;
        CPPUNIT_ASSERT(polls >= 604);
    }

    // While this thread uses some, the others use next to none, and no worker wakes up.
    void at_rest_it_uses_no_processor_time() {
        for (const reactor_placement placement : placements) {
            runtime runtime({.workers = 4, .placement = placement});
            runtime.block_on(sum_of_spawned(100));
            runtime.block_on(sleep_for(1ms));
            CPPUNIT_ASSERT(test::eventually([&runtime] {
                const std::uint64_t before = wake_ups(runtime.metrics());
                const auto used_by_others = time_of_others();
                const auto until = time_on(CLOCK_THREAD_CPUTIME_ID) + 50ms;
                while (time_on(CLOCK_THREAD_CPUTIME_ID) < until) continue;
                return time_of_others() - used_by_others < 5ms &&
                       wake_ups(runtime.metrics()) == before;
            }));
        }
    }

    void no_thread_and_no_descriptor_is_left() {
        const std::size_t descriptors = test::descriptor_count();
        for (const reactor_placement placement : placements) {
            runtime runtime({.workers = 4, .thread_name = "counted", .placement = placement});
            runtime.block_on(sum_of_spawned(10));
        }
        CPPUNIT_ASSERT_EQUAL(descriptors, test::descriptor_count());
        CPPUNIT_ASSERT(test::eventually([] { return test::thread_names("counted-").empty(); }));
    }

    void destruction_cancels_tasks_that_sleep() {
        for (const reactor_placement placement : placements) {
            const auto gone = std::make_shared<sync::atomic<int>>(0);
            std::vector<join_handle<void>> handles;
            {
                runtime runtime({.workers = 2, .placement = placement});
                for (int count = 0; count < 100; ++count)
                    handles.push_back(runtime.spawn(sleep_for_ever(farewell(gone))));
                runtime.block_on(sum_of_spawned(10));
            }
            CPPUNIT_ASSERT_EQUAL(100, gone->load(sync::relaxed));
            for (const auto& handle : handles) CPPUNIT_ASSERT(handle.is_finished());
        }
    }

    void a_task_spawned_after_the_shutdown_is_cancelled() {
        runtime runtime({.workers = 1});
        CPPUNIT_ASSERT(runtime.shutdown_timeout(1h).complete());
        auto handle = runtime.spawn(give(1));
        CPPUNIT_ASSERT(handle.is_finished());
        CPPUNIT_ASSERT_THROW(runtime.block_on(std::move(handle)), task_cancelled);
        CPPUNIT_ASSERT(runtime.shutdown_timeout(0s).complete());
    }

    void a_stuck_worker_is_reported_and_the_shutdown_can_go_on() {
        sync::atomic<bool> inside{false};
        sync::atomic<bool> let_go{false};
        runtime runtime({.workers = 2});
        auto stuck = runtime.spawn([&]() -> task<> {
            inside.store(true, sync::seq_cst);
            while (!let_go.load(sync::seq_cst)) std::this_thread::yield();
            co_return;
        });
        const bool is_inside = test::eventually([&] { return inside.load(sync::seq_cst); });
        // The other worker returns when it has noticed; this one does not.
        const bool one_is_stuck =
            test::eventually([&] { return runtime.shutdown_timeout(0s).stuck_workers == 1; });
        const bool finished_too_early = stuck.is_finished();
        let_go.store(true, sync::seq_cst);  // Before anything can fail: the runtime waits for it.
        CPPUNIT_ASSERT(is_inside);
        CPPUNIT_ASSERT(one_is_stuck);
        CPPUNIT_ASSERT(!finished_too_early);
        CPPUNIT_ASSERT(runtime.shutdown_timeout(1h).complete());
        CPPUNIT_ASSERT(stuck.is_finished());
    }

    void shutdown_inside_a_task_is_refused() {
        runtime runtime({.workers = 1});
        auto refused = runtime.spawn([&runtime]() -> task<> {
            runtime.shutdown_timeout(1s);
            co_return;
        });
        CPPUNIT_ASSERT_THROW(runtime.block_on(std::move(refused)), std::logic_error);
    }

    void destruction_on_an_own_worker_is_reported() {
        const test::child_result result = test::in_child([] {
            auto self = std::make_shared<std::optional<runtime>>();
            self->emplace(runtime_options{.workers = 1});
            runtime elsewhere({.workers = 1});
            elsewhere.block_on((*self)->spawn([self]() -> task<> {
                self->reset();
                co_return;
            }));
            return 0;
        });
        CPPUNIT_ASSERT(result.signal == SIGABRT || result.status != 0);
        CPPUNIT_ASSERT_MESSAGE(result.output,
                               result.output.find("own workers") != std::string::npos);
    }

    void wakers_and_handles_outlive_the_runtime() {
        waker kept;
        std::optional<join_handle<void>> handle;
        {
            runtime runtime({.workers = 2});
            sync::atomic<bool> polled{false};
            class keeper {
            public:
                keeper(waker& to, sync::atomic<bool>& polled) : to_(&to), polled_(&polled) {}
                yot_run::poll<> poll(context& cx) {
                    *to_ = cx.waker().clone();
                    polled_->store(true, sync::seq_cst);
                    return poll_pending;
                }

            private:
                waker* to_;
                sync::atomic<bool>* polled_;
            };
            handle = runtime.spawn(keeper(kept, polled));
            CPPUNIT_ASSERT(test::eventually([&] { return polled.load(sync::seq_cst); }));
        }
        CPPUNIT_ASSERT(handle->is_finished());
        kept.wake_by_ref();
        waker another = kept.clone();
        std::move(another).wake();
        handle.reset();
        kept.wake_by_ref();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(runtime_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
