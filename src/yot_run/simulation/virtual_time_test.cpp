#include <yot_run/simulation/simulation.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/sys.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using namespace std::chrono_literals;
using simulation::report, simulation::run;

// Does nothing but pass points.
void some_program() {
    sync::atomic<int> number = 0;
    for (int round = 0; round < 10'000; ++round) number.fetch_add(1, sync::relaxed);
}

}  // namespace

class virtual_time_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(virtual_time_test);
    CPPUNIT_TEST(sleeping_takes_virtual_time);
    CPPUNIT_TEST(sleepers_wake_in_the_order_of_their_times);
    CPPUNIT_TEST(stalls_and_points_take_time);
    CPPUNIT_TEST(settle_waits_until_nothing_else_can_happen);
    CPPUNIT_TEST_SUITE_END();

public:
    void sleeping_takes_virtual_time() {
        const report seen = run({}, [] {
            const auto begin = sys::now();
            simulation::sleep_for(24h);
            CPPUNIT_ASSERT(sys::now() - begin >= 24h);
            simulation::sleep_for(-1s);
            CPPUNIT_ASSERT(sys::now() - begin < 24h + 1s);
        });
        CPPUNIT_ASSERT(!seen.failure);
        CPPUNIT_ASSERT(seen.virtual_time >= 24h);
    }

    void sleepers_wake_in_the_order_of_their_times() {
        simulation::explore({.runs = 100}, [] {
            std::vector<int> order;
            std::vector<sync::thread> all;
            for (const int hours : {3, 1, 2}) {
                all.emplace_back("sleeper", [&order, hours] {
                    simulation::sleep_for(hours * 1h);
                    order.push_back(hours);
                });
            }
            for (sync::thread& each : all) each.join();
            CPPUNIT_ASSERT((order == std::vector{1, 2, 3}));
        });
    }

    void stalls_and_points_take_time() {
        const report without = run({.point_cost = 100ns, .stalls_one_in = 0}, some_program);
        CPPUNIT_ASSERT(without.virtual_time == without.points * 100ns);
        const report with = run({.point_cost = 100ns, .stalls_one_in = 2}, some_program);
        CPPUNIT_ASSERT(with.virtual_time > with.points * 100ns);
    }

    void settle_waits_until_nothing_else_can_happen() {
        simulation::explore({.runs = 100}, [] {
            sync::mutex guard;
            sync::condition_variable changed;
            bool released = false;
            int done = 0;
            sync::thread other("other", [&] {
                simulation::sleep_for(1h);
                ++done;
                sync::lock held(guard);
                changed.wait(held, [&] { return released; });
                ++done;
            });
            simulation::settle();
            CPPUNIT_ASSERT_EQUAL(1, done);
            sync::lock held(guard);
            released = true;
            held.unlock();
            changed.notify_one();
            simulation::settle();
            CPPUNIT_ASSERT_EQUAL(2, done);
            other.join();
        });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(virtual_time_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
