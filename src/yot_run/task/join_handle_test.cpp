#include <yot_run/task/join_handle.hpp>

#include <yot_run/task/fake_executor.hpp>
#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using internal::ending;
using test::census, test::fake_executor, test::hand, test::manual_event, test::tracked;

task<int> give(int number) { co_return number; }
task<> fail() {
    throw std::runtime_error("failed");
    co_return;
}
task<> wait_for(manual_event& event) { co_await event.wait(); }
task<tracked> give_tracked(census& seen) { co_return tracked(seen, 7); }
task<> hold_while_waiting(census& seen, manual_event& event) {
    const tracked local(seen);
    co_await event.wait();
}

// Joins what stands in `place` when it runs.
task<> join_in_place(std::optional<join_handle<void>>& place) { co_await *place; }

task<int> await_handle(join_handle<int> handle) { co_return co_await handle; }
task<std::string> await_failing(join_handle<void> handle) {
    try {
        co_await handle;
    } catch (const std::runtime_error& error) {
        co_return error.what();
    }
    co_return "nothing";
}
task<bool> await_twice(join_handle<int> handle) {
    co_await handle;
    try {
        co_await handle;
    } catch (const std::logic_error&) {
        co_return true;
    }
    co_return false;
}

}  // namespace

class join_handle_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(join_handle_test);
    CPPUNIT_TEST(it_gives_the_value);
    CPPUNIT_TEST(it_rethrows_the_exception);
    CPPUNIT_TEST(it_waits_until_the_task_has_ended);
    CPPUNIT_TEST(awaiting_it_twice_is_refused);
    CPPUNIT_TEST(an_empty_handle_does_nothing_and_gives_nothing);
    CPPUNIT_TEST(assigning_detaches_the_old_task);
    CPPUNIT_TEST(a_task_goes_on_without_its_handle);
    CPPUNIT_TEST(a_value_that_nobody_takes_is_destroyed_with_the_handle);
    CPPUNIT_TEST(a_value_that_nobody_can_take_is_destroyed_at_once);
    CPPUNIT_TEST(a_detached_exception_goes_home_once);
    CPPUNIT_TEST(an_exception_that_is_dropped_with_its_handle_goes_home_once);
    CPPUNIT_TEST(an_exception_that_was_taken_does_not_go_home);
    CPPUNIT_TEST(the_same_waker_is_kept_only_once);
    CPPUNIT_TEST(another_waker_replaces_the_first);
    CPPUNIT_TEST(a_handle_that_goes_takes_its_waker_along);
    CPPUNIT_TEST(a_handle_that_goes_while_its_waker_is_called_leaves_it_alone);
    CPPUNIT_TEST(the_joiner_is_not_kept_once_it_was_woken_and_the_handle_is_gone);
    CPPUNIT_TEST(tasks_that_waited_for_each_other_leave_nothing_behind);
    CPPUNIT_TEST(a_handle_may_outlive_the_executor);
    CPPUNIT_TEST_SUITE_END();

    hand by;

public:
    void it_gives_the_value() {
        fake_executor executor;
        auto number = executor.spawn(give(5));
        auto joined = executor.spawn(await_handle(executor.spawn(give(6))));
        auto nothing = executor.spawn(ready());
        executor.run();
        CPPUNIT_ASSERT_EQUAL(5, by.poll(number).value());
        CPPUNIT_ASSERT_EQUAL(6, by.poll(joined).value());
        CPPUNIT_ASSERT(by.poll(nothing).is_ready());
        CPPUNIT_ASSERT(!number);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void it_rethrows_the_exception() {
        fake_executor executor;
        auto failing = executor.spawn(fail());
        auto joined = executor.spawn(await_failing(executor.spawn(fail())));
        executor.run();
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(failing)), std::runtime_error);
        CPPUNIT_ASSERT(!failing);
        CPPUNIT_ASSERT_EQUAL(std::string("failed"), by.poll(joined).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, executor.ended(ending::failed));
    }

    void it_waits_until_the_task_has_ended() {
        fake_executor executor;
        manual_event event;
        auto handle = executor.spawn(wait_for(event));
        executor.run();
        CPPUNIT_ASSERT(!handle.is_finished());
        CPPUNIT_ASSERT(by.poll(handle).is_pending());
        event.set();
        CPPUNIT_ASSERT_EQUAL(0, by.counts.wakes());
        executor.run();
        CPPUNIT_ASSERT_EQUAL(1, by.counts.wakes());
        CPPUNIT_ASSERT(handle.is_finished());
        CPPUNIT_ASSERT(by.poll(handle).is_ready());
    }

    void awaiting_it_twice_is_refused() {
        fake_executor executor;
        auto handle = executor.spawn(give(5));
        auto twice = executor.spawn(await_twice(executor.spawn(give(6))));
        executor.run();
        CPPUNIT_ASSERT(by.poll(handle).is_ready());
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(handle)), std::logic_error);
        CPPUNIT_ASSERT(by.poll(twice).value());
    }

    void an_empty_handle_does_nothing_and_gives_nothing() {
        fake_executor executor;
        join_handle<int> empty;
        auto detached = executor.spawn(give(1));
        detached.detach();
        auto moved = executor.spawn(give(1));
        const join_handle<int> other = std::move(moved);
        for (join_handle<int>* handle : {&empty, &detached, &moved}) {
            CPPUNIT_ASSERT(!*handle);
            CPPUNIT_ASSERT(handle->is_finished());
            handle->abort();
            handle->detach();
            CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(*handle)), std::logic_error);
        }
        CPPUNIT_ASSERT(other);
    }

    void assigning_detaches_the_old_task() {
        fake_executor executor;
        auto handle = executor.spawn(give(1));
        handle = executor.spawn(give(2));
        executor.run();
        CPPUNIT_ASSERT_EQUAL(2, by.poll(handle).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, executor.ended(ending::completed));
    }

    void a_task_goes_on_without_its_handle() {
        fake_executor executor;
        manual_event event;
        executor.spawn(wait_for(event)).detach();
        executor.run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.live());
        event.set();
        executor.run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.ended(ending::completed));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void a_value_that_nobody_takes_is_destroyed_with_the_handle() {
        fake_executor executor;
        census seen;
        {
            const auto handle = executor.spawn(give_tracked(seen));
            executor.run();
            CPPUNIT_ASSERT_EQUAL(1, seen.alive);
        }
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
    }

    void a_value_that_nobody_can_take_is_destroyed_at_once() {
        fake_executor executor;
        census seen;
        executor.spawn(give_tracked(seen)).detach();
        executor.run();
        CPPUNIT_ASSERT(seen.made > 0);
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
    }

    void a_detached_exception_goes_home_once() {
        fake_executor executor;
        executor.spawn(fail()).detach();
        executor.run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.unobserved().size());
        CPPUNIT_ASSERT_THROW(std::rethrow_exception(executor.unobserved()[0]), std::runtime_error);
    }

    void an_exception_that_is_dropped_with_its_handle_goes_home_once() {
        fake_executor executor;
        {
            const auto handle = executor.spawn(fail());
            executor.run();
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.unobserved().size());
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.unobserved().size());
    }

    void an_exception_that_was_taken_does_not_go_home() {
        fake_executor executor;
        {
            auto handle = executor.spawn(fail());
            executor.run();
            CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(handle)), std::runtime_error);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.unobserved().size());
    }

    void the_same_waker_is_kept_only_once() {
        fake_executor executor;
        manual_event event;
        auto handle = executor.spawn(wait_for(event));
        for (int polls = 0; polls < 3; ++polls) CPPUNIT_ASSERT(by.poll(handle).is_pending());
        CPPUNIT_ASSERT_EQUAL(1, by.counts.clones());
    }

    void another_waker_replaces_the_first() {
        fake_executor executor;
        manual_event event;
        hand second;
        auto handle = executor.spawn(wait_for(event));
        CPPUNIT_ASSERT(by.poll(handle).is_pending());
        CPPUNIT_ASSERT(second.poll(handle).is_pending());
        CPPUNIT_ASSERT_EQUAL(1, by.counts.alive());  // Its own.
        event.set();
        executor.run();
        CPPUNIT_ASSERT_EQUAL(0, by.counts.wakes());
        CPPUNIT_ASSERT_EQUAL(1, second.counts.wakes());
        CPPUNIT_ASSERT(by.poll(handle).is_ready());
    }

    void a_handle_that_goes_takes_its_waker_along() {
        fake_executor executor;
        manual_event event;
        {
            auto handle = executor.spawn(wait_for(event));
            CPPUNIT_ASSERT(by.poll(handle).is_pending());
            CPPUNIT_ASSERT_EQUAL(2, by.counts.alive());
        }
        CPPUNIT_ASSERT_EQUAL(1, by.counts.alive());
        event.set();
        executor.run();
        CPPUNIT_ASSERT_EQUAL(0, by.counts.wakes());
    }

    void a_handle_that_goes_while_its_waker_is_called_leaves_it_alone() {
        fake_executor executor;
        int alive_during_wake = 0;
        auto handle = executor.spawn(give(5));
        by.counts.on_wake = [&] {
            handle.detach();
            alive_during_wake = by.counts.alive();
        };
        CPPUNIT_ASSERT(by.poll(handle).is_pending());
        executor.run();
        CPPUNIT_ASSERT_EQUAL(1, by.counts.wakes());
        CPPUNIT_ASSERT_EQUAL(2, alive_during_wake);
        CPPUNIT_ASSERT_EQUAL(1, by.counts.alive());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void the_joiner_is_not_kept_once_it_was_woken_and_the_handle_is_gone() {
        fake_executor executor;
        waker kept;  // Keeps the task's block.
        {
            auto handle = executor.spawn([&kept]() -> task<> {
                co_await [&kept]() -> task<> {
                    struct keep_waker {
                        yot_run::poll<> poll(context& cx) {
                            if (*place) return {};
                            *place = cx.waker().clone();
                            return poll_pending;
                        }
                        waker* place;
                    };
                    co_await keep_waker(&kept);
                }();
            });
            executor.run();
            CPPUNIT_ASSERT(by.poll(handle).is_pending());
            kept.wake_by_ref();
            executor.run();
            CPPUNIT_ASSERT_EQUAL(1, by.counts.wakes());
            CPPUNIT_ASSERT(by.poll(handle).is_ready());
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.blocks());
        CPPUNIT_ASSERT_EQUAL(1, by.counts.alive());
        kept = {};
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void tasks_that_waited_for_each_other_leave_nothing_behind() {
        fake_executor executor;
        {
            std::optional<join_handle<void>> first;
            std::optional<join_handle<void>> second;
            first = executor.spawn(join_in_place(second));
            second = executor.spawn(join_in_place(first));
            executor.run();
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, executor.live());
            executor.close();
            executor.run();
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, executor.ended(ending::cancelled));
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void a_handle_may_outlive_the_executor() {
        census seen;
        manual_event event;
        join_handle<int> finished;
        join_handle<int> dropped;
        join_handle<void> cut_off;
        {
            fake_executor executor;
            finished = executor.spawn(give(5));
            dropped = executor.spawn(give(6));
            cut_off = executor.spawn(hold_while_waiting(seen, event));
            executor.run();
            CPPUNIT_ASSERT(by.poll(cut_off).is_pending());
        }
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(5, by.poll(finished).value());
        CPPUNIT_ASSERT_EQUAL(1, by.counts.wakes());
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(cut_off)), task_cancelled);
        dropped.abort();
        event.wake();  // The task's waker outlives it, too.
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(join_handle_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
