// What join_handle::abort() does to a task, whatever the task is doing.
#include <yot_run/task/join_handle.hpp>

#include <yot_run/task/fake_executor.hpp>
#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <functional>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using internal::ending;
using test::census, test::fake_executor, test::hand, test::manual_event, test::tracked;

task<> hold_while_waiting(tracked /*kept*/, manual_event& event) { co_await event.wait(); }
task<> deep(tracked kept, manual_event& event, int depth) {
    const tracked local(kept);
    if (depth == 0) co_await event.wait();
    else co_await deep(std::move(kept), event, depth - 1);
}

// A future that lives among its values, and does what it is told in its poll.
class scripted_future {
public:
    scripted_future(census& seen, std::function<yot_run::poll<int>(context&)> script)
        : life_(seen), script_(std::move(script)) {}
    yot_run::poll<int> poll(context& cx) { return script_(cx); }

private:
    tracked life_;
    std::function<yot_run::poll<int>(context&)> script_;
};

}  // namespace

class abort_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(abort_test);
    CPPUNIT_TEST(before_the_first_poll_nothing_runs);
    CPPUNIT_TEST(a_waiting_task_is_destroyed_without_being_polled);
    CPPUNIT_TEST(a_deep_chain_is_destroyed_whole);
    CPPUNIT_TEST(a_task_without_a_coroutine_is_destroyed_too);
    CPPUNIT_TEST(during_its_own_poll_it_ends_with_the_poll);
    CPPUNIT_TEST(a_poll_that_finishes_wins);
    CPPUNIT_TEST(a_poll_that_fails_wins);
    CPPUNIT_TEST(after_the_end_it_does_nothing);
    CPPUNIT_TEST(aborting_twice_is_aborting_once);
    CPPUNIT_TEST(the_joiner_is_woken);
    CPPUNIT_TEST(a_detached_task_that_was_aborted_ends_silently);
    CPPUNIT_TEST(a_wake_during_the_cancellation_is_harmless);
    CPPUNIT_TEST_SUITE_END();

    hand by;
    census seen;
    manual_event event;
    fake_executor executor;

    template <class T>
    void expect_cancelled(join_handle<T>& handle) {
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.ended(ending::cancelled));
        CPPUNIT_ASSERT(handle.is_finished());
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(handle)), task_cancelled);
    }

public:
    void before_the_first_poll_nothing_runs() {
        auto handle = executor.spawn(hold_while_waiting(tracked(seen), event));
        handle.abort();
        CPPUNIT_ASSERT(!handle.is_finished());  // The worker has yet to come to it.
        CPPUNIT_ASSERT_EQUAL(1U, executor.run());
        CPPUNIT_ASSERT_EQUAL(0U, event.polls());
        expect_cancelled(handle);
    }

    void a_waiting_task_is_destroyed_without_being_polled() {
        auto handle = executor.spawn(hold_while_waiting(tracked(seen), event));
        executor.run();
        CPPUNIT_ASSERT_EQUAL(1U, event.polls());
        handle.abort();
        CPPUNIT_ASSERT_EQUAL(1U, executor.run());
        CPPUNIT_ASSERT_EQUAL(1U, event.polls());
        expect_cancelled(handle);
    }

    void a_deep_chain_is_destroyed_whole() {
        auto handle = executor.spawn(deep(tracked(seen), event, 40));
        executor.run();
        CPPUNIT_ASSERT(seen.alive > 40);
        handle.abort();
        executor.run();
        expect_cancelled(handle);
    }

    void a_task_without_a_coroutine_is_destroyed_too() {
        auto handle = executor.spawn(
            scripted_future(seen, [](context&) -> poll<int> { return poll_pending; }));
        executor.run();
        handle.abort();
        executor.run();
        expect_cancelled(handle);
    }

    void during_its_own_poll_it_ends_with_the_poll() {
        join_handle<int> handle;
        handle = executor.spawn(scripted_future(seen, [&](context&) -> poll<int> {
            handle.abort();
            CPPUNIT_ASSERT(seen.alive > 0);
            return poll_pending;
        }));
        CPPUNIT_ASSERT_EQUAL(1U, executor.run());
        expect_cancelled(handle);
    }

    void a_poll_that_finishes_wins() {
        join_handle<int> handle;
        handle = executor.spawn(scripted_future(seen, [&](context&) -> poll<int> {
            handle.abort();
            return 5;
        }));
        executor.run();
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.ended(ending::completed));
        CPPUNIT_ASSERT_EQUAL(5, by.poll(handle).value());
    }

    void a_poll_that_fails_wins() {
        join_handle<int> handle;
        handle = executor.spawn(scripted_future(seen, [&](context&) -> poll<int> {
            handle.abort();
            throw std::runtime_error("failed");
        }));
        executor.run();
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.ended(ending::failed));
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(handle)), std::runtime_error);
    }

    void after_the_end_it_does_nothing() {
        auto handle = executor.spawn(ready(5));
        executor.run();
        handle.abort();
        CPPUNIT_ASSERT_EQUAL(0U, executor.run());
        CPPUNIT_ASSERT_EQUAL(5, by.poll(handle).value());
    }

    void aborting_twice_is_aborting_once() {
        auto handle = executor.spawn(hold_while_waiting(tracked(seen), event));
        executor.run();
        handle.abort();
        handle.abort();
        event.wake();
        CPPUNIT_ASSERT_EQUAL(1U, executor.run());
        expect_cancelled(handle);
    }

    void the_joiner_is_woken() {
        auto handle = executor.spawn(hold_while_waiting(tracked(seen), event));
        executor.run();
        CPPUNIT_ASSERT(by.poll(handle).is_pending());
        handle.abort();
        CPPUNIT_ASSERT_EQUAL(0, by.counts.wakes());
        executor.run();
        CPPUNIT_ASSERT_EQUAL(1, by.counts.wakes());
        expect_cancelled(handle);
    }

    void a_detached_task_that_was_aborted_ends_silently() {
        auto handle = executor.spawn(hold_while_waiting(tracked(seen), event));
        handle.abort();
        handle.detach();
        executor.run();
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.unobserved().size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void a_wake_during_the_cancellation_is_harmless() {
        struct wakes_when_it_goes {
            explicit wakes_when_it_goes(manual_event& e) : event(&e) {}
            wakes_when_it_goes(wakes_when_it_goes&& other) noexcept
                : event(std::exchange(other.event, nullptr)) {}
            ~wakes_when_it_goes() {
                if (event != nullptr) event->wake();
            }
            manual_event* event;
        };
        auto handle = executor.spawn([](wakes_when_it_goes last) -> task<> {
            co_await last.event->wait();
        }(wakes_when_it_goes(event)));
        executor.run();
        handle.abort();
        CPPUNIT_ASSERT_EQUAL(1U, executor.run());
        expect_cancelled(handle);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.queued());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(abort_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
