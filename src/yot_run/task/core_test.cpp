#include <yot_run/task/core.hpp>

#include <yot_run/task/fake_executor.hpp>
#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::census, test::fake_executor, test::hand, test::manual_event, test::tracked;

// Hands out clones of the waker of whoever polls it; ready when told so. Counts its polls.
class probe {
public:
    class future {
    public:
        explicit future(probe& p) : probe_(&p) {}
        yot_run::poll<> poll(context& cx) {
            ++probe_->polls;
            probe_->seen = cx.waker().clone();
            if (probe_->wakes_itself) cx.waker().wake_by_ref();
            if (probe_->fails) throw std::runtime_error("poll failed");
            return probe_->done ? yot_run::poll<>() : yot_run::poll<>(poll_pending);
        }

    private:
        probe* probe_;
    };
    future wait() { return future(*this); }

    unsigned polls = 0;
    waker seen;
    bool wakes_itself = false;
    bool fails = false;
    bool done = false;
};

task<tracked> hold(tracked parameter, probe& p) {
    const tracked local(parameter);
    co_await p.wait();
    co_return tracked(parameter);
}
task<> await_once(probe& p) { co_await p.wait(); }

}  // namespace

class core_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(core_test);
    CPPUNIT_TEST(a_wake_of_a_waiting_task_queues_it_once);
    CPPUNIT_TEST(a_wake_during_its_own_poll_makes_it_run_once_more);
    CPPUNIT_TEST(a_wake_after_the_end_is_harmless);
    CPPUNIT_TEST(a_waker_may_outlive_its_executor);
    CPPUNIT_TEST(all_wakers_of_a_task_wake_the_same);
    CPPUNIT_TEST(the_frame_goes_at_the_end_though_wakers_and_handle_stay);
    CPPUNIT_TEST(the_block_goes_with_the_last_waker);
    CPPUNIT_TEST(the_block_goes_with_the_handle_if_that_is_last);
    CPPUNIT_TEST(polling_costs_no_reference);
    CPPUNIT_TEST(a_future_that_throws_fails_its_task);
    CPPUNIT_TEST(every_task_ends_once_and_is_told_how);
    CPPUNIT_TEST(a_task_that_yields_lets_others_run_first);
    CPPUNIT_TEST_SUITE_END();

    fake_executor executor;
    hand by;
    probe p;

public:
    void a_wake_of_a_waiting_task_queues_it_once() {
        const auto handle = executor.spawn(await_once(p));
        CPPUNIT_ASSERT_EQUAL(1U, executor.run());
        for (int i = 0; i < 3; ++i) p.seen.wake_by_ref();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.queued());
        CPPUNIT_ASSERT_EQUAL(1U, executor.run());
        CPPUNIT_ASSERT_EQUAL(2U, p.polls);
        CPPUNIT_ASSERT_EQUAL(0U, executor.run());
    }

    void a_wake_during_its_own_poll_makes_it_run_once_more() {
        const auto handle = executor.spawn(await_once(p));
        p.wakes_itself = true;
        CPPUNIT_ASSERT(executor.run_one());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.queued());
        p.wakes_itself = false;
        CPPUNIT_ASSERT(executor.run_one());
        CPPUNIT_ASSERT_EQUAL(2U, p.polls);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.queued());
    }

    void a_wake_after_the_end_is_harmless() {
        p.done = true;
        auto handle = executor.spawn(await_once(p));
        executor.run();
        p.seen.wake_by_ref();
        waker clone = p.seen.clone();
        std::move(clone).wake();
        CPPUNIT_ASSERT_EQUAL(0U, executor.run());
        CPPUNIT_ASSERT_EQUAL(1U, p.polls);
        CPPUNIT_ASSERT(by.poll(handle).is_ready());
        p.seen.wake_by_ref();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.queued());
    }

    void a_waker_may_outlive_its_executor() {
        {
            fake_executor other;
            other.spawn(await_once(p)).detach();
            other.run();
        }
        p.seen.wake_by_ref();
        waker clone = p.seen.clone();
        std::move(clone).wake();
        CPPUNIT_ASSERT_EQUAL(1U, p.polls);
    }

    void all_wakers_of_a_task_wake_the_same() {
        probe q;
        const auto handle = executor.spawn(await_once(p));
        const auto other = executor.spawn(await_once(q));
        executor.run();
        const waker first = p.seen.clone();
        p.seen.wake_by_ref();
        executor.run();
        CPPUNIT_ASSERT(p.seen.will_wake(first));
        CPPUNIT_ASSERT(!p.seen.will_wake(q.seen));
    }

    void the_frame_goes_at_the_end_though_wakers_and_handle_stay() {
        census seen;
        auto handle = executor.spawn(hold(tracked(seen), p));
        executor.run();
        CPPUNIT_ASSERT_EQUAL(2, seen.alive);
        p.done = true;
        p.seen.wake_by_ref();
        executor.run();
        CPPUNIT_ASSERT(p.seen);
        CPPUNIT_ASSERT_EQUAL(1, seen.alive);  // The value.
        CPPUNIT_ASSERT(by.poll(handle).is_ready());
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.blocks());
    }

    void the_block_goes_with_the_last_waker() {
        p.done = true;
        executor.spawn(await_once(p)).detach();
        executor.run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.live());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.blocks());
        waker clone = p.seen.clone();
        p.seen = {};
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.blocks());
        std::move(clone).wake();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void the_block_goes_with_the_handle_if_that_is_last() {
        p.done = true;
        {
            const auto handle = executor.spawn(await_once(p));
            executor.run();
            p.seen = {};
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.blocks());
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void polling_costs_no_reference() {
        executor.spawn(yield_now()).detach();
        CPPUNIT_ASSERT_EQUAL(2U, executor.run());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void a_future_that_throws_fails_its_task() {
        p.fails = true;
        auto bare = executor.spawn(p.wait());
        executor.run();
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(bare)), std::runtime_error);
        auto awaited = executor.spawn(await_once(p));
        executor.run();
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(awaited)), std::runtime_error);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, executor.ended(ending::failed));
    }

    void every_task_ends_once_and_is_told_how() {
        manual_event never;
        auto completed = executor.spawn(ready());
        p.fails = true;
        auto failed = executor.spawn(p.wait());
        auto cancelled = executor.spawn(never.wait());
        executor.run();
        cancelled.abort();
        executor.run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.ended(ending::none));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.ended(ending::completed));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.ended(ending::failed));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.ended(ending::cancelled));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.live());
    }

    void a_task_that_yields_lets_others_run_first() {
        std::vector<int> order;
        const auto twice = [&order](int number) -> task<> {
            order.push_back(number);
            co_await yield_now();
            order.push_back(number);
        };
        const auto first = executor.spawn(twice(1));
        const auto second = executor.spawn(twice(2));
        executor.run();
        CPPUNIT_ASSERT(order == (std::vector{1, 2, 1, 2}));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(core_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
