#include <yot_run/task/wake_set.hpp>

#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using order = std::vector<std::size_t>;

}  // namespace

class wake_set_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(wake_set_test);
    CPPUNIT_TEST(at_first_every_child_is_polled);
    CPPUNIT_TEST(only_woken_children_are_polled);
    CPPUNIT_TEST(a_wake_wakes_the_parent_once_until_the_next_poll);
    CPPUNIT_TEST(a_wake_during_the_poll_is_kept);
    CPPUNIT_TEST(whoever_says_so_ends_the_poll);
    CPPUNIT_TEST(a_poll_goes_on_where_the_budget_ended);
    CPPUNIT_TEST(a_greedy_child_does_not_starve_the_others);
    CPPUNIT_TEST(the_parents_waker_can_change);
    CPPUNIT_TEST(wakers_of_one_child_wake_the_same);
    CPPUNIT_TEST(wakers_may_outlive_the_combinator);
    CPPUNIT_TEST(the_parent_is_not_kept_when_the_combinator_goes);
    CPPUNIT_TEST(an_empty_set_polls_nobody);
    CPPUNIT_TEST(sizes_around_a_word_are_all_polled);
    CPPUNIT_TEST(there_are_no_marks_but_the_childrens);
    CPPUNIT_TEST(a_wake_of_a_marked_child_is_ordered_too);
    CPPUNIT_TEST(wakes_from_another_thread_are_not_lost);
    CPPUNIT_TEST_SUITE_END();

    waker_probe counts;
    waker parent = counts.make();
    environment inside;

    // One poll: keeps a waker of each child that is polled, and says which they were.
    template <class Then>
    order poll(woken_children& children, std::vector<waker>& wakers, unsigned budget, Then then) {
        order polled;
        context cx(parent, inside, budget);
        children.poll(cx, [&](std::size_t child, context& child_cx) {
            polled.push_back(child);
            wakers.resize(std::max(wakers.size(), child + 1));
            wakers[child] = child_cx.waker().clone();
            return then(child_cx);
        });
        return polled;
    }
    order poll(woken_children& children, std::vector<waker>& wakers) {
        return poll(children, wakers, default_budget, [](context&) { return true; });
    }

public:
    void at_first_every_child_is_polled() {
        woken_children children(3);
        std::vector<waker> wakers;
        CPPUNIT_ASSERT(poll(children, wakers) == (order{0, 1, 2}));
        CPPUNIT_ASSERT(poll(children, wakers).empty());
        CPPUNIT_ASSERT_EQUAL(0, counts.wakes());
    }

    void only_woken_children_are_polled() {
        woken_children children(200);
        std::vector<waker> wakers;
        CPPUNIT_ASSERT_EQUAL(std::size_t{200}, poll(children, wakers).size());
        for (const std::size_t child : {150U, 63U, 64U, 3U}) wakers[child].wake_by_ref();
        CPPUNIT_ASSERT(poll(children, wakers) == (order{3, 63, 64, 150}));
        CPPUNIT_ASSERT(poll(children, wakers).empty());
    }

    void a_wake_wakes_the_parent_once_until_the_next_poll() {
        woken_children children(3);
        std::vector<waker> wakers;
        poll(children, wakers);
        wakers[1].wake_by_ref();
        wakers[1].wake_by_ref();
        wakers[2].wake_by_ref();
        CPPUNIT_ASSERT_EQUAL(1, counts.wakes());
        CPPUNIT_ASSERT(poll(children, wakers) == (order{1, 2}));
        wakers[0].clone().wake_by_ref();
        std::move(wakers[0]).wake();
        CPPUNIT_ASSERT_EQUAL(2, counts.wakes());
    }

    void a_wake_during_the_poll_is_kept() {
        woken_children children(2);
        std::vector<waker> wakers;
        const auto wake_itself = [](context& cx) {
            cx.waker().wake_by_ref();
            return true;
        };
        CPPUNIT_ASSERT(poll(children, wakers, 9, wake_itself) == (order{0, 1}));
        CPPUNIT_ASSERT(counts.wakes() > 0);
        CPPUNIT_ASSERT(poll(children, wakers) == (order{0, 1}));
    }

    void whoever_says_so_ends_the_poll() {
        woken_children children(3);
        std::vector<waker> wakers;
        CPPUNIT_ASSERT(poll(children, wakers, 9, [](context&) { return false; }) == (order{0}));
    }

    void a_poll_goes_on_where_the_budget_ended() {
        woken_children children(5);
        std::vector<waker> wakers;
        const auto charge = [](context& cx) {
            cx.charge();
            return true;
        };
        CPPUNIT_ASSERT(poll(children, wakers, 2, charge) == (order{0, 1}));
        CPPUNIT_ASSERT_EQUAL(1, counts.wakes());
        wakers[0].wake_by_ref();
        CPPUNIT_ASSERT(poll(children, wakers, 9, charge) == (order{2, 3, 4, 0}));
        CPPUNIT_ASSERT(poll(children, wakers).empty());
    }

    void a_greedy_child_does_not_starve_the_others() {
        woken_children children(2);
        std::vector<waker> wakers;
        const auto use_everything = [](context& cx) {
            while (!cx.must_yield()) cx.charge();
            return true;
        };
        CPPUNIT_ASSERT(poll(children, wakers, 4, use_everything) == (order{0}));
        CPPUNIT_ASSERT(poll(children, wakers, 4, use_everything) == (order{1}));
        CPPUNIT_ASSERT(poll(children, wakers, 4, use_everything) == (order{0}));
    }

    void the_parents_waker_can_change() {
        waker_probe others;
        const waker other = others.make();
        woken_children children(1);
        std::vector<waker> wakers;
        poll(children, wakers);
        CPPUNIT_ASSERT_EQUAL(2, counts.alive());
        context cx(other, inside);
        children.poll(cx, [](std::size_t, context&) { return true; });
        CPPUNIT_ASSERT_EQUAL(1, counts.alive());
        wakers[0].wake_by_ref();
        CPPUNIT_ASSERT_EQUAL(0, counts.wakes());
        CPPUNIT_ASSERT_EQUAL(1, others.wakes());
    }

    void wakers_of_one_child_wake_the_same() {
        woken_children children(2);
        std::vector<waker> wakers;
        poll(children, wakers);
        const waker first = wakers[0].clone();
        wakers[0].wake_by_ref();
        poll(children, wakers);
        CPPUNIT_ASSERT(first.will_wake(wakers[0]));
        CPPUNIT_ASSERT(!first.will_wake(wakers[1]));
    }

    void wakers_may_outlive_the_combinator() {
        std::vector<waker> wakers;
        {
            woken_children children(2);
            poll(children, wakers);
        }
        wakers[0].wake_by_ref();
        const waker clone = wakers[1].clone();
        std::move(wakers[1]).wake();
        CPPUNIT_ASSERT_EQUAL(0, counts.wakes());
    }

    void the_parent_is_not_kept_when_the_combinator_goes() {
        std::vector<waker> wakers;
        {
            woken_children children(2);
            poll(children, wakers);
            const woken_children moved(std::move(children));
            CPPUNIT_ASSERT_EQUAL(2, counts.alive());
        }
        CPPUNIT_ASSERT_EQUAL(1, counts.alive());
    }

    void an_empty_set_polls_nobody() {
        woken_children children(0);
        std::vector<waker> wakers;
        CPPUNIT_ASSERT(poll(children, wakers).empty());
    }

    void sizes_around_a_word_are_all_polled() {
        for (const std::size_t size : {1U, 63U, 64U, 65U, 127U, 128U, 129U}) {
            woken_children children(size);
            std::vector<waker> wakers;
            CPPUNIT_ASSERT_EQUAL(size, poll(children, wakers, 1000, [](context&) {
                                           return true;
                                       }).size());
            wakers[size - 1].wake_by_ref();
            CPPUNIT_ASSERT(poll(children, wakers) == (order{size - 1}));
        }
    }

    void there_are_no_marks_but_the_childrens() {
        wake_set set(66);
        CPPUNIT_ASSERT_EQUAL(std::size_t{66}, set.size());
        for (std::size_t child = 0; child < 66; ++child) {
            CPPUNIT_ASSERT_EQUAL(child, set.find_marked(0));
            set.clear_mark(child);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{66}, set.find_marked(0));
        set.wake(65);
        CPPUNIT_ASSERT_EQUAL(std::size_t{65}, set.find_marked(0));
        CPPUNIT_ASSERT_EQUAL(std::size_t{65}, set.find_marked(65));
        CPPUNIT_ASSERT_EQUAL(std::size_t{66}, set.find_marked(66));
    }

    // The second wake finds the mark set, and does nothing else: M1 and M2 hand over its number.
    void a_wake_of_a_marked_child_is_ordered_too() {
        woken_children children(1);
        std::vector<waker> wakers;
        poll(children, wakers);
        wakers[0].wake_by_ref();
        int written = 0;  // Plain.
        sync::atomic<bool> woken{false};
        std::thread other([&] {
            written = 5;
            wakers[0].wake_by_ref();
            woken.store(true, sync::relaxed);  // Relaxed: this must not order anything.
        });
        while (!woken.load(sync::relaxed)) std::this_thread::yield();
        int seen = 0;
        context cx(parent, inside);
        children.poll(cx, [&](std::size_t, context&) {
            seen = written;
            return true;
        });
        other.join();
        CPPUNIT_ASSERT_EQUAL(5, seen);
        CPPUNIT_ASSERT_EQUAL(1, counts.wakes());
    }

    // A child's waker writes a number and wakes, and waits until a poll has read it: so a wake that
    // is lost stops the test, and a number that is not seen fails it.
    void wakes_from_another_thread_are_not_lost() {
        constexpr int rounds = 2000;
        constexpr std::size_t size = 70;
        woken_children children(size);
        std::vector<waker> wakers;
        poll(children, wakers);
        std::array<int, size> written{};  // Plain: the wake orders it.
        sync::atomic<int> read{0};
        std::thread other([&] {
            for (int round = 1; round <= rounds; ++round) {
                const std::size_t child = std::size_t(round) % size;
                written[child] = round;
                wakers[child].wake_by_ref();
                while (read.load(sync::acquire) != round) std::this_thread::yield();
            }
        });
        int last = 0;
        bool right = true;
        // Polls only when it was woken, as a task would.
        for (int seen_wakes = 0; last < rounds;) {
            while (counts.wakes() == seen_wakes) std::this_thread::yield();
            seen_wakes = counts.wakes();
            context cx(parent, inside);
            children.poll(cx, [&](std::size_t child, context&) {
                right = right && written[child] == last + 1;
                read.store(++last, sync::release);
                return true;
            });
        }
        other.join();
        CPPUNIT_ASSERT(right);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(wake_set_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
