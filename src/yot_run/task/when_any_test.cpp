#include <yot_run/task/when_any.hpp>

#include <yot_run/task/fake_executor.hpp>
#include <yot_run/task/task.hpp>
#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using test::census, test::fake_executor, test::hand, test::manual_event, test::tracked;

task<int> give(int number) { co_return number; }
task<int> hold_then_give(tracked kept, manual_event& event) {
    co_await event.wait();
    co_return kept.number;
}
task<int> fail_after(manual_event& event) {
    co_await event.wait();
    throw std::runtime_error("failed");
}
task<std::size_t> index_of_winner(manual_event& slow, manual_event& fast) {
    const auto winner = co_await when_any(slow.wait(), fast.wait());
    co_return winner.index();
}
task<std::size_t> index_of_winner(std::vector<manual_event::future> racers) {
    const auto winner = co_await when_any(std::move(racers));
    co_return winner.index;
}
task<> tick_for_ever() {
    for (;;) co_await ready();
}

// Gives how many tracked objects there are when its value is moved: the losers must be gone by
// then.
struct counts_when_moved {
    explicit counts_when_moved(const census& all, bool& checked) : seen(&all), checks(&checked) {}
    counts_when_moved(counts_when_moved&& other) noexcept
        : seen(other.seen), checks(other.checks), alive(*checks ? seen->alive : 0) {}
    const census* seen;
    bool* checks;
    int alive = 0;
};

using two = decltype(when_any(give(1), yield_now()));
static_assert(future<two>);
static_assert(std::is_same_v<output_of<two>, std::variant<int, std::monostate>>);
static_assert(std::is_same_v<output_of<decltype(when_any(give(1), give(2)))>,
                             std::variant<int, int>>);
static_assert(
    std::is_same_v<output_of<when_any_vector_future<task<int>>>, when_any_result<int>>);
static_assert(std::is_same_v<output_of<when_any_vector_future<task<>>>,
                             when_any_result<std::monostate>>);

}  // namespace

class when_any_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(when_any_test);
    CPPUNIT_TEST(it_gives_the_first_value_and_says_whose);
    CPPUNIT_TEST(of_several_that_are_ready_the_first_wins);
    CPPUNIT_TEST(equal_types_are_told_apart);
    CPPUNIT_TEST(values_need_only_be_moved);
    CPPUNIT_TEST(it_works_inside_a_coroutine);
    CPPUNIT_TEST(the_losers_are_gone_when_the_value_is_given);
    CPPUNIT_TEST(an_exception_wins_too);
    CPPUNIT_TEST(losing_join_handles_are_detached);
    CPPUNIT_TEST(a_greedy_child_does_not_starve_the_others);
    CPPUNIT_TEST(of_a_vector_it_gives_the_winner_and_its_index);
    CPPUNIT_TEST(of_a_vector_only_woken_children_are_polled);
    CPPUNIT_TEST(of_a_vector_the_losers_are_gone_when_the_value_is_given);
    CPPUNIT_TEST(of_a_vector_an_exception_wins_too);
    CPPUNIT_TEST(of_a_vector_a_greedy_child_does_not_starve_the_others);
    CPPUNIT_TEST(of_an_empty_vector_nothing_can_win);
    CPPUNIT_TEST_SUITE_END();

    hand by;
    census seen;
    manual_event event;
    manual_event never;

public:
    void it_gives_the_first_value_and_says_whose() {
        auto any = when_any(never.wait(), hold_then_give(tracked(seen, 5), event), pending());
        CPPUNIT_ASSERT(by.poll(any).is_pending());
        event.set();
        const auto winner = by.poll(any).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, winner.index());
        CPPUNIT_ASSERT_EQUAL(5, std::get<1>(winner));
    }

    void of_several_that_are_ready_the_first_wins() {
        auto any = when_any(pending<int>(), give(1), give(2));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, by.poll(any).value().index());
    }

    void equal_types_are_told_apart() {
        auto any = when_any(pending<int>(), pending<int>(), ready(7));
        const auto winner = by.poll(any).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, winner.index());
        CPPUNIT_ASSERT_EQUAL(7, std::get<2>(winner));
    }

    void values_need_only_be_moved() {
        auto any = when_any(ready(std::make_unique<int>(4)), pending());
        CPPUNIT_ASSERT_EQUAL(4, *std::get<0>(by.poll(any).value()));
    }

    void it_works_inside_a_coroutine() {
        fake_executor executor;
        auto handle = executor.spawn(index_of_winner(never, event));
        auto of_vector = executor.spawn(index_of_winner({never.wait(), event.wait()}));
        executor.run();
        event.set();
        executor.run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, by.poll(handle).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, by.poll(of_vector).value());
    }

    void the_losers_are_gone_when_the_value_is_given() {
        bool checks = false;
        auto any = when_any(hold_then_give(tracked(seen), never),
                            ready(counts_when_moved(seen, checks)), give(2));
        const auto answer = [&] {
            auto first = by.poll(any);
            CPPUNIT_ASSERT_EQUAL(0, seen.alive);
            checks = true;
            return first;
        }();
        CPPUNIT_ASSERT(answer.is_ready());
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
    }

    void an_exception_wins_too() {
        auto any = when_any(hold_then_give(tracked(seen), never), fail_after(event));
        CPPUNIT_ASSERT(by.poll(any).is_pending());
        CPPUNIT_ASSERT_EQUAL(1, seen.alive);
        event.set();
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(any)), std::runtime_error);
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
    }

    void losing_join_handles_are_detached() {
        fake_executor executor;
        auto any = when_any(executor.spawn(event.wait()), give(1));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, by.poll(any).value().index());
        event.set();
        executor.run();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, executor.ended(internal::ending::completed));
    }

    void a_greedy_child_does_not_starve_the_others() {
        auto any = when_any(tick_for_ever(), [](manual_event& e) -> task<> {
            co_await e.wait();
        }(event));
        CPPUNIT_ASSERT(by.poll(any).is_pending());
        event.set();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, by.poll(any).value().index());
    }

    void of_a_vector_it_gives_the_winner_and_its_index() {
        std::vector<task<int>> racers;
        racers.push_back(hold_then_give(tracked(seen), never));
        racers.push_back(give(8));
        racers.push_back(give(9));
        auto any = when_any(std::move(racers));
        const auto winner = by.poll(any).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, winner.index);
        CPPUNIT_ASSERT_EQUAL(8, winner.value);
    }

    void of_a_vector_only_woken_children_are_polled() {
        std::deque<manual_event> events(200);
        std::vector<manual_event::future> racers;
        for (manual_event& one : events) racers.push_back(one.wait());
        {
            auto any = when_any(std::move(racers));
            CPPUNIT_ASSERT(by.poll(any).is_pending());
            events[70].wake();
            CPPUNIT_ASSERT(by.poll(any).is_pending());
            CPPUNIT_ASSERT_EQUAL(2U, events[70].polls());
            events[199].set();
            CPPUNIT_ASSERT_EQUAL(std::size_t{199}, by.poll(any).value().index);
            CPPUNIT_ASSERT_EQUAL(1U, events[0].polls());
            CPPUNIT_ASSERT_EQUAL(2, by.counts.wakes());
        }
        events[0].set();  // A loser's waker.
        CPPUNIT_ASSERT_EQUAL(2, by.counts.wakes());
    }

    void of_a_vector_the_losers_are_gone_when_the_value_is_given() {
        std::vector<task<int>> racers;
        for (int i = 0; i < 3; ++i) racers.push_back(hold_then_give(tracked(seen), never));
        racers.push_back(hold_then_give(tracked(seen, 6), event));
        auto any = when_any(std::move(racers));
        CPPUNIT_ASSERT(by.poll(any).is_pending());
        CPPUNIT_ASSERT_EQUAL(4, seen.alive);
        event.set();
        CPPUNIT_ASSERT_EQUAL(6, by.poll(any).value().value);
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
    }

    void of_a_vector_an_exception_wins_too() {
        std::vector<task<int>> racers;
        racers.push_back(hold_then_give(tracked(seen), never));
        racers.push_back(fail_after(event));
        auto any = when_any(std::move(racers));
        CPPUNIT_ASSERT(by.poll(any).is_pending());
        event.set();
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(any)), std::runtime_error);
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
    }

    void of_a_vector_a_greedy_child_does_not_starve_the_others() {
        std::vector<task<>> racers;
        racers.push_back(tick_for_ever());
        racers.push_back([](manual_event& e) -> task<> { co_await e.wait(); }(event));
        auto any = when_any(std::move(racers));
        CPPUNIT_ASSERT(by.poll(any).is_pending());
        event.set();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, by.poll(any).value().index);
    }

    void of_an_empty_vector_nothing_can_win() {
        try {
            static_cast<void>(when_any(std::vector<task<>>()));
            CPPUNIT_FAIL("waits for nothing");
        } catch (const std::invalid_argument& error) {
            CPPUNIT_ASSERT(std::string(error.what()).find("empty vector") != std::string::npos);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(when_any_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
