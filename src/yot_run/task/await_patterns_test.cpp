// What may stand in and around a `co_await`, tried on every compiler: GCC 12 has bugs there. Each
// temporary must be destroyed once, where it was made, and not before the awaited task has
// finished. A pattern that is not here is better not used in the documentation. Known to crash with
// GCC 12, which destroys the task before it has run: a `co_await` in the condition of `if`,
// `while`, `do` or `switch`, unless it is a bool and stands alone. Naming the value helps.
#include <yot_run/task/task.hpp>

#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using test::census, test::hand, test::tracked;

task<int> by_value(tracked object) {
    co_await yield_now();
    co_return object.number;
}
task<int> by_reference(const tracked& object) {
    co_await yield_now();
    co_return object.number;
}
task<tracked> give(census& seen, int number) {
    co_await yield_now();
    co_return tracked(seen, number);
}
task<int> number(int n) {
    co_await yield_now();
    co_return n;
}
task<bool> truth(bool b) {
    co_await yield_now();
    co_return b;
}
task<std::vector<int>> numbers() {
    co_await yield_now();
    co_return std::vector{1, 2, 3};
}
task<std::tuple<int, std::string>> pair() {
    co_await yield_now();
    co_return std::tuple(4, "four");
}
task<std::size_t> length(std::string text) {
    co_await yield_now();
    co_return text.size();
}
task<std::size_t> length_of_view(std::string_view text) {
    co_await yield_now();
    co_return text.size();
}
int difference(int left, int right) { return left - right; }

// A leaf with a non-trivial member, awaited as a temporary.
class tracked_future {
public:
    explicit tracked_future(census& seen) : life_(seen, 6) {}
    yot_run::poll<int> poll(context& cx) {
        if (std::exchange(waited_, true)) return life_.number;
        cx.waker().wake_by_ref();
        return poll_pending;
    }

private:
    tracked life_;
    bool waited_ = false;
};

class counter {
public:
    explicit counter(census& seen) : life_(seen, 5) {}
    [[nodiscard]] task<int> later() const {
        co_await yield_now();
        co_return life_.number;
    }

private:
    tracked life_;
};

task<int> parameter_by_value(census& seen) { co_return co_await by_value(tracked(seen, 1)); }
task<int> temporary_by_reference(census& seen) {
    co_return co_await by_reference(tracked(seen, 2));
}
task<int> member_of_a_temporary(census& seen) { co_return co_await counter(seen).later(); }
task<int> member_of_an_awaited_value(census& seen) { co_return (co_await give(seen, 3)).number; }
task<int> awaited_value_as_argument(census& seen) {
    co_return co_await by_value(co_await give(seen, 4));
}
task<int> awaited_value_by_reference(census& seen) {
    co_return co_await by_reference(co_await give(seen, 5));
}
task<int> temporary_leaf(census& seen) { co_return co_await tracked_future(seen); }
task<int> named_leaf(census& seen) {
    tracked_future leaf(seen);
    co_return co_await leaf;
}
task<int> moved_leaf(census& seen) {
    tracked_future leaf(seen);
    co_return co_await std::move(leaf);
}
task<int> named_task(census& seen) {
    task<int> child = by_value(tracked(seen, 7));
    co_return co_await child;
}
task<int> moved_task(census& seen) {
    task<int> child = by_value(tracked(seen, 8));
    co_return co_await std::move(child);
}
task<int> two_in_one_expression(census& seen) {
    co_return co_await by_value(tracked(seen, 10)) - co_await by_reference(tracked(seen, 3));
}
task<int> as_function_arguments(census& seen) {
    co_return difference(co_await by_value(tracked(seen, 9)), co_await by_value(tracked(seen, 4)));
}
task<int> string_temporaries(census& /*seen*/) {
    const std::string half = "twenty characters ..";
    const std::size_t whole = co_await length(half + half);
    co_return int(whole + co_await length_of_view(half + "!"));
}
task<int> bound_to_a_reference(census& seen) {
    const tracked& kept = co_await give(seen, 11);
    co_await yield_now();
    co_return kept.number;
}
task<int> in_an_initializer(census& seen) {
    const tracked copy(co_await give(seen, 12));
    const std::array both{co_await number(1), co_await number(2)};
    co_return copy.number + both[0] + both[1];
}
task<int> in_a_condition(census& seen) {
    const tracked local(seen, 1);
    if (co_await truth(false)) co_return 0;
    if (const int n = co_await number(2); n == 2 && n > local.number) co_return n + local.number;
    co_return 0;
}
task<int> in_a_loop_condition(census& seen) {
    int rounds = 0;
    while (co_await truth(rounds < 5)) {
        const tracked local(seen, rounds);
        rounds += co_await number(1);
    }
    co_return rounds;
}
task<int> in_a_for_statement(census& seen) {
    int sum = 0;
    for (int i = co_await number(0); i < co_await number(4); i += co_await number(1))
        sum += co_await by_value(tracked(seen, i));
    co_return sum;
}
task<int> over_a_range(census& seen) {
    int sum = 0;
    for (const int n : co_await numbers()) sum += n * co_await by_reference(tracked(seen, 2));
    co_return sum;
}
task<int> in_a_switch(census& seen) {
    switch (const int n = co_await by_value(tracked(seen, 2)); n) {
        case 2: co_return co_await by_value(tracked(seen, 20));
        default: co_return 0;
    }
}
task<int> with_logical_operators(census& seen) {
    const bool both = co_await truth(true) && co_await truth(false);
    const bool either = co_await truth(false) || (co_await by_value(tracked(seen, 1))) == 1;
    co_return (both ? 0 : 1) + (either ? 1 : 0);
}
task<int> with_structured_binding(census& /*seen*/) {
    const auto [first, second] = co_await pair();
    co_return first + int(second.size());
}
task<int> in_a_try_block(census& seen) {
    int result = 0;
    try {
        const tracked local(seen, 1);
        result = co_await by_value(tracked(seen, 2));
        throw std::runtime_error("on purpose");
    } catch (const std::runtime_error&) {
        ++result;
    }
    co_return result + co_await number(1);
}
task<int> as_a_lambda(census& seen) {
    const auto twice = [&seen](int n) -> task<int> {
        const tracked local(seen, n);
        co_await yield_now();
        co_return local.number * 2;
    };
    co_return co_await twice(21);
}
task<int> assigned(census& seen) {
    int n = 0;
    n = co_await number(4);
    n += co_await by_value(tracked(seen, 5));
    std::optional<int> maybe;
    maybe = co_await number(6);
    co_return n + *maybe;
}
task<int> ignored(census& seen) {
    co_await give(seen, 1);
    static_cast<void>(co_await give(seen, 2));
    co_return 1;
}

}  // namespace

class await_patterns_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(await_patterns_test);
    CPPUNIT_TEST(temporaries_in_operands_live_until_the_end_and_die_once);
    CPPUNIT_TEST(awaited_values_are_values_like_any_other);
    CPPUNIT_TEST(futures_are_awaited_by_name_or_as_temporaries);
    CPPUNIT_TEST(statements_may_await);
    CPPUNIT_TEST(a_cancelled_await_destroys_every_temporary_once);
    CPPUNIT_TEST_SUITE_END();

    using pattern = task<int> (*)(census& seen);

    static void expect(int expected, pattern coroutine) {
        census seen;
        {
            hand by;
            task<int> running = coroutine(seen);
            CPPUNIT_ASSERT_EQUAL(expected, by.poll_to_end(running).value());
        }
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
        cancel_at_each_await(coroutine);
    }

    static void cancel_at_each_await(pattern coroutine) {
        for (int polls = 1;; ++polls) {
            census seen;
            bool finished = false;
            {
                hand by;
                task<int> running = coroutine(seen);
                for (int i = 0; i < polls && !finished; ++i)
                    finished = by.poll(running).is_ready();
            }
            CPPUNIT_ASSERT_EQUAL(0, seen.alive);
            CPPUNIT_ASSERT_EQUAL(0, seen.strays);
            if (finished) return;
        }
    }

public:
    void temporaries_in_operands_live_until_the_end_and_die_once() {
        expect(1, parameter_by_value);
        expect(2, temporary_by_reference);
        expect(5, member_of_a_temporary);
        expect(4, awaited_value_as_argument);
        expect(5, awaited_value_by_reference);
        expect(7, two_in_one_expression);
        expect(5, as_function_arguments);
        expect(61, string_temporaries);
    }

    void awaited_values_are_values_like_any_other() {
        expect(3, member_of_an_awaited_value);
        expect(11, bound_to_a_reference);
        expect(15, in_an_initializer);
        expect(8, with_structured_binding);
        expect(15, assigned);
        expect(1, ignored);
    }

    void futures_are_awaited_by_name_or_as_temporaries() {
        expect(6, temporary_leaf);
        expect(6, named_leaf);
        expect(6, moved_leaf);
        expect(7, named_task);
        expect(8, moved_task);
        expect(42, as_a_lambda);
    }

    void statements_may_await() {
        expect(3, in_a_condition);
        expect(5, in_a_loop_condition);
        expect(6, in_a_for_statement);
        expect(12, over_a_range);
        expect(20, in_a_switch);
        expect(2, with_logical_operators);
        expect(4, in_a_try_block);
    }

    void a_cancelled_await_destroys_every_temporary_once() {
        // expect() has cancelled every pattern at each of its awaits; here is one that it is sure
        // of.
        census seen;
        {
            hand by;
            task<int> running = two_in_one_expression(seen);
            CPPUNIT_ASSERT(by.poll(running).is_pending());
            CPPUNIT_ASSERT(seen.alive > 0);
        }
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(await_patterns_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
