#include <yot_run/executor/parker.hpp>

#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class parker_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(parker_test);
    CPPUNIT_TEST(an_unpark_before_the_park_ends_it);
    CPPUNIT_TEST(several_unparks_before_a_park_count_as_one);
    CPPUNIT_TEST(an_unpark_during_the_park_ends_it);
    CPPUNIT_TEST(what_the_waker_wrote_is_visible_after_the_park);
    CPPUNIT_TEST(no_wake_is_lost_between_two_that_wake_each_other);
    CPPUNIT_TEST(no_wake_is_lost_among_many);
    CPPUNIT_TEST_SUITE_END();

public:
    void an_unpark_before_the_park_ends_it() {
        parker sleeper;
        sleeper.unpark();
        sleeper.park();
    }

    // The second park() ends with the other thread's unpark() and not before: it sees `written`.
    void several_unparks_before_a_park_count_as_one() {
        parker sleeper;
        for (int i = 0; i < 3; ++i) sleeper.unpark();
        sleeper.park();
        test::gate parked_again;
        int written = 0;  // Plain: the parker orders it.
        sync::thread other("waker", [&] {
            parked_again.wait();
            written = 1;
            sleeper.unpark();
        });
        parked_again.unlock();
        sleeper.park();
        CPPUNIT_ASSERT_EQUAL(1, written);
        other.join();
    }

    void an_unpark_during_the_park_ends_it() {
        for (int round = 0; round < 200; ++round) {
            parker sleeper;
            test::gate begun;
            sync::thread other("sleeper", [&] {
                begun.unlock();
                sleeper.park();
            });
            begun.wait();
            sleeper.unpark();
            other.join();
        }
    }

    void what_the_waker_wrote_is_visible_after_the_park() {
        parker sleeper;
        parker writer;
        int written = 0;  // Plain: the parkers order it, and ThreadSanitizer watches.
        constexpr int rounds = 5'000;
        sync::thread other("writer", [&] {
            for (int round = 1; round <= rounds; ++round) {
                written = round;
                sleeper.unpark();
                writer.park();
            }
        });
        for (int round = 1; round <= rounds; ++round) {
            sleeper.park();
            CPPUNIT_ASSERT_EQUAL(round, written);
            writer.unpark();
        }
        other.join();
    }

    void no_wake_is_lost_between_two_that_wake_each_other() {
        constexpr int rounds = 20'000;
        parker left;
        parker right;
        sync::thread other("right", [&] {
            for (int round = 0; round < rounds; ++round) {
                right.park();
                left.unpark();
            }
        });
        for (int round = 0; round < rounds; ++round) {
            right.unpark();
            left.park();
        }
        other.join();
    }

    // Each of several wakers unparks and then waits until the sleeper has seen its number: a wake
    // that is lost, or swallowed by another's, stops everything.
    void no_wake_is_lost_among_many() {
        constexpr int wakers = 3;
        constexpr int rounds = 5'000;
        parker sleeper;
        sync::atomic<int> asked{0};
        sync::atomic<int> seen{0};
        std::vector<sync::thread> threads;
        for (int index = 0; index < wakers; ++index) {
            threads.emplace_back("waker-" + std::to_string(index), [&] {
                for (int round = 0; round < rounds; ++round) {
                    // Relaxed: the parker hands it over.
                    const int mine = asked.fetch_add(1, sync::relaxed) + 1;
                    sleeper.unpark();
                    int now = seen.load(sync::relaxed);
                    while (now < mine) {
                        seen.wait(now, sync::relaxed);
                        now = seen.load(sync::relaxed);
                    }
                }
            });
        }
        while (seen.load(sync::relaxed) < wakers * rounds) {
            sleeper.park();
            seen.store(asked.load(sync::relaxed), sync::relaxed);
            seen.notify_all();
        }
        for (sync::thread& thread : threads) thread.join();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(parker_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
