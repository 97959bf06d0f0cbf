#include <yot_run/task/task.hpp>

#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using test::census, test::hand, test::manual_event, test::tracked;

static_assert(future<task<>> && future<task<int>>);
static_assert(std::is_same_v<output_of<task<int>>, int>);
static_assert(std::is_void_v<output_of<task<>>>);
static_assert(!std::is_copy_constructible_v<task<>> && !std::is_copy_assignable_v<task<>>);
static_assert(std::is_nothrow_move_constructible_v<task<>>);

task<int> count_starts(int& starts) {
    ++starts;
    co_return starts;
}
task<> wait_for(manual_event& event) { co_await event.wait(); }
task<int> give(int number) { co_return number; }
task<> fail() {
    throw std::runtime_error("failed");
    co_return;
}
task<std::unique_ptr<int>> give_move_only(int number) { co_return std::make_unique<int>(number); }
task<int> add(int left, int right) { co_return co_await give(left) + co_await give(right); }
task<tracked> give_tracked(census& seen) { co_return tracked(seen, 7); }

struct no_default {
    explicit no_default(int n) : number(n) {}
    int number;
};
task<no_default> give_no_default() { co_return no_default(9); }
task<std::string> give_from_literal() { co_return "converted"; }

// Throws at its `throw_at`th poll.
struct throwing_future {
    yot_run::poll<int> poll(context& /*cx*/) {
        if (++polls == throw_at) throw std::runtime_error("poll " + std::to_string(polls));
        return poll_pending;
    }
    int throw_at;
    int polls = 0;
};

task<std::string> catch_from_leaf(int throw_at) {
    throwing_future leaf{throw_at};
    try {
        co_await leaf;
    } catch (const std::runtime_error& error) {
        co_return error.what();
    }
    co_return "";
}

task<bool> await_twice() {
    task<int> child = give(1);
    co_await child;
    try {
        co_await child;
    } catch (const std::logic_error&) {
        co_return true;
    }
    co_return false;
}

task<bool> await_empty() {
    task<int> empty;
    try {
        co_await empty;
    } catch (const std::logic_error&) {
        co_return true;
    }
    co_return false;
}

task<bool> await_after_polling(hand& by, manual_event& event) {
    task<> child = wait_for(event);
    static_cast<void>(by.poll(child));
    try {
        co_await child;
    } catch (const std::logic_error&) {
        co_return true;
    }
    co_return false;
}

task<> await_other(task<>& other) { co_await other; }

task<> hold_while_waiting(census& seen, manual_event& event) {
    const tracked local(seen);
    co_await event.wait();
}
task<> take_parameter(tracked /*kept*/, manual_event& event) { co_await event.wait(); }

}  // namespace

class task_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(task_test);
    CPPUNIT_TEST(nothing_runs_before_the_first_poll);
    CPPUNIT_TEST(a_task_that_never_ran_is_destroyed_with_its_parameters);
    CPPUNIT_TEST(values_come_out);
    CPPUNIT_TEST(a_value_is_made_once_and_destroyed_once);
    CPPUNIT_TEST(exceptions_come_out);
    CPPUNIT_TEST(a_leaf_that_throws_throws_where_it_is_awaited);
    CPPUNIT_TEST(a_leaf_is_polled_once_per_poll);
    CPPUNIT_TEST(a_task_may_be_moved_before_it_runs);
    CPPUNIT_TEST(assigning_destroys_the_old_task);
    CPPUNIT_TEST(awaiting_a_task_twice_is_refused);
    CPPUNIT_TEST(awaiting_an_empty_task_is_refused);
    CPPUNIT_TEST(awaiting_a_task_that_was_polled_is_refused);
    CPPUNIT_TEST(polling_an_empty_or_a_finished_task_is_refused);
    CPPUNIT_TEST(polling_a_task_that_somebody_awaits_is_refused);
    CPPUNIT_TEST(the_frame_goes_when_the_task_has_finished);
    CPPUNIT_TEST(destroying_a_waiting_task_destroys_what_it_holds);
    CPPUNIT_TEST(an_awaited_task_that_outlives_its_parent_is_empty);
    CPPUNIT_TEST_SUITE_END();

    hand by;

    template <class Task>
    auto run(Task task) {
        auto answer = by.poll(task);
        CPPUNIT_ASSERT(answer.is_ready());
        return std::move(answer).value();
    }

public:
    void nothing_runs_before_the_first_poll() {
        int starts = 0;
        task<int> lazy = count_starts(starts);
        CPPUNIT_ASSERT_EQUAL(0, starts);
        CPPUNIT_ASSERT_EQUAL(1, run(std::move(lazy)));
        CPPUNIT_ASSERT_EQUAL(1, starts);
    }

    void a_task_that_never_ran_is_destroyed_with_its_parameters() {
        census seen;
        manual_event event;
        {
            const task<> lazy = take_parameter(tracked(seen), event);
            CPPUNIT_ASSERT_EQUAL(1, seen.alive);
        }
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
    }

    void values_come_out() {
        CPPUNIT_ASSERT_EQUAL(3, run(give(3)));
        CPPUNIT_ASSERT_EQUAL(7, run(add(3, 4)));
        CPPUNIT_ASSERT_EQUAL(5, *run(give_move_only(5)));
        CPPUNIT_ASSERT_EQUAL(9, run(give_no_default()).number);
        CPPUNIT_ASSERT_EQUAL(std::string("converted"), run(give_from_literal()));
    }

    void a_value_is_made_once_and_destroyed_once() {
        census seen;
        CPPUNIT_ASSERT_EQUAL(7, run(give_tracked(seen)).number);
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
    }

    void exceptions_come_out() {
        task<> failing = fail();
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(failing)), std::runtime_error);
    }

    void a_leaf_that_throws_throws_where_it_is_awaited() {
        for (const int throw_at : {1, 2, 3}) {
            task<std::string> catching = catch_from_leaf(throw_at);
            for (int polls = 1; polls < throw_at; ++polls)
                CPPUNIT_ASSERT(by.poll(catching).is_pending());
            CPPUNIT_ASSERT_EQUAL("poll " + std::to_string(throw_at), by.poll(catching).value());
        }
    }

    void a_leaf_is_polled_once_per_poll() {
        manual_event event;
        task<> waiting = wait_for(event);
        for (unsigned polls = 1; polls <= 3; ++polls) {
            CPPUNIT_ASSERT(by.poll(waiting).is_pending());
            CPPUNIT_ASSERT_EQUAL(polls, event.polls());
        }
        event.set();
        CPPUNIT_ASSERT(by.poll(waiting).is_ready());
        CPPUNIT_ASSERT_EQUAL(4U, event.polls());
    }

    void a_task_may_be_moved_before_it_runs() {
        task<int> first = give(4);
        task<int> second = std::move(first);
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(first)), std::logic_error);
        CPPUNIT_ASSERT_EQUAL(4, by.poll(second).value());
    }

    void assigning_destroys_the_old_task() {
        census seen;
        manual_event event;
        task<> one = take_parameter(tracked(seen), event);
        one = wait_for(event);
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        task<>& same = one;
        one = std::move(same);
        event.set();
        CPPUNIT_ASSERT(by.poll(one).is_ready());
    }

    void awaiting_a_task_twice_is_refused() { CPPUNIT_ASSERT(run(await_twice())); }
    void awaiting_an_empty_task_is_refused() { CPPUNIT_ASSERT(run(await_empty())); }
    void awaiting_a_task_that_was_polled_is_refused() {
        manual_event event;
        CPPUNIT_ASSERT(run(await_after_polling(by, event)));
    }

    void polling_an_empty_or_a_finished_task_is_refused() {
        task<> empty;
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(empty)), std::logic_error);
        task<int> finished = give(1);
        CPPUNIT_ASSERT(by.poll(finished).is_ready());
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(finished)), std::logic_error);
        task<> failed = fail();
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(failed)), std::runtime_error);
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(failed)), std::logic_error);
    }

    void polling_a_task_that_somebody_awaits_is_refused() {
        manual_event event;
        task<> child = wait_for(event);
        task<> parent = await_other(child);
        CPPUNIT_ASSERT(by.poll(parent).is_pending());
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(child)), std::logic_error);
        event.set();
        CPPUNIT_ASSERT(by.poll(parent).is_ready());
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(child)), std::logic_error);
    }

    void the_frame_goes_when_the_task_has_finished() {
        census seen;
        manual_event event;
        task<> waiting = take_parameter(tracked(seen), event);
        CPPUNIT_ASSERT(by.poll(waiting).is_pending());
        event.set();
        CPPUNIT_ASSERT_EQUAL(1, seen.alive);
        CPPUNIT_ASSERT(by.poll(waiting).is_ready());
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
    }

    void destroying_a_waiting_task_destroys_what_it_holds() {
        census seen;
        manual_event event;
        {
            task<> waiting = hold_while_waiting(seen, event);
            CPPUNIT_ASSERT(by.poll(waiting).is_pending());
            CPPUNIT_ASSERT_EQUAL(1, seen.alive);
        }
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
    }

    void an_awaited_task_that_outlives_its_parent_is_empty() {
        census seen;
        manual_event event;
        task<> child = hold_while_waiting(seen, event);
        {
            task<> parent = await_other(child);
            CPPUNIT_ASSERT(by.poll(parent).is_pending());
            CPPUNIT_ASSERT_EQUAL(1, seen.alive);
        }
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(child)), std::logic_error);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(task_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
