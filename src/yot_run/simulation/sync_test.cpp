#include <yot_run/simulation/simulation.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/sys.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::sync {
namespace {

using namespace std::chrono_literals;

// None of so many runs may fail.
void run_often(const std::function<void()>& program) {
    simulation::explore({.runs = 200}, program);
}

// Two threads add one to a number, not in one step. What can come out?
template <class Add>
std::set<int> sums_of_two(Add add) {
    std::set<int> seen;
    run_often([&] {
        atomic<int> sum = 0;
        mutex guard;
        thread first("first", [&] { add(sum, guard); });
        thread second("second", [&] { add(sum, guard); });
        first.join();
        second.join();
        seen.insert(sum.load(seq_cst));
    });
    return seen;
}

}  // namespace

class sync_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(sync_test);
    CPPUNIT_TEST(atomics_are_as_in_the_standard);
    CPPUNIT_TEST(a_weak_exchange_sometimes_fails_for_no_reason);
    CPPUNIT_TEST(an_increment_in_two_steps_is_lost_in_some_runs);
    CPPUNIT_TEST(an_increment_under_a_mutex_is_never_lost);
    CPPUNIT_TEST(an_increment_in_one_step_is_never_lost);
    CPPUNIT_TEST(store_then_load_is_sequentially_consistent);
    CPPUNIT_TEST(a_mutex_that_is_taken_cannot_be_tried);
    CPPUNIT_TEST(a_waiting_thread_is_notified);
    CPPUNIT_TEST(notify_one_wakes_one_and_notify_all_the_others);
    CPPUNIT_TEST(a_wait_sometimes_ends_for_no_reason);
    CPPUNIT_TEST(a_timed_wait_takes_virtual_time);
    CPPUNIT_TEST(a_wait_for_a_predicate_ends_when_it_holds_or_the_time_is_up);
    CPPUNIT_TEST(a_time_that_never_comes_is_no_deadline);
    CPPUNIT_TEST(a_cell_holds_its_value);
    CPPUNIT_TEST_SUITE_END();

public:
    void atomics_are_as_in_the_standard() {
        run_often([] {
            atomic<int> number = 3;
            CPPUNIT_ASSERT_EQUAL(3, number.exchange(4, acq_rel));
            CPPUNIT_ASSERT_EQUAL(4, number.fetch_add(5, relaxed));
            CPPUNIT_ASSERT_EQUAL(9, number.fetch_sub(1, relaxed));
            CPPUNIT_ASSERT_EQUAL(8, number.fetch_or(1, relaxed));
            CPPUNIT_ASSERT_EQUAL(9, number.fetch_and(3, relaxed));
            int expected = 2;
            CPPUNIT_ASSERT(!number.compare_exchange_strong(expected, 7, seq_cst));
            CPPUNIT_ASSERT_EQUAL(1, expected);
            CPPUNIT_ASSERT(number.compare_exchange_strong(expected, 7, seq_cst, relaxed));
            CPPUNIT_ASSERT_EQUAL(7, number.load(acquire));
            atomic<int*> pointer;
            CPPUNIT_ASSERT(pointer.load(relaxed) == nullptr);
        });
    }

    void a_weak_exchange_sometimes_fails_for_no_reason() {
        int successes = 0;
        int failures = 0;
        run_often([&] {
            atomic<int> number = 0;
            for (int i = 0; i < 10; ++i) {
                int expected = i;
                while (!number.compare_exchange_weak(expected, i + 1, acq_rel, relaxed)) {
                    CPPUNIT_ASSERT_EQUAL(i, expected);
                    ++failures;
                }
                ++successes;
            }
        });
        CPPUNIT_ASSERT_EQUAL(2000, successes);
        CPPUNIT_ASSERT(failures > 0 && failures < successes / 10);
    }

    void an_increment_in_two_steps_is_lost_in_some_runs() {
        const auto seen = sums_of_two([](atomic<int>& sum, mutex&) {
            sum.store(sum.load(seq_cst) + 1, seq_cst);
        });
        CPPUNIT_ASSERT((seen == std::set{1, 2}));
    }

    void an_increment_under_a_mutex_is_never_lost() {
        const auto seen = sums_of_two([](atomic<int>& sum, mutex& guard) {
            const lock held(guard);
            sum.store(sum.load(seq_cst) + 1, seq_cst);
        });
        CPPUNIT_ASSERT((seen == std::set{2}));
    }

    void an_increment_in_one_step_is_never_lost() {
        const auto seen = sums_of_two(
            [](atomic<int>& sum, mutex&) { sum.fetch_add(1, relaxed); });
        CPPUNIT_ASSERT((seen == std::set{2}));
    }

    // Of what two threads can see that write, then read what the other one wrote: one of them comes
    // second.
    void store_then_load_is_sequentially_consistent() {
        std::set<std::pair<int, int>> seen;
        run_often([&] {
            atomic<int> x = 0;
            atomic<int> y = 0;
            int by_first = -1;
            int by_second = -1;
            thread first("first", [&] {
                x.store(1, relaxed);
                by_first = y.load(relaxed);
            });
            thread second("second", [&] {
                y.store(1, relaxed);
                by_second = x.load(relaxed);
            });
            first.join();
            second.join();
            seen.emplace(by_first, by_second);
        });
        CPPUNIT_ASSERT((seen == std::set<std::pair<int, int>>{{0, 1}, {1, 0}, {1, 1}}));
    }

    void a_mutex_that_is_taken_cannot_be_tried() {
        run_often([] {
            mutex guard;
            CPPUNIT_ASSERT(guard.try_lock());
            thread other("other", [&] { CPPUNIT_ASSERT(!guard.try_lock()); });
            other.join();
            guard.unlock();
            CPPUNIT_ASSERT(guard.try_lock());
            guard.unlock();
        });
    }

    void a_waiting_thread_is_notified() {
        run_often([] {
            mutex guard;
            condition_variable changed;
            bool ready = false;
            thread other("notifier", [&] {
                {
                    const lock held(guard);
                    ready = true;
                }
                changed.notify_one();
            });
            {
                lock held(guard);
                changed.wait(held, [&] { return ready; });
            }
            other.join();
        });
    }

    void notify_one_wakes_one_and_notify_all_the_others() {
        run_often([] {
            mutex guard;
            condition_variable changed;
            int tickets = 0;
            int served = 0;
            std::vector<thread> all;
            for (int i = 0; i < 3; ++i) {
                all.emplace_back("customer", [&] {
                    lock held(guard);
                    changed.wait(held, [&] { return tickets > 0; });
                    --tickets;
                    ++served;
                });
            }
            simulation::settle();
            lock held(guard);
            tickets = 1;
            held.unlock();
            changed.notify_one();
            simulation::settle();
            CPPUNIT_ASSERT_EQUAL(1, served);
            held.lock();
            tickets = 2;
            held.unlock();
            changed.notify_all();
            for (thread& each : all) each.join();
            CPPUNIT_ASSERT_EQUAL(3, served);
        });
    }

    void a_wait_sometimes_ends_for_no_reason() {
        int ended = 0;
        run_often([&] {
            mutex guard;
            condition_variable never_notified;
            lock held(guard);
            if (never_notified.wait_until(held, sys::now() + 1s) == std::cv_status::no_timeout)
                ++ended;
        });
        CPPUNIT_ASSERT(ended > 0 && ended < 30);
    }

    void a_timed_wait_takes_virtual_time() {
        run_often([] {
            mutex guard;
            condition_variable never_notified;
            lock held(guard);
            const auto deadline = sys::now() + 24h;
            while (never_notified.wait_until(held, deadline) == std::cv_status::no_timeout) {
            }
            CPPUNIT_ASSERT(sys::now() >= deadline);
            CPPUNIT_ASSERT(sys::now() <= deadline + 1s);
            CPPUNIT_ASSERT(held.owns_lock());
        });
    }

    void a_wait_for_a_predicate_ends_when_it_holds_or_the_time_is_up() {
        run_often([] {
            mutex guard;
            condition_variable changed;
            bool ready = false;
            lock held(guard);
            CPPUNIT_ASSERT(!changed.wait_for(held, 10ms, [&] { return ready; }));
            thread other("other", [&] {
                simulation::sleep_for(10s);
                const lock inside(guard);
                ready = true;
                changed.notify_all();
            });
            CPPUNIT_ASSERT(changed.wait_for(held, 1h, [&] { return ready; }));
            held.unlock();
            other.join();
        });
    }

    void a_time_that_never_comes_is_no_deadline() {
        const auto report = simulation::run({}, [] {
            mutex guard;
            condition_variable never_notified;
            lock held(guard);
            never_notified.wait_for(held, std::chrono::nanoseconds::max(), [] { return false; });
        });
        CPPUNIT_ASSERT(report.failure.value().starts_with("nothing can happen any more"));
    }

    void a_cell_holds_its_value() {
        cell<std::unique_ptr<int>> place;
        CPPUNIT_ASSERT(place.get() == nullptr);
        place.set(std::make_unique<int>(3));
        *place.mut() += 1;
        CPPUNIT_ASSERT_EQUAL(4, *place.get());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(sync_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
