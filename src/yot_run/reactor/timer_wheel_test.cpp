#include <yot_run/reactor/timer_wheel.hpp>

#include <yot_run/sys/sys.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <deque>
#include <iostream>
#include <limits>
#include <map>
#include <random>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

constexpr std::uint64_t end_of_time = std::numeric_limits<std::uint64_t>::max();

std::vector<timer_node*> taken(timer_list& list) {
    std::vector<timer_node*> nodes;
    while (timer_node* const node = list.pop_front()) nodes.push_back(node);
    return nodes;
}

std::vector<timer_node*> advanced(timer_wheel& wheel, std::uint64_t now) {
    timer_list fired;
    wheel.advance(now, fired);
    return taken(fired);
}

using nodes = std::vector<timer_node*>;

// The wheel beside a std::multimap that does the same, slowly.
class wheel_and_model {
public:
    explicit wheel_and_model(std::uint64_t seed) : random_(seed) {}
    ~wheel_and_model() {
        timer_list rest;
        wheel_.drain(rest);
        static_cast<void>(taken(rest));
    }
    wheel_and_model(const wheel_and_model&) = delete;
    wheel_and_model& operator=(const wheel_and_model&) = delete;

    void step() {
        switch (random_() % 8) {
            case 0:
            case 1:
            case 2:
            case 3:
                insert();
                break;
            case 4:
                remove();
                break;
            case 5:
                advance(now_ + distance());
                break;
            case 6:
                advance(earliest());
                break;
            default:
                advance(next());
                break;
        }
        CPPUNIT_ASSERT_EQUAL(model_.size(), wheel_.size());
        CPPUNIT_ASSERT_EQUAL(model_.empty(), wheel_.empty());
        if (model_.empty()) {
            CPPUNIT_ASSERT(!wheel_.next_deadline());
        } else {
            const std::uint64_t first = model_.begin()->first;
            CPPUNIT_ASSERT(wheel_.next_deadline().value() <= first);
            if (first - now_ < 64 && first / 64 == now_ / 64)
                CPPUNIT_ASSERT_EQUAL(first, wheel_.next_deadline().value());
        }
    }

private:
    // Of any order of magnitude, and often on the edge between two.
    std::uint64_t distance() {
        const std::uint64_t width = std::uint64_t{1} << random_() % 64;
        const std::uint64_t any = random_() % width;
        const std::uint64_t wanted = random_() % 4 == 0 ? width - now_ % width : any;
        return std::min(wanted, end_of_time - now_);
    }
    std::uint64_t earliest() const { return model_.empty() ? now_ : model_.begin()->first; }
    std::uint64_t next() const { return wheel_.next_deadline().value_or(now_); }

    void insert() {
        timer_node* node = nullptr;
        if (idle_.empty()) {
            node = &storage_.emplace_back();
        } else {
            node = idle_.back();
            idle_.pop_back();
        }
        // Now and then a deadline that has passed.
        const std::uint64_t deadline = random_() % 16 == 0 ? now_ - now_ / 2 : now_ + distance();
        wheel_.insert(*node, deadline);
        model_.emplace(std::max(deadline, now_), node);
    }
    void remove() {
        if (model_.empty()) return;
        const auto victim = std::next(model_.begin(), std::ptrdiff_t(random_() % model_.size()));
        wheel_.remove(*victim->second);
        CPPUNIT_ASSERT(!victim->second->is_linked());
        idle_.push_back(victim->second);
        model_.erase(victim);
    }
    void advance(std::uint64_t to) {
        now_ = to;
        nodes expected;
        while (!model_.empty() && model_.begin()->first <= now_) {
            expected.push_back(model_.begin()->second);
            model_.erase(model_.begin());
        }
        CPPUNIT_ASSERT(advanced(wheel_, to) == expected);
        idle_.insert(idle_.end(), expected.begin(), expected.end());
    }

    std::mt19937_64 random_;
    std::uint64_t now_ = 0;
    std::deque<timer_node> storage_;
    nodes idle_;
    timer_wheel wheel_;
    std::multimap<std::uint64_t, timer_node*> model_;  // Equal keys stay in order of insertion.
};

}  // namespace

class timer_wheel_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(timer_wheel_test);
    CPPUNIT_TEST(a_list_is_first_in_first_out);
    CPPUNIT_TEST(a_node_fires_at_its_tick_and_not_before);
    CPPUNIT_TEST(a_deadline_that_has_passed_fires_with_the_next_advance);
    CPPUNIT_TEST(nodes_of_one_step_fire_in_the_order_of_their_deadlines);
    CPPUNIT_TEST(nodes_of_one_tick_fire_in_the_order_of_insertion);
    CPPUNIT_TEST(a_removed_node_does_not_fire);
    CPPUNIT_TEST(a_driver_that_waits_for_next_comes_early_at_most_ten_times);
    CPPUNIT_TEST(the_end_of_time_is_safe);
    CPPUNIT_TEST(time_does_not_go_back);
    CPPUNIT_TEST(drain_gives_all_nodes_and_leaves_an_empty_wheel);
    CPPUNIT_TEST(the_wheel_does_what_a_multimap_does);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_list_is_first_in_first_out() {
        timer_node a;
        timer_node b;
        timer_node c;
        timer_list list;
        timer_list other;
        list.append(other);
        CPPUNIT_ASSERT(list.empty());
        list.push_back(a);
        other.push_back(b);
        other.push_back(c);
        list.append(other);
        CPPUNIT_ASSERT(other.empty());
        timer_list::unlink(b);
        CPPUNIT_ASSERT(!b.is_linked());
        other.push_back(b);
        list.append(other);
        CPPUNIT_ASSERT((taken(list) == nodes{&a, &c, &b}));
        CPPUNIT_ASSERT(list.pop_front() == nullptr);
    }

    void a_node_fires_at_its_tick_and_not_before() {
        for (const std::uint64_t deadline : {1ULL, 63ULL, 64ULL, 65ULL, 4'095ULL, 4'096ULL,
                                             1'000'000ULL, 1ULL << 36, 1ULL << 60}) {
            timer_wheel wheel;
            timer_node node;
            wheel.insert(node, deadline);
            CPPUNIT_ASSERT(wheel.next_deadline().value() <= deadline);
            CPPUNIT_ASSERT(advanced(wheel, deadline - 1).empty());
            CPPUNIT_ASSERT_EQUAL(deadline, wheel.next_deadline().value());
            CPPUNIT_ASSERT((advanced(wheel, deadline) == nodes{&node}));
            CPPUNIT_ASSERT(wheel.empty());
        }
    }

    void a_deadline_that_has_passed_fires_with_the_next_advance() {
        timer_wheel wheel;
        timer_node node;
        CPPUNIT_ASSERT(advanced(wheel, 1'000).empty());
        wheel.insert(node, 3);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1'000}, wheel.next_deadline().value());
        CPPUNIT_ASSERT((advanced(wheel, 1'000) == nodes{&node}));
        wheel.insert(node, 1'000);
        CPPUNIT_ASSERT((advanced(wheel, 1'001) == nodes{&node}));
    }

    void nodes_of_one_step_fire_in_the_order_of_their_deadlines() {
        timer_wheel wheel;
        timer_node a;
        timer_node b;
        timer_node c;
        timer_node later;
        wheel.insert(c, 5'000'003);
        wheel.insert(a, 70);
        wheel.insert(later, 5'000'005);
        wheel.insert(b, 5'000'002);
        CPPUNIT_ASSERT((advanced(wheel, 5'000'004) == nodes{&a, &b, &c}));
        CPPUNIT_ASSERT((advanced(wheel, 5'000'005) == nodes{&later}));
    }

    void nodes_of_one_tick_fire_in_the_order_of_insertion() {
        timer_wheel wheel;
        timer_node far;
        timer_node middle;
        timer_node near;
        wheel.insert(far, 10'000);
        CPPUNIT_ASSERT(advanced(wheel, 9'000).empty());
        wheel.insert(middle, 10'000);
        CPPUNIT_ASSERT(advanced(wheel, 9'999).empty());
        wheel.insert(near, 10'000);
        CPPUNIT_ASSERT((advanced(wheel, 20'000) == nodes{&far, &middle, &near}));
    }

    void a_removed_node_does_not_fire() {
        timer_wheel wheel;
        timer_node stays;
        timer_node goes;
        wheel.insert(stays, 100);
        wheel.insert(goes, 100);
        CPPUNIT_ASSERT(goes.is_in_wheel());
        wheel.remove(goes);
        CPPUNIT_ASSERT(!goes.is_in_wheel());
        CPPUNIT_ASSERT((advanced(wheel, 100) == nodes{&stays}));
        CPPUNIT_ASSERT(!stays.is_in_wheel());
        wheel.insert(goes, 5'000);
        wheel.remove(goes);
        CPPUNIT_ASSERT(wheel.empty());
        CPPUNIT_ASSERT(!wheel.next_deadline());
    }

    void a_driver_that_waits_for_next_comes_early_at_most_ten_times() {
        for (unsigned bits = 0; bits < 64; ++bits) {
            timer_wheel wheel;
            timer_node node;
            // From the worst place: all digits of the deadline are still to come.
            wheel.insert(node, ((std::uint64_t{2} << bits) - 1));
            int early = 0;
            while (advanced(wheel, wheel.next_deadline().value()).empty()) ++early;
            CPPUNIT_ASSERT(early <= 10);
            CPPUNIT_ASSERT_EQUAL(node.deadline(), wheel.now());
        }
    }

    void the_end_of_time_is_safe() {
        timer_wheel wheel;
        timer_node last;
        timer_node first;
        wheel.insert(last, end_of_time);
        wheel.insert(first, 0);
        CPPUNIT_ASSERT((advanced(wheel, 0) == nodes{&first}));
        CPPUNIT_ASSERT(advanced(wheel, end_of_time - 1).empty());
        CPPUNIT_ASSERT((advanced(wheel, end_of_time) == nodes{&last}));
        wheel.insert(first, end_of_time);
        CPPUNIT_ASSERT_EQUAL(end_of_time, wheel.next_deadline().value());
        CPPUNIT_ASSERT((advanced(wheel, end_of_time) == nodes{&first}));
    }

    void time_does_not_go_back() {
        timer_wheel wheel;
        timer_node node;
        CPPUNIT_ASSERT(advanced(wheel, 500).empty());
        wheel.insert(node, 400);
        CPPUNIT_ASSERT(advanced(wheel, 450).empty());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{500}, wheel.now());
        CPPUNIT_ASSERT((advanced(wheel, 500) == nodes{&node}));
    }

    void drain_gives_all_nodes_and_leaves_an_empty_wheel() {
        timer_wheel wheel;
        std::deque<timer_node> storage(64);
        for (unsigned i = 0; i < 64; ++i) wheel.insert(storage[i], std::uint64_t{1} << i);
        timer_list out;
        wheel.drain(out);
        CPPUNIT_ASSERT(wheel.empty());
        CPPUNIT_ASSERT(!wheel.next_deadline());
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, taken(out).size());
        for (const timer_node& node : storage) CPPUNIT_ASSERT(!node.is_in_wheel());
        wheel.insert(storage[0], 7);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, advanced(wheel, 7).size());
    }

    void the_wheel_does_what_a_multimap_does() {
        const char* const replay = std::getenv("YOT_RUN_SEED");
        const std::uint64_t seed =
            replay != nullptr ? std::strtoull(replay, nullptr, 10) : sys::random_u64();
        std::cout << "replay with: YOT_RUN_SEED=" << seed << " reactor_tests timer_wheel\n";
        std::mt19937_64 seeds(seed);
        for (int run = 0; run < 300; ++run) {
            wheel_and_model both(seeds());
            for (int step = 0; step < 300; ++step) both.step();
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(timer_wheel_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
