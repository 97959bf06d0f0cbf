#include <yot_run/executor/deque.hpp>

#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

struct item {
    int number = 0;
    test::tally taken;
};

std::unique_ptr<item[]> make_items(int count) {
    auto items = std::make_unique<item[]>(std::size_t(count));
    for (int number = 0; number < count; ++number) items[std::size_t(number)].number = number;
    return items;
}

int number_of(const item* one) { return one == nullptr ? -1 : one->number; }

// So that indices wrap after five pushes.
constexpr std::uint64_t near_the_end = std::numeric_limits<std::uint64_t>::max() - 4;

// Thieves that steal until they are told to stop and there is nothing left.
class thieves {
public:
    thieves(deque<item>& from, unsigned count) : from_(from) {
        for (unsigned index = 0; index < count; ++index)
            threads_.emplace_back("thief-" + std::to_string(index), [this] { run(); });
    }
    void finish() {
        stopping_.store(true, sync::release);  // Pairs with the load in run().
        for (sync::thread& thread : threads_) thread.join();
    }
    [[nodiscard]] int stolen() const noexcept { return stolen_.get(); }
    // Answers that contradict themselves.
    [[nodiscard]] int nonsense() const noexcept { return nonsense_.get(); }

private:
    void run() {
        for (;;) {
            const bool last_round = stopping_.load(sync::acquire);  // After all pushes, if set.
            const auto [status, one] = from_.steal();
            if ((status == steal_status::stolen) != (one != nullptr)) nonsense_.add();
            if (one != nullptr) {
                one->taken.add();
                stolen_.add();
            } else if (status == steal_status::empty && last_round) {
                return;
            }
        }
    }

    deque<item>& from_;
    test::tally stolen_;
    test::tally nonsense_;
    sync::atomic<bool> stopping_{false};
    std::vector<sync::thread> threads_;
};

// The owner pushes all items and takes some, in a changing rhythm, while others steal. Afterwards
// each item has been taken once.
void check_conservation(std::size_t capacity, std::uint64_t first_index) {
    constexpr int count = 60'000;
    const auto items = make_items(count);
    deque<item> queue(capacity, first_index);
    thieves others(queue, 2);
    int popped = 0;
    const auto pop = [&] {
        item* const one = queue.pop();
        if (one == nullptr) return false;
        one->taken.add();
        ++popped;
        return true;
    };
    for (int next = 0; next < count;) {
        const int burst = next % 7 == 0 ? 40 : 1 + next % 3;
        for (int pushed = 0; pushed < burst && next < count; ++pushed)
            queue.push(items[std::size_t(next++)]);
        for (int wanted = 0; wanted < burst - next % 2; ++wanted)
            if (!pop()) break;
    }
    while (pop()) continue;
    others.finish();
    CPPUNIT_ASSERT_EQUAL(0, others.nonsense());
    CPPUNIT_ASSERT_EQUAL(count, popped + others.stolen());
    for (int number = 0; number < count; ++number)
        CPPUNIT_ASSERT_EQUAL(1, items[std::size_t(number)].taken.get());
    CPPUNIT_ASSERT(queue.looks_empty());
}

}  // namespace

class deque_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(deque_test);
    CPPUNIT_TEST(an_empty_one_gives_nothing);
    CPPUNIT_TEST(thieves_take_the_oldest_first);
    CPPUNIT_TEST(the_owner_takes_the_youngest_first);
    CPPUNIT_TEST(both_ends_meet_at_the_last_element);
    CPPUNIT_TEST(it_can_be_emptied_and_filled_again_at_either_end);
    CPPUNIT_TEST(a_full_ring_grows_and_says_so);
    CPPUNIT_TEST(growing_keeps_elements_that_go_around_the_end_of_the_ring);
    CPPUNIT_TEST(indices_may_wrap);
    CPPUNIT_TEST(capacities_are_rounded_up);
    CPPUNIT_TEST(with_thieves_each_element_is_taken_once);
    CPPUNIT_TEST(with_thieves_and_indices_that_wrap_each_element_is_taken_once);
    CPPUNIT_TEST(the_last_element_goes_to_the_owner_or_to_a_thief);
    CPPUNIT_TEST_SUITE_END();

public:
    void an_empty_one_gives_nothing() {
        deque<item> queue;
        for (int again = 0; again < 3; ++again) {
            CPPUNIT_ASSERT(queue.pop() == nullptr);
            CPPUNIT_ASSERT(queue.steal().status == steal_status::empty);
            CPPUNIT_ASSERT(queue.steal().item == nullptr);
            CPPUNIT_ASSERT(queue.looks_empty());
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, queue.approximate_size());
        }
    }

    void thieves_take_the_oldest_first() {
        const auto items = make_items(5);
        deque<item> queue;
        for (std::size_t index = 0; index < 5; ++index) queue.push(items[index]);
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, queue.approximate_size());
        for (int number = 0; number < 5; ++number) {
            CPPUNIT_ASSERT(!queue.looks_empty());
            const auto [status, one] = queue.steal();
            CPPUNIT_ASSERT(status == steal_status::stolen);
            CPPUNIT_ASSERT_EQUAL(number, number_of(one));
        }
        CPPUNIT_ASSERT(queue.steal().status == steal_status::empty);
    }

    void the_owner_takes_the_youngest_first() {
        const auto items = make_items(5);
        deque<item> queue;
        for (std::size_t index = 0; index < 5; ++index) queue.push(items[index]);
        for (int number = 4; number >= 0; --number)
            CPPUNIT_ASSERT_EQUAL(number, number_of(queue.pop()));
        CPPUNIT_ASSERT(queue.pop() == nullptr);
    }

    void both_ends_meet_at_the_last_element() {
        const auto items = make_items(3);
        deque<item> queue;
        for (std::size_t index = 0; index < 3; ++index) queue.push(items[index]);
        CPPUNIT_ASSERT_EQUAL(0, number_of(queue.steal().item));
        CPPUNIT_ASSERT_EQUAL(2, number_of(queue.pop()));
        CPPUNIT_ASSERT_EQUAL(1, number_of(queue.pop()));
        CPPUNIT_ASSERT(queue.pop() == nullptr);
        CPPUNIT_ASSERT(queue.steal().item == nullptr);
        CPPUNIT_ASSERT(queue.looks_empty());
    }

    void it_can_be_emptied_and_filled_again_at_either_end() {
        const auto items = make_items(2);
        deque<item> queue(2);
        for (int round = 0; round < 10; ++round) {
            queue.push(items[0]);
            queue.push(items[1]);
            CPPUNIT_ASSERT_EQUAL(1, number_of(queue.pop()));
            CPPUNIT_ASSERT_EQUAL(0, number_of(round % 2 == 0 ? queue.pop() : queue.steal().item));
            CPPUNIT_ASSERT(queue.pop() == nullptr);
            CPPUNIT_ASSERT(queue.steal().status == steal_status::empty);
        }
    }

    void a_full_ring_grows_and_says_so() {
        const auto items = make_items(100);
        deque<item> queue(4);
        std::vector<std::size_t> grew_at;
        for (std::size_t index = 0; index < 100; ++index)
            if (queue.push(items[index])) grew_at.push_back(index);
        CPPUNIT_ASSERT((grew_at == std::vector<std::size_t>{4, 8, 16, 32, 64}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{100}, queue.approximate_size());
        for (int number = 0; number < 50; ++number)
            CPPUNIT_ASSERT_EQUAL(number, number_of(queue.steal().item));
        for (int number = 99; number >= 50; --number)
            CPPUNIT_ASSERT_EQUAL(number, number_of(queue.pop()));
        CPPUNIT_ASSERT(queue.looks_empty());
    }

    void growing_keeps_elements_that_go_around_the_end_of_the_ring() {
        const auto items = make_items(9);
        deque<item> queue(4);
        for (std::size_t index = 0; index < 4; ++index) queue.push(items[index]);
        CPPUNIT_ASSERT_EQUAL(0, number_of(queue.steal().item));
        CPPUNIT_ASSERT_EQUAL(1, number_of(queue.steal().item));
        CPPUNIT_ASSERT(!queue.push(items[4]));
        CPPUNIT_ASSERT(!queue.push(items[5]));
        CPPUNIT_ASSERT(queue.push(items[6]));
        CPPUNIT_ASSERT_EQUAL(6, number_of(queue.pop()));
        for (int number = 2; number < 6; ++number)
            CPPUNIT_ASSERT_EQUAL(number, number_of(queue.steal().item));
        CPPUNIT_ASSERT(queue.looks_empty());
    }

    void indices_may_wrap() {
        const auto items = make_items(12);
        for (std::uint64_t first = near_the_end - 12; first != 3; ++first) {
            deque<item> queue(2, first);
            CPPUNIT_ASSERT(queue.looks_empty());
            CPPUNIT_ASSERT(queue.pop() == nullptr);
            for (std::size_t index = 0; index < 12; ++index) {
                queue.push(items[index]);
                CPPUNIT_ASSERT_EQUAL(index + 1, queue.approximate_size());
            }
            for (int number = 0; number < 6; ++number) {
                CPPUNIT_ASSERT_EQUAL(number, number_of(queue.steal().item));
                CPPUNIT_ASSERT_EQUAL(11 - number, number_of(queue.pop()));
            }
            CPPUNIT_ASSERT(queue.pop() == nullptr);
            CPPUNIT_ASSERT(queue.steal().status == steal_status::empty);
        }
    }

    void capacities_are_rounded_up() {
        const auto items = make_items(8);
        for (const std::size_t capacity : {0U, 1U, 3U, 5U}) {
            deque<item> queue(capacity);
            for (std::size_t index = 0; index < 8; ++index) queue.push(items[index]);
            for (int number = 0; number < 8; ++number)
                CPPUNIT_ASSERT_EQUAL(number, number_of(queue.steal().item));
        }
    }

    void with_thieves_each_element_is_taken_once() {
        check_conservation(256, 0);
        check_conservation(2, 0);  // Grows under the thieves' hands.
    }

    void with_thieves_and_indices_that_wrap_each_element_is_taken_once() {
        check_conservation(2, near_the_end - 30'000);
    }

    void the_last_element_goes_to_the_owner_or_to_a_thief() {
        constexpr int rounds = 40'000;
        const auto items = make_items(rounds);
        deque<item> queue(2, near_the_end - rounds / 2);
        thieves other(queue, 1);
        int popped = 0;
        for (std::size_t round = 0; round < rounds; ++round) {
            queue.push(items[round]);
            if (item* const one = queue.pop()) {
                CPPUNIT_ASSERT_EQUAL(int(round), one->number);
                one->taken.add();
                ++popped;
            }
        }
        other.finish();
        CPPUNIT_ASSERT_EQUAL(rounds, popped + other.stolen());
        for (std::size_t round = 0; round < rounds; ++round)
            CPPUNIT_ASSERT_EQUAL(1, items[round].taken.get());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(deque_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
