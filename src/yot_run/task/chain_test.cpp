#include <yot_run/task/chain.hpp>

#include <yot_run/task/task.hpp>
#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using test::census, test::hand, test::manual_event, test::stack_gauge, test::tracked;

constexpr std::uintptr_t little_stack = 4096;  // What a loop may use where recursion would not end.
constexpr unsigned plenty = 1U << 30;

// `depth` coroutines, each awaiting the next; the last waits for the event. Counts what runs.
struct depths {
    manual_event event;
    unsigned started = 0;
    unsigned resumed = 0;
    stack_gauge stack;
};

task<unsigned> descend(depths& seen, unsigned depth) {
    ++seen.started;
    seen.stack.note();
    unsigned below = 0;
    if (depth == 0) co_await seen.event.wait();
    else below = co_await descend(seen, depth - 1);
    ++seen.resumed;
    seen.stack.note();
    co_return below + 1;
}

// Says when it is destroyed, and where on the stack.
struct farewell {
    ~farewell() {
        if (order != nullptr) order->push_back(number);
        if (stack != nullptr) stack->note();
    }
    std::vector<unsigned>* order;
    stack_gauge* stack;
    unsigned number;
};

task<> descend_and_say_farewell(manual_event& event, std::vector<unsigned>* order,
                                stack_gauge* stack, unsigned depth, unsigned number = 0) {
    const farewell local{order, stack, number};
    if (number + 1 == depth) co_await event.wait();
    else co_await descend_and_say_farewell(event, order, stack, depth, number + 1);
}

task<int> fall(stack_gauge& stack, unsigned& passed, unsigned depth) {
    if (depth == 0) throw std::runtime_error("from the depths");
    try {
        co_return co_await fall(stack, passed, depth - 1);
    } catch (const std::runtime_error&) {
        ++passed;
        stack.note();
        throw;
    }
}

task<unsigned> complete_at_once(stack_gauge& stack) {
    stack.note();
    co_return 1;
}

task<unsigned> await_many(stack_gauge& stack, unsigned count) {
    unsigned sum = 0;
    for (unsigned i = 0; i < count; ++i) sum += co_await complete_at_once(stack);
    co_return sum;
}

task<> tick(unsigned& ticks) {
    ++ticks;
    co_return;
}

task<> tick_for_ever(unsigned& ticks) {
    for (;;) co_await tick(ticks);
}

task<> give_up_tracked(census& seen) {
    const tracked local(seen);
    co_return;
}

task<> own_and_await(census& seen) {
    const tracked local(seen);
    task<> child = give_up_tracked(seen);
    co_await child;
}

task<> wait_for(manual_event& event) { co_await event.wait(); }

}  // namespace

class chain_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(chain_test);
    CPPUNIT_TEST(polling_a_deep_chain_polls_one_leaf_and_resumes_nobody);
    CPPUNIT_TEST(a_ready_leaf_resumes_each_coroutine_once);
    CPPUNIT_TEST(an_exception_passes_every_coroutine_in_constant_stack);
    CPPUNIT_TEST(an_unfinished_chain_is_destroyed_innermost_first);
    CPPUNIT_TEST(a_million_coroutines_are_run_and_destroyed_in_constant_stack);
    CPPUNIT_TEST(ten_million_awaits_run_in_constant_stack);
    CPPUNIT_TEST(a_chain_that_never_waits_yields_when_its_budget_is_used_up);
    CPPUNIT_TEST(a_chain_goes_on_where_it_yielded);
    CPPUNIT_TEST(a_leaf_is_not_polled_without_budget);
    CPPUNIT_TEST(a_ready_leaf_is_not_polled_again_after_a_yield);
    CPPUNIT_TEST(a_chain_can_be_destroyed_between_two_hops);
    CPPUNIT_TEST_SUITE_END();

public:
    void polling_a_deep_chain_polls_one_leaf_and_resumes_nobody() {
        hand by;
        depths seen;
        task<unsigned> root = descend(seen, 1000);
        CPPUNIT_ASSERT(by.poll(root, plenty).is_pending());
        CPPUNIT_ASSERT_EQUAL(1U, seen.event.polls());
        for (unsigned spurious = 2; spurious < 10; ++spurious) {
            CPPUNIT_ASSERT(by.poll(root).is_pending());
            CPPUNIT_ASSERT_EQUAL(spurious, seen.event.polls());
        }
        CPPUNIT_ASSERT_EQUAL(1001U, seen.started);
        CPPUNIT_ASSERT_EQUAL(0U, seen.resumed);
    }

    void a_ready_leaf_resumes_each_coroutine_once() {
        hand by;
        depths seen;
        task<unsigned> root = descend(seen, 1000);
        CPPUNIT_ASSERT(by.poll(root, plenty).is_pending());
        seen.event.set();
        CPPUNIT_ASSERT_EQUAL(1001U, by.poll(root, plenty).value());
        CPPUNIT_ASSERT_EQUAL(1001U, seen.resumed);
        CPPUNIT_ASSERT_EQUAL(2U, seen.event.polls());
        CPPUNIT_ASSERT(seen.stack.spread() <= little_stack);
    }

    void an_exception_passes_every_coroutine_in_constant_stack() {
        hand by;
        stack_gauge stack;
        unsigned passed = 0;
        task<int> root = fall(stack, passed, 10'000);
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(root, plenty)), std::runtime_error);
        CPPUNIT_ASSERT_EQUAL(10'000U, passed);
        CPPUNIT_ASSERT(stack.spread() <= little_stack);
    }

    void an_unfinished_chain_is_destroyed_innermost_first() {
        hand by;
        manual_event event;
        std::vector<unsigned> order;
        {
            task<> root = descend_and_say_farewell(event, &order, nullptr, 5);
            CPPUNIT_ASSERT(by.poll(root).is_pending());
        }
        CPPUNIT_ASSERT(order == (std::vector<unsigned>{4, 3, 2, 1, 0}));
    }

    void a_million_coroutines_are_run_and_destroyed_in_constant_stack() {
        hand by;
        manual_event event;
        stack_gauge stack;
        std::optional<task<>> root(
            descend_and_say_farewell(event, nullptr, &stack, 1'000'000));
        CPPUNIT_ASSERT(by.poll(*root, plenty).is_pending());
        CPPUNIT_ASSERT_EQUAL(1U, event.polls());
        root.reset();
        CPPUNIT_ASSERT(stack.spread() <= little_stack);
    }

    void ten_million_awaits_run_in_constant_stack() {
        hand by;
        stack_gauge stack;
        task<unsigned> root = await_many(stack, 10'000'000);
        CPPUNIT_ASSERT_EQUAL(10'000'000U, by.poll_to_end(root).value());
        CPPUNIT_ASSERT(stack.spread() <= little_stack);
    }

    void a_chain_that_never_waits_yields_when_its_budget_is_used_up() {
        hand by;
        unsigned ticks = 0;
        task<> root = tick_for_ever(ticks);
        CPPUNIT_ASSERT(by.poll(root).is_pending());
        CPPUNIT_ASSERT_EQUAL(1, by.counts.wakes());
        // A hop into each child and one back.
        CPPUNIT_ASSERT_EQUAL(default_budget / 2, ticks);
    }

    void a_chain_goes_on_where_it_yielded() {
        hand by;
        unsigned ticks = 0;
        task<> root = tick_for_ever(ticks);
        for (unsigned polls = 0; polls < 100; ++polls)
            CPPUNIT_ASSERT(by.poll(root, 7).is_pending());
        CPPUNIT_ASSERT_EQUAL(700U / 2, ticks);
    }

    void a_leaf_is_not_polled_without_budget() {
        hand by;
        manual_event event;
        event.set();
        task<> root = wait_for(event);
        CPPUNIT_ASSERT(by.poll(root, 1).is_pending());  // The start of the coroutine.
        CPPUNIT_ASSERT_EQUAL(0U, event.polls());
        CPPUNIT_ASSERT_EQUAL(1, by.counts.wakes());
        CPPUNIT_ASSERT(by.poll(root, 0).is_pending());
        CPPUNIT_ASSERT_EQUAL(0U, event.polls());
        CPPUNIT_ASSERT(by.poll(root).is_ready());
        CPPUNIT_ASSERT_EQUAL(1U, event.polls());
    }

    void a_ready_leaf_is_not_polled_again_after_a_yield() {
        hand by;
        manual_event event;
        task<> root = wait_for(event);
        CPPUNIT_ASSERT(by.poll(root).is_pending());
        event.set();
        const int before = by.counts.wakes();
        CPPUNIT_ASSERT(by.poll(root, 1).is_pending());  // The leaf is ready; no budget for the hop.
        CPPUNIT_ASSERT_EQUAL(before + 1, by.counts.wakes());
        CPPUNIT_ASSERT_EQUAL(2U, event.polls());
        CPPUNIT_ASSERT(by.poll(root, 1).is_ready());
        CPPUNIT_ASSERT_EQUAL(2U, event.polls());
    }

    void a_chain_can_be_destroyed_between_two_hops() {
        for (unsigned budget = 0; budget <= 3; ++budget) {
            hand by;
            census seen;
            {
                task<> root = own_and_await(seen);
                CPPUNIT_ASSERT_EQUAL(budget == 3, by.poll(root, budget).is_ready());
            }
            CPPUNIT_ASSERT_EQUAL(0, seen.alive);
            CPPUNIT_ASSERT_EQUAL(0, seen.strays);
            CPPUNIT_ASSERT_EQUAL(budget == 0 ? 0 : budget == 1 ? 1 : 2, seen.made);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(chain_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
