#include <yot_run/runtime/runtime_metrics.hpp>

#include <yot_run/executor/counters.hpp>
#include <yot_run/executor/process_figures.hpp>
#include <yot_run/executor/test_doubles.hpp>
#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/reactor/timer.hpp>
#include <yot_run/runtime/runtime.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <functional>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::gate;

constexpr reactor_placement placements[] = {reactor_placement::own_thread,
                                            reactor_placement::idle_workers};

task<> nothing() { co_return; }

// Half of these fail, and a third are aborted, perhaps before they get that far.
task<> one_of_many(int number) {
    co_await yield_now();
    if (number % 2 == 0) throw std::runtime_error("one of many");
}

std::uint64_t ended(const runtime_metrics& metrics) {
    return metrics.tasks_completed + metrics.tasks_failed + metrics.tasks_cancelled;
}

std::uint64_t timed_polls(const runtime_metrics& metrics) {
    std::uint64_t total = 0;
    for (const histogram_bucket& bucket : metrics.poll_durations) total += bucket.count;
    return total;
}

std::uint64_t sum(const runtime_metrics& metrics, std::uint64_t worker_metrics::*which) {
    std::uint64_t total = 0;
    for (const worker_metrics& worker : metrics.workers) total += worker.*which;
    return total;
}

}  // namespace

class runtime_metrics_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(runtime_metrics_test);
    CPPUNIT_TEST(a_runtime_that_did_nothing_has_nothing_to_show);
    CPPUNIT_TEST(at_rest_every_task_is_accounted_for);
    CPPUNIT_TEST(while_it_works_no_figure_goes_back_or_contradicts_another);
    CPPUNIT_TEST(tasks_that_wait_are_pending);
    CPPUNIT_TEST(sockets_and_timers_are_counted_while_they_are_there);
    CPPUNIT_TEST(at_rest_every_worker_is_parked);
    CPPUNIT_TEST(steals_and_full_queues_are_counted);
    CPPUNIT_TEST(polls_are_timed_only_when_asked_for);
    CPPUNIT_TEST(a_source_outlives_its_runtime);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_runtime_that_did_nothing_has_nothing_to_show() {
        const runtime runtime({.workers = 3});
        const runtime_metrics metrics = runtime.metrics();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, metrics.tasks_spawned);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, ended(metrics));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, metrics.tasks_pending);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, metrics.injector_depth);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, metrics.registered_sockets);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, metrics.workers.size());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, sum(metrics, &worker_metrics::polls));
    }

    void at_rest_every_task_is_accounted_for() {
        constexpr int count = 600;
        for (const reactor_placement placement : placements) {
            runtime runtime({.workers = 3,
                             .placement = placement,
                             .unhandled_exception = [](std::exception_ptr) {}});
            std::vector<join_handle<void>> handles;
            std::uint64_t completed = 0;
            std::uint64_t failed = 0;
            std::uint64_t cancelled = 0;
            for (int number = 0; number < count; ++number) {
                handles.push_back(runtime.spawn(one_of_many(number)));
                if (number % 3 == 0) handles.back().abort();
            }
            for (auto& handle : handles) {
                try {
                    runtime.block_on(std::move(handle));
                    ++completed;
                } catch (const task_cancelled&) {
                    ++cancelled;
                } catch (const std::runtime_error&) {
                    ++failed;
                }
            }
            auto waiting = runtime.spawn(pending());
            const runtime_metrics metrics = runtime.metrics();
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{count} + 1, metrics.tasks_spawned);
            CPPUNIT_ASSERT_EQUAL(completed, metrics.tasks_completed);
            CPPUNIT_ASSERT_EQUAL(failed, metrics.tasks_failed);
            CPPUNIT_ASSERT_EQUAL(cancelled, metrics.tasks_cancelled);
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, metrics.tasks_pending);
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, metrics.unobserved_failures);
            CPPUNIT_ASSERT(eventually([&] { return runtime.metrics().injector_depth == 0; }));
        }
    }

    void while_it_works_no_figure_goes_back_or_contradicts_another() {
        runtime runtime({.workers = 2, .measure_polls = true});
        gate done(2);
        for (int i = 0; i < 2; ++i) {
            runtime.spawn([&]() -> task<> {
                       for (int round = 0; round < 3'000; ++round) {
                           auto child = spawn(nothing());
                           co_await child;
                       }
                       done.unlock();
                   })
                .detach();
        }
        runtime_metrics last;
        bool consistent = true;
        while (!done.is_open()) {
            runtime_metrics now = runtime.metrics();
            consistent = consistent && ended(now) <= now.tasks_spawned &&
                         now.tasks_spawned >= last.tasks_spawned && ended(now) >= ended(last) &&
                         timed_polls(now) >= timed_polls(last) &&
                         sum(now, &worker_metrics::polls) >= sum(last, &worker_metrics::polls);
            last = std::move(now);
        }
        CPPUNIT_ASSERT(consistent);
        CPPUNIT_ASSERT(eventually([&] { return runtime.metrics().tasks_pending == 0; }));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{6'002}, runtime.metrics().tasks_spawned);
    }

    void tasks_that_wait_are_pending() {
        runtime runtime({.workers = 2});
        gate open;
        std::vector<join_handle<void>> handles;
        for (int i = 0; i < 50; ++i) {
            handles.push_back(runtime.spawn([&]() -> task<> { co_await open.passed(); }));
            CPPUNIT_ASSERT_EQUAL(std::uint64_t(i) + 1, runtime.metrics().tasks_pending);
        }
        open.unlock();
        for (auto& handle : handles) runtime.block_on(std::move(handle));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, runtime.metrics().tasks_pending);
    }

    void sockets_and_timers_are_counted_while_they_are_there() {
        for (const reactor_placement placement : placements) {
            runtime runtime({.workers = 1, .placement = placement});
            const enter_guard inside = runtime.enter();
            std::optional<net::tcp_listener> first =
                net::tcp_listener::bind(net::socket_address::loopback(0)).value();
            std::optional<net::tcp_listener> second =
                net::tcp_listener::bind(net::socket_address::loopback(0)).value();
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, runtime.metrics().registered_sockets);
            first.reset();
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, runtime.metrics().registered_sockets);

            auto sleeper = runtime.spawn(sleep_for(24h));
            CPPUNIT_ASSERT(eventually([&] { return runtime.metrics().active_timers == 1; }));
            sleeper.abort();
            CPPUNIT_ASSERT_THROW(runtime.block_on(std::move(sleeper)), task_cancelled);
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, runtime.metrics().active_timers);

            const std::uint64_t before = runtime.metrics().reactor_wakeups;
            runtime.block_on(sleep_for(1ms));
            CPPUNIT_ASSERT(eventually([&] { return runtime.metrics().reactor_wakeups > before; }));
        }
    }

    void at_rest_every_worker_is_parked() {
        runtime runtime({.workers = 4});
        runtime.block_on(runtime.spawn(nothing()));
        CPPUNIT_ASSERT(eventually([&] {
            const runtime_metrics metrics = runtime.metrics();
            return sum(metrics, &worker_metrics::parks) ==
                   sum(metrics, &worker_metrics::unparks) + metrics.workers.size();
        }));
    }

    void steals_and_full_queues_are_counted() {
        constexpr unsigned workers = 2;
        runtime runtime({.workers = workers});
        gate all_met(workers);
        const auto meet = [&]() -> task<> {
            all_met.unlock();
            all_met.wait();
            co_return;
        };
        // The task that it spawns can run only on the other worker, and the queue overflows.
        runtime.block_on(runtime.spawn([&]() -> task<> {
            auto other = spawn(meet);
            all_met.unlock();
            all_met.wait();
            co_await other;
            std::vector<join_handle<void>> handles;
            for (int i = 0; i < 5'000; ++i) handles.push_back(spawn(nothing()));
            for (auto& handle : handles) co_await handle;
        }));
        const runtime_metrics metrics = runtime.metrics();
        CPPUNIT_ASSERT(sum(metrics, &worker_metrics::steals) >= 1);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, sum(metrics, &worker_metrics::queue_depth));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{5'002}, metrics.tasks_completed);
    }

    void polls_are_timed_only_when_asked_for() {
        constexpr int polls = 100 * int(internal::poll_duration_histogram::sampling_interval);
        for (const bool asked_for : {false, true}) {
            runtime runtime({.workers = 1, .measure_polls = asked_for});
            runtime.block_on(runtime.spawn([]() -> task<> {
                for (int i = 0; i < polls; ++i) co_await yield_now();
            }));
            const runtime_metrics metrics = runtime.metrics();
            CPPUNIT_ASSERT(metrics.poll_durations.back().upper_bound ==
                           std::chrono::nanoseconds::max());
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{asked_for ? 100U : 0U}, timed_polls(metrics));
            CPPUNIT_ASSERT_EQUAL(asked_for, metrics.poll_duration_sum > 0ns);
        }
    }

    void a_source_outlives_its_runtime() {
        std::function<runtime_metrics()> source;
        {
            runtime runtime({.workers = 2});
            source = runtime.metrics_source();
            runtime.block_on(runtime.spawn(nothing()));
            runtime.spawn(pending()).detach();
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, source().tasks_pending);
        }
        const runtime_metrics last = source();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, last.tasks_spawned);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, last.tasks_completed);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, last.tasks_cancelled);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, last.tasks_pending);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(runtime_metrics_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
