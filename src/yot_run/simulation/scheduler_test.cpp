#include <yot_run/simulation/scheduler.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace yot_run::simulation {
namespace {

constexpr std::array<thread_number, 4> everybody{0, 1, 2, 3};

struct decision {
    thread_number chosen;
    std::uint64_t points;  // That it has, then.

    bool operator==(const decision&) const = default;
};

std::vector<decision> decisions(scheduler_kind kind, std::uint64_t seed, std::size_t count,
                                std::span<const thread_number> ready = everybody) {
    const auto made = scheduler::make(kind, seed);
    std::vector<decision> all;
    for (std::size_t i = 0; i < count; ++i) {
        const thread_number chosen = made->choose(ready);
        all.push_back({chosen, made->next_interval(chosen)});
    }
    return all;
}

std::size_t count_of(thread_number number, const std::vector<decision>& among) {
    return std::size_t(std::ranges::count(among, number, &decision::chosen));
}

}  // namespace

class scheduler_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(scheduler_test);
    CPPUNIT_TEST(every_name_names_its_scheduler);
    CPPUNIT_TEST(the_same_seed_makes_the_same_choices);
    CPPUNIT_TEST(another_seed_makes_others);
    CPPUNIT_TEST(who_is_chosen_is_ready);
    CPPUNIT_TEST(an_interval_has_at_least_one_point);
    CPPUNIT_TEST(everybody_moves_at_last);
    CPPUNIT_TEST(seeds_differ_in_how_often_they_ask);
    CPPUNIT_TEST(uniform_prefers_nobody);
    CPPUNIT_TEST(starving_leaves_one_thread_hungry);
    CPPUNIT_TEST(starving_lets_its_victim_move_when_it_is_alone);
    CPPUNIT_TEST(priorities_keeps_to_one_thread_until_its_interval_is_over);
    CPPUNIT_TEST(priorities_puts_a_thread_that_gave_way_below_all_others);
    CPPUNIT_TEST_SUITE_END();

public:
    void every_name_names_its_scheduler() {
        for (const scheduler_kind kind : all_schedulers)
            CPPUNIT_ASSERT(scheduler_named(name_of(kind)) == kind);
        CPPUNIT_ASSERT_EQUAL(std::string("priorities"),
                             std::string(name_of(scheduler_kind::priorities)));
        CPPUNIT_ASSERT(!scheduler_named("fair"));
        CPPUNIT_ASSERT(!scheduler_named(""));
    }

    void the_same_seed_makes_the_same_choices() {
        for (const scheduler_kind kind : all_schedulers)
            CPPUNIT_ASSERT(decisions(kind, 5, 1000) == decisions(kind, 5, 1000));
    }

    void another_seed_makes_others() {
        for (const scheduler_kind kind : all_schedulers)
            CPPUNIT_ASSERT(decisions(kind, 5, 1000) != decisions(kind, 6, 1000));
    }

    void who_is_chosen_is_ready() {
        constexpr std::array<thread_number, 3> some{1, 4, 9};
        for (const scheduler_kind kind : all_schedulers)
            for (std::uint64_t seed = 0; seed < 20; ++seed)
                for (const auto& [chosen, points] : decisions(kind, seed, 100, some))
                    CPPUNIT_ASSERT(std::ranges::find(some, chosen) != some.end());
    }

    void an_interval_has_at_least_one_point() {
        for (const scheduler_kind kind : all_schedulers)
            for (std::uint64_t seed = 0; seed < 20; ++seed)
                for (const auto& [chosen, points] : decisions(kind, seed, 100))
                    CPPUNIT_ASSERT(points >= 1);
    }

    void everybody_moves_at_last() {
        for (const scheduler_kind kind : all_schedulers) {
            for (std::uint64_t seed = 0; seed < 50; ++seed) {
                std::set<thread_number> moved;
                for (const auto& [chosen, points] : decisions(kind, seed, 20'000))
                    moved.insert(chosen);
                CPPUNIT_ASSERT_EQUAL(everybody.size(), moved.size());
            }
        }
    }

    void seeds_differ_in_how_often_they_ask() {
        std::uint64_t shortest = UINT64_MAX;
        std::uint64_t longest = 0;
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
            std::uint64_t points = 0;
            for (const decision& each : decisions(scheduler_kind::uniform, seed, 100))
                points += each.points;
            shortest = std::min(shortest, points);
            longest = std::max(longest, points);
        }
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{100}, shortest);  // At every point.
        CPPUNIT_ASSERT(longest > 100 * 200);
    }

    void uniform_prefers_nobody() {
        const auto all = decisions(scheduler_kind::uniform, 3, 4000);
        for (const thread_number each : everybody) {
            CPPUNIT_ASSERT(count_of(each, all) > 850);
            CPPUNIT_ASSERT(count_of(each, all) < 1150);
        }
    }

    void starving_leaves_one_thread_hungry() {
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const auto all = decisions(scheduler_kind::starving, seed, 4000);
            std::vector<std::size_t> counts;
            for (const thread_number each : everybody) counts.push_back(count_of(each, all));
            std::ranges::sort(counts);
            CPPUNIT_ASSERT(counts[0] < 20);
            CPPUNIT_ASSERT(counts[1] > 1000);
        }
    }

    void starving_lets_its_victim_move_when_it_is_alone() {
        for (const thread_number each : everybody) {
            const auto all = decisions(scheduler_kind::starving, 1, 10, std::span(&each, 1));
            CPPUNIT_ASSERT_EQUAL(std::size_t{10}, count_of(each, all));
        }
    }

    void priorities_keeps_to_one_thread_until_its_interval_is_over() {
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const auto made = scheduler::make(scheduler_kind::priorities, seed);
            for (int interval = 0; interval < 10; ++interval) {
                const thread_number first = made->choose(everybody);
                for (int i = 0; i < 50; ++i) CPPUNIT_ASSERT_EQUAL(first, made->choose(everybody));
                static_cast<void>(made->next_interval(first));
            }
        }
    }

    void priorities_puts_a_thread_that_gave_way_below_all_others() {
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const auto made = scheduler::make(scheduler_kind::priorities, seed);
            std::vector<thread_number> order;
            for (std::size_t i = 0; i < 2 * everybody.size(); ++i) {
                order.push_back(made->choose(everybody));
                static_cast<void>(made->next_interval(order.back()));
            }
            // Each of them once, and then again in the same order.
            const auto half = std::ptrdiff_t(everybody.size());
            CPPUNIT_ASSERT(std::equal(order.begin(), order.begin() + half, order.begin() + half));
            CPPUNIT_ASSERT_EQUAL(everybody.size(),
                                 std::set(order.begin(), order.begin() + half).size());
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(scheduler_test);

}  // namespace yot_run::simulation
