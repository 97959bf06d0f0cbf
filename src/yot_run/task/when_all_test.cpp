#include <yot_run/task/when_all.hpp>

#include <yot_run/task/fake_executor.hpp>
#include <yot_run/task/task.hpp>
#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using test::census, test::fake_executor, test::hand, test::manual_event, test::tracked;

task<int> give(int number) { co_return number; }
task<int> give_after(manual_event& event, int number) {
    co_await event.wait();
    co_return number;
}
task<> hold_while_waiting(tracked /*kept*/, manual_event& event) { co_await event.wait(); }
task<int> fail(const char* text) {
    throw std::runtime_error(text);
    co_return 0;
}
task<int> fail_after(manual_event& event, const char* text) {
    co_await event.wait();
    throw std::runtime_error(text);
}
task<int> sum_of_three(manual_event& event) {
    const auto [first, second, third] =
        co_await when_all(give(1), give_after(event, 2), ready(3));
    co_return first + second + third;
}
task<int> sum_of_all(std::vector<task<int>> parts) {
    int sum = 0;
    for (const int part : co_await when_all(std::move(parts))) sum += part;
    co_return sum;
}
task<> tick_for_ever(unsigned& ticks) {
    for (;;) {
        ++ticks;
        co_await ready();
    }
}

using two = decltype(when_all(give(1), yield_now()));
static_assert(future<two>);
static_assert(std::is_same_v<output_of<two>, std::tuple<int, std::monostate>>);
static_assert(std::is_same_v<output_of<decltype(when_all())>, std::tuple<>>);
static_assert(std::is_same_v<output_of<when_all_vector_future<task<int>>>, std::vector<int>>);
static_assert(std::is_void_v<output_of<when_all_vector_future<task<>>>>);

template <class Error, class F>
std::string text_of(hand& by, F& failing) {
    try {
        static_cast<void>(by.poll(failing));
    } catch (const Error& error) {
        return error.what();
    }
    return "did not throw";
}

}  // namespace

class when_all_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(when_all_test);
    CPPUNIT_TEST(it_gives_all_values);
    CPPUNIT_TEST(nothing_to_wait_for_is_ready_at_once);
    CPPUNIT_TEST(values_need_only_be_moved);
    CPPUNIT_TEST(it_works_inside_a_coroutine);
    CPPUNIT_TEST(it_takes_join_handles);
    CPPUNIT_TEST(a_finished_child_is_not_polled_again_and_is_gone);
    CPPUNIT_TEST(the_first_exception_is_rethrown_and_the_others_go_with_the_combinator);
    CPPUNIT_TEST(a_later_exception_is_rethrown_too);
    CPPUNIT_TEST(a_greedy_child_does_not_starve_the_others);
    CPPUNIT_TEST(children_share_the_budget_of_the_poll);
    CPPUNIT_TEST(a_budget_that_the_children_used_up_stays_used_up);
    CPPUNIT_TEST(of_a_vector_it_gives_all_values_in_order);
    CPPUNIT_TEST(of_a_vector_of_nothing_it_gives_nothing);
    CPPUNIT_TEST(an_empty_vector_is_ready_at_once);
    CPPUNIT_TEST(of_a_vector_only_woken_children_are_polled);
    CPPUNIT_TEST(of_a_vector_the_first_exception_is_rethrown);
    CPPUNIT_TEST(of_a_vector_finished_children_are_gone);
    CPPUNIT_TEST(a_large_vector_yields_and_finishes);
    CPPUNIT_TEST(wakers_of_children_may_outlive_everything);
    CPPUNIT_TEST_SUITE_END();

    hand by;
    census seen;
    manual_event event;

public:
    void it_gives_all_values() {
        auto all = when_all(give(1), ready(), ready(std::string("two")));
        const auto [one, nothing, text] = by.poll(all).value();
        CPPUNIT_ASSERT_EQUAL(1, one);
        CPPUNIT_ASSERT_EQUAL(std::string("two"), text);
        static_cast<void>(nothing);
    }

    void nothing_to_wait_for_is_ready_at_once() {
        auto nothing = when_all();
        CPPUNIT_ASSERT(by.poll(nothing).is_ready());
    }

    void values_need_only_be_moved() {
        auto all = when_all(ready(std::make_unique<int>(4)), ready(std::make_unique<int>(5)));
        const auto values = by.poll(all).value();
        CPPUNIT_ASSERT_EQUAL(4, *std::get<0>(values));
        CPPUNIT_ASSERT_EQUAL(5, *std::get<1>(values));
    }

    void it_works_inside_a_coroutine() {
        fake_executor executor;
        auto handle = executor.spawn(sum_of_three(event));
        executor.run();
        CPPUNIT_ASSERT(by.poll(handle).is_pending());
        event.set();
        executor.run();
        CPPUNIT_ASSERT_EQUAL(6, by.poll(handle).value());
    }

    void it_takes_join_handles() {
        fake_executor executor;
        auto all = when_all(executor.spawn(give(1)), executor.spawn(give(2)));
        CPPUNIT_ASSERT(by.poll(all).is_pending());
        executor.run();
        CPPUNIT_ASSERT_EQUAL(2, by.counts.wakes());
        CPPUNIT_ASSERT(by.poll(all).value() == std::tuple(1, 2));
    }

    void a_finished_child_is_not_polled_again_and_is_gone() {
        manual_event other;
        auto all = when_all(hold_while_waiting(tracked(seen), event), other.wait());
        CPPUNIT_ASSERT(by.poll(all).is_pending());
        event.set();
        CPPUNIT_ASSERT_EQUAL(1, seen.alive);
        CPPUNIT_ASSERT(by.poll(all).is_pending());
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT(by.poll(all).is_pending());
        CPPUNIT_ASSERT_EQUAL(2U, event.polls());
        CPPUNIT_ASSERT_EQUAL(3U, other.polls());
        other.set();
        CPPUNIT_ASSERT(by.poll(all).is_ready());
    }

    void the_first_exception_is_rethrown_and_the_others_go_with_the_combinator() {
        {
            auto all = when_all(hold_while_waiting(tracked(seen), event), fail("first"),
                                fail("second"));
            CPPUNIT_ASSERT_EQUAL(std::string("first"), text_of<std::runtime_error>(by, all));
            CPPUNIT_ASSERT_EQUAL(1, seen.alive);
        }
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
    }

    void a_later_exception_is_rethrown_too() {
        auto all = when_all(give(1), fail_after(event, "later"), pending());
        CPPUNIT_ASSERT(by.poll(all).is_pending());
        event.set();
        CPPUNIT_ASSERT_EQUAL(std::string("later"), text_of<std::runtime_error>(by, all));
    }

    void a_greedy_child_does_not_starve_the_others() {
        unsigned ticks = 0;
        auto all = when_all(tick_for_ever(ticks), event.wait());
        for (int polls = 0; polls < 4; ++polls) {
            const int before = by.counts.wakes();
            CPPUNIT_ASSERT(by.poll(all).is_pending());
            CPPUNIT_ASSERT(by.counts.wakes() > before);
        }
        CPPUNIT_ASSERT(event.polls() >= 2);
    }

    void children_share_the_budget_of_the_poll() {
        unsigned first = 0;
        unsigned second = 0;
        auto all = when_all(tick_for_ever(first), tick_for_ever(second));
        CPPUNIT_ASSERT(by.poll(all, 100).is_pending());
        CPPUNIT_ASSERT(first + second <= 101);
        CPPUNIT_ASSERT(by.poll(all, 100).is_pending());
        CPPUNIT_ASSERT(first > 0);
        CPPUNIT_ASSERT(second > 0);
    }

    void a_budget_that_the_children_used_up_stays_used_up() {
        // A leaf that is ready with the last unit of the budget is charged for all the same.
        const auto exact = [](unsigned uses) -> task<> {
            for (unsigned used = 0; used < uses; ++used) co_await ready();
        };
        const auto awaits = [&exact](unsigned uses) -> task<> {
            co_await when_all(exact(uses));
            for (;;) co_await ready();
        };
        for (unsigned uses = 1; uses < 10; ++uses) {
            task<> root = awaits(uses);
            CPPUNIT_ASSERT(by.poll(root, 10).is_pending());
        }
    }

    void of_a_vector_it_gives_all_values_in_order() {
        std::vector<task<int>> parts;
        parts.push_back(give_after(event, 1));
        parts.push_back(give(2));
        auto all = when_all(std::move(parts));
        CPPUNIT_ASSERT(by.poll(all).is_pending());
        event.set();
        CPPUNIT_ASSERT(by.poll(all).value() == (std::vector{1, 2}));

        std::vector<ready_future<bool>> bools;
        bools.push_back(ready(true));
        bools.push_back(ready(false));
        auto both = when_all(std::move(bools));
        CPPUNIT_ASSERT(by.poll(both).value() == (std::vector{true, false}));
    }

    void of_a_vector_of_nothing_it_gives_nothing() {
        std::vector<manual_event::future> parts(3, event.wait());
        auto all = when_all(std::move(parts));
        CPPUNIT_ASSERT(by.poll(all).is_pending());
        event.set();
        CPPUNIT_ASSERT(by.poll(all).is_ready());
        CPPUNIT_ASSERT_EQUAL(6U, event.polls());
    }

    void an_empty_vector_is_ready_at_once() {
        auto nothing = when_all(std::vector<task<>>());
        CPPUNIT_ASSERT(by.poll(nothing).is_ready());
        auto values = when_all(std::vector<task<int>>());
        CPPUNIT_ASSERT(by.poll(values).value().empty());
    }

    void of_a_vector_only_woken_children_are_polled() {
        constexpr std::size_t size = 200;
        std::deque<manual_event> events(size);
        std::vector<manual_event::future> parts;
        for (manual_event& one : events) parts.push_back(one.wait());
        auto all = when_all(std::move(parts));
        CPPUNIT_ASSERT(by.poll(all, 1000).is_pending());
        events[130].set();
        CPPUNIT_ASSERT_EQUAL(1, by.counts.wakes());
        CPPUNIT_ASSERT(by.poll(all).is_pending());
        CPPUNIT_ASSERT_EQUAL(2U, events[130].polls());
        unsigned polls = 0;
        for (const manual_event& one : events) polls += one.polls();
        CPPUNIT_ASSERT_EQUAL(unsigned(size) + 1, polls);
        for (manual_event& one : events) one.set();
        CPPUNIT_ASSERT(by.poll(all, 1000).is_ready());
    }

    void of_a_vector_the_first_exception_is_rethrown() {
        {
            std::vector<task<int>> parts;
            parts.push_back([](tracked kept, manual_event& e) -> task<int> {
                co_await e.wait();
                co_return kept.number;
            }(tracked(seen), event));
            parts.push_back(fail("first"));
            parts.push_back(fail("second"));
            auto all = when_all(std::move(parts));
            CPPUNIT_ASSERT_EQUAL(std::string("first"), text_of<std::runtime_error>(by, all));
        }
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
    }

    void of_a_vector_finished_children_are_gone() {
        manual_event other;
        std::vector<task<>> parts;
        parts.push_back(hold_while_waiting(tracked(seen), event));
        parts.push_back(hold_while_waiting(tracked(seen), other));
        auto all = when_all(std::move(parts));
        CPPUNIT_ASSERT(by.poll(all).is_pending());
        CPPUNIT_ASSERT_EQUAL(2, seen.alive);
        event.set();
        event.wake();
        CPPUNIT_ASSERT(by.poll(all).is_pending());
        CPPUNIT_ASSERT_EQUAL(1, seen.alive);
        other.set();
        CPPUNIT_ASSERT(by.poll(all).is_ready());
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
    }

    void a_large_vector_yields_and_finishes() {
        constexpr int size = 10'000;
        std::vector<task<int>> parts;
        for (int part = 0; part < size; ++part) parts.push_back(give(1));
        task<int> all = sum_of_all(std::move(parts));
        unsigned polls = 1;
        for (auto answer = by.poll(all);; answer = by.poll(all), ++polls) {
            if (answer.is_pending()) continue;
            CPPUNIT_ASSERT_EQUAL(size, answer.value());
            break;
        }
        CPPUNIT_ASSERT(polls >= 2 * unsigned(size) / default_budget);
    }

    void wakers_of_children_may_outlive_everything() {
        {
            std::vector<manual_event::future> parts(3, event.wait());
            auto all = when_all(std::move(parts));
            CPPUNIT_ASSERT(by.poll(all).is_pending());
        }
        event.set();
        CPPUNIT_ASSERT_EQUAL(0, by.counts.wakes());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(when_all_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
