#include <yot_run/reactor/timer_queue.hpp>

#include <yot_run/task/waker_probe.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <deque>
#include <optional>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

using namespace std::chrono_literals;

class timer_queue_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(timer_queue_test);
    CPPUNIT_TEST(a_timer_that_is_due_fires_once_and_wakes);
    CPPUNIT_TEST(a_timer_that_is_not_due_does_not_fire);
    CPPUNIT_TEST(timers_fire_in_the_order_of_their_deadlines);
    CPPUNIT_TEST(a_cancelled_timer_neither_fires_nor_keeps_its_waker);
    CPPUNIT_TEST(a_cancelled_timer_can_be_armed_again);
    CPPUNIT_TEST(another_waker_replaces_the_stored_one);
    CPPUNIT_TEST(the_same_waker_is_not_cloned_again);
    CPPUNIT_TEST(without_timers_the_wait_has_the_limit_it_was_given);
    CPPUNIT_TEST(the_wait_ends_when_the_next_timer_is_due);
    CPPUNIT_TEST(with_a_timer_that_is_due_there_is_no_wait);
    CPPUNIT_TEST(an_earlier_timer_interrupts_a_wait_and_a_later_one_does_not);
    CPPUNIT_TEST(one_interrupt_is_enough_for_one_wait);
    CPPUNIT_TEST(nobody_is_interrupted_who_does_not_wait);
    CPPUNIT_TEST(a_wait_with_a_limit_is_interrupted_only_for_timers_before_it);
    CPPUNIT_TEST(a_waker_may_arm_and_cancel_timers);
    CPPUNIT_TEST(wakers_are_cloned_and_dropped_outside_the_lock);
    CPPUNIT_TEST(more_timers_than_a_batch_holds_fire_at_once);
    CPPUNIT_TEST(shutdown_ends_every_timer_and_refuses_new_ones);
    CPPUNIT_TEST(a_timer_that_has_not_come_does_not_fire_at_shutdown);
    CPPUNIT_TEST(any_point_in_time_is_a_deadline);
    CPPUNIT_TEST(arming_and_cancelling_race_with_firing);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_timer_that_is_due_fires_once_and_wakes() {
        timer_entry timer;
        CPPUNIT_ASSERT(armed(timer, past()) == timer_status::armed);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, queue_.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fire());
        CPPUNIT_ASSERT_EQUAL(1, probe_.wakes());
        CPPUNIT_ASSERT(queue_.check(timer, mine_) == timer_status::fired);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, queue_.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, fire());
    }

    void a_timer_that_is_not_due_does_not_fire() {
        timer_entry timer;
        CPPUNIT_ASSERT(armed(timer, in(1h)) == timer_status::armed);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, fire());
        CPPUNIT_ASSERT(queue_.check(timer, mine_) == timer_status::armed);
        queue_.cancel(timer);
    }

    void timers_fire_in_the_order_of_their_deadlines() {
        std::vector<int> order;
        std::deque<waker_probe> probes(5);
        std::deque<timer_entry> timers(5);
        for (int i = 0; i < 5; ++i) {
            probes[std::size_t(i)].on_wake = [&order, i] { order.push_back(i); };
            static_cast<void>(
                queue_.arm(timers[std::size_t(i)], past() - i * 1s, probes[std::size_t(i)].make()));
        }
        fire();
        CPPUNIT_ASSERT((order == std::vector<int>{4, 3, 2, 1, 0}));
    }

    void a_cancelled_timer_neither_fires_nor_keeps_its_waker() {
        timer_entry timer;
        CPPUNIT_ASSERT(armed(timer, past()) == timer_status::armed);
        CPPUNIT_ASSERT_EQUAL(2, probe_.alive());
        queue_.cancel(timer);
        CPPUNIT_ASSERT_EQUAL(1, probe_.alive());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, queue_.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, fire());
        CPPUNIT_ASSERT_EQUAL(0, probe_.wakes());
    }

    void a_cancelled_timer_can_be_armed_again() {
        timer_entry timer;
        for (int i = 1; i <= 3; ++i) {
            CPPUNIT_ASSERT(armed(timer, in(1h)) == timer_status::armed);
            queue_.cancel(timer);
            CPPUNIT_ASSERT(armed(timer, past()) == timer_status::armed);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fire());
            queue_.cancel(timer);
            CPPUNIT_ASSERT_EQUAL(i, probe_.wakes());
        }
    }

    void another_waker_replaces_the_stored_one() {
        waker_probe other;
        const waker others = other.make();
        timer_entry timer;
        CPPUNIT_ASSERT(armed(timer, past()) == timer_status::armed);
        CPPUNIT_ASSERT(queue_.check(timer, others) == timer_status::armed);
        CPPUNIT_ASSERT_EQUAL(1, probe_.alive());
        fire();
        CPPUNIT_ASSERT_EQUAL(0, probe_.wakes());
        CPPUNIT_ASSERT_EQUAL(1, other.wakes());
    }

    void the_same_waker_is_not_cloned_again() {
        timer_entry timer;
        CPPUNIT_ASSERT(armed(timer, in(1h)) == timer_status::armed);
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT(queue_.check(timer, mine_) == timer_status::armed);
        CPPUNIT_ASSERT_EQUAL(1, probe_.clones());
        queue_.cancel(timer);
    }

    void without_timers_the_wait_has_the_limit_it_was_given() {
        CPPUNIT_ASSERT(!queue_.begin_wait(std::nullopt));
        CPPUNIT_ASSERT(queue_.begin_wait(5s).value() == 5s);
        CPPUNIT_ASSERT(queue_.begin_wait(0s).value() == 0s);
        CPPUNIT_ASSERT(queue_.begin_wait(-1s).value() == 0s);
        CPPUNIT_ASSERT(queue_.begin_wait(sys::duration::max()).value() > 24h * 365 * 100);
    }

    void the_wait_ends_when_the_next_timer_is_due() {
        timer_entry timer;
        const sys::time_point deadline = in(20ms);
        static_cast<void>(armed(timer, deadline));
        // A driver that waits just as long as it is told, as often as it takes.
        while (queue_.check(timer, mine_) != timer_status::fired) {
            const auto wait = queue_.begin_wait(1h).value();
            CPPUNIT_ASSERT(wait <= 21ms);
            const sys::time_point waited_until = sys::now() + wait;
            while (sys::now() < waited_until) {
            }
            fire();
        }
        CPPUNIT_ASSERT(sys::now() >= deadline);
    }

    void with_a_timer_that_is_due_there_is_no_wait() {
        timer_entry timer;
        static_cast<void>(armed(timer, past()));
        CPPUNIT_ASSERT(queue_.begin_wait(std::nullopt).value() == 0s);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fire());
        CPPUNIT_ASSERT(!queue_.begin_wait(std::nullopt));
    }

    void an_earlier_timer_interrupts_a_wait_and_a_later_one_does_not() {
        std::deque<timer_entry> timers(4);
        CPPUNIT_ASSERT(!queue_.begin_wait(std::nullopt));
        CPPUNIT_ASSERT(interrupts(timers[0], in(2h)));
        fire();
        CPPUNIT_ASSERT(queue_.begin_wait(std::nullopt).value() <= 2h);
        CPPUNIT_ASSERT(!interrupts(timers[1], in(3h)));
        CPPUNIT_ASSERT(!interrupts(timers[2], in(2h)));
        CPPUNIT_ASSERT(interrupts(timers[3], in(1h)));
        for (timer_entry& timer : timers) queue_.cancel(timer);
    }

    void one_interrupt_is_enough_for_one_wait() {
        std::deque<timer_entry> timers(2);
        CPPUNIT_ASSERT(!queue_.begin_wait(std::nullopt));
        CPPUNIT_ASSERT(interrupts(timers[0], in(2h)));
        CPPUNIT_ASSERT(!interrupts(timers[1], in(1h)));
        for (timer_entry& timer : timers) queue_.cancel(timer);
    }

    void nobody_is_interrupted_who_does_not_wait() {
        std::deque<timer_entry> timers(5);
        CPPUNIT_ASSERT(!interrupts(timers[0], in(1h)));
        static_cast<void>(queue_.begin_wait(std::nullopt));
        fire();
        CPPUNIT_ASSERT(!interrupts(timers[1], in(1min)));
        static_cast<void>(queue_.begin_wait(0s));  // Only looks.
        CPPUNIT_ASSERT(!interrupts(timers[2], in(1s)));
        CPPUNIT_ASSERT(!interrupts(timers[3], past()));
        CPPUNIT_ASSERT(queue_.begin_wait(std::nullopt).value() == 0s);  // There is one to fire.
        CPPUNIT_ASSERT(!interrupts(timers[4], past()));
        for (timer_entry& timer : timers) queue_.cancel(timer);
    }

    void a_wait_with_a_limit_is_interrupted_only_for_timers_before_it() {
        std::deque<timer_entry> timers(2);
        static_cast<void>(queue_.begin_wait(1min));
        CPPUNIT_ASSERT(!interrupts(timers[0], in(2min)));
        CPPUNIT_ASSERT(interrupts(timers[1], in(30s)));
        for (timer_entry& timer : timers) queue_.cancel(timer);
    }

    void a_waker_may_arm_and_cancel_timers() {
        std::deque<timer_entry> timers(4);
        waker_probe caller;
        caller.on_wake = [&] {
            queue_.cancel(timers[1]);
            static_cast<void>(armed(timers[2], past()));
            static_cast<void>(queue_.check(timers[3], mine_));
        };
        static_cast<void>(queue_.arm(timers[0], past(), caller.make()));
        static_cast<void>(armed(timers[1], in(1h)));
        static_cast<void>(queue_.arm(timers[3], in(1h), caller.make()));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fire());
        CPPUNIT_ASSERT_EQUAL(1, caller.wakes());
        CPPUNIT_ASSERT_EQUAL(0, caller.alive());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fire());
        CPPUNIT_ASSERT(queue_.check(timers[2], mine_) == timer_status::fired);
        queue_.cancel(timers[3]);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, queue_.size());
    }

    void wakers_are_cloned_and_dropped_outside_the_lock() {
        timer_entry timer;
        timer_entry other;
        waker_probe probe;
        const waker another = probe.make();
        probe.on_clone = probe.on_drop = [&] {
            static_cast<void>(armed(other, in(1h)));
            queue_.cancel(other);
        };
        static_cast<void>(armed(timer, in(1h)));
        CPPUNIT_ASSERT(queue_.check(timer, another) == timer_status::armed);  // Clones it.
        CPPUNIT_ASSERT(queue_.check(timer, mine_) == timer_status::armed);    // Drops it.
        CPPUNIT_ASSERT(queue_.check(timer, another) == timer_status::armed);
        queue_.cancel(timer);  // Drops it.
        CPPUNIT_ASSERT_EQUAL(1, probe.alive());
        CPPUNIT_ASSERT_EQUAL(2, probe.clones());
        probe.on_drop = nullptr;
    }

    void more_timers_than_a_batch_holds_fire_at_once() {
        constexpr std::size_t count = 3 * wake_batch::capacity + 1;
        std::deque<timer_entry> timers(count);
        waker_probe first;
        // Called while the last ones are taken from the wheel, but have not fired yet.
        first.on_wake = [&] { queue_.cancel(timers[count - 1]); };
        static_cast<void>(queue_.arm(timers[0], past(), first.make()));
        for (std::size_t i = 1; i < count; ++i) static_cast<void>(armed(timers[i], past()));
        CPPUNIT_ASSERT_EQUAL(count - 1, fire());
        CPPUNIT_ASSERT_EQUAL(int(count - 2), probe_.wakes());
        CPPUNIT_ASSERT(queue_.check(timers[count - 1], mine_) == timer_status::idle);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, queue_.size());
        CPPUNIT_ASSERT_EQUAL(1, probe_.alive());
    }

    void shutdown_ends_every_timer_and_refuses_new_ones() {
        std::deque<timer_entry> timers(3);
        static_cast<void>(armed(timers[0], past()));
        static_cast<void>(armed(timers[1], in(1h)));
        queue_.shut_down(batch_);
        batch_.wake_all();
        CPPUNIT_ASSERT_EQUAL(2, probe_.wakes());
        for (std::size_t i = 0; i < 2; ++i)
            CPPUNIT_ASSERT(queue_.check(timers[i], mine_) == timer_status::shut_down);
        CPPUNIT_ASSERT(armed(timers[2], past()) == timer_status::shut_down);
        CPPUNIT_ASSERT(queue_.check(timers[2], mine_) == timer_status::idle);
        for (timer_entry& timer : timers) queue_.cancel(timer);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, fire());
        CPPUNIT_ASSERT_EQUAL(1, probe_.alive());
        CPPUNIT_ASSERT(!queue_.begin_wait(std::nullopt));
    }

    void a_timer_that_has_not_come_does_not_fire_at_shutdown() {
        constexpr std::size_t due = wake_batch::capacity;
        std::deque<timer_entry> timers(due + 1);
        waker_probe first;
        // The shutdown comes while the driver is about to take more timers.
        first.on_wake = [&] {
            wake_batch batch;
            queue_.shut_down(batch);
        };
        static_cast<void>(queue_.arm(timers[0], past(), first.make()));
        for (std::size_t i = 1; i < due; ++i) static_cast<void>(armed(timers[i], past()));
        static_cast<void>(armed(timers[due], in(1h)));
        fire();
        CPPUNIT_ASSERT(queue_.check(timers[due - 1], mine_) == timer_status::fired);
        CPPUNIT_ASSERT(queue_.check(timers[due], mine_) == timer_status::shut_down);
    }

    void any_point_in_time_is_a_deadline() {
        std::deque<timer_entry> timers(4);
        static_cast<void>(armed(timers[0], sys::time_point::min()));
        static_cast<void>(armed(timers[1], sys::time_point()));
        static_cast<void>(armed(timers[2], sys::time_point::max()));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, fire());
        CPPUNIT_ASSERT(queue_.begin_wait(std::nullopt).value() > 24h * 365);
        static_cast<void>(armed(timers[3], sys::time_point::max() - 1ns));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, fire());
        queue_.cancel(timers[2]);
        queue_.cancel(timers[3]);
    }

    void arming_and_cancelling_race_with_firing() {
        sync::atomic<bool> stop{false};
        std::deque<waker_probe> probes(2);
        const auto sleeper = [this](waker_probe& probe) {
            const waker mine = probe.make();
            for (int i = 0; i < 3'000; ++i) {
                timer_entry timer;
                static_cast<void>(queue_.arm(timer, sys::now() + i % 3 * 1ms, mine.clone()));
                static_cast<void>(queue_.check(timer, mine));
                queue_.cancel(timer);
            }
        };
        sync::thread one("one", [&] { sleeper(probes[0]); });
        sync::thread two("two", [&] { sleeper(probes[1]); });
        sync::thread driver("driver", [this, &stop] {
            while (!stop.load(sync::relaxed)) {  // Relaxed: it only ends the loop.
                static_cast<void>(queue_.begin_wait(0s));
                fire();
            }
        });
        one.join();
        two.join();
        stop.store(true, sync::relaxed);
        driver.join();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, queue_.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, fire());
        // Whatever was cancelled, fired, or cancelled while it fired: no waker is left over.
        for (const waker_probe& probe : probes) CPPUNIT_ASSERT_EQUAL(0, probe.alive());
    }

private:
    static sys::time_point in(sys::duration duration) { return sys::now() + duration; }
    static sys::time_point past() { return begin_ + 10s; }

    timer_status armed(timer_entry& timer, sys::time_point deadline) {
        return queue_.arm(timer, deadline, mine_.clone()).status;
    }
    bool interrupts(timer_entry& timer, sys::time_point deadline) {
        return queue_.arm(timer, deadline, mine_.clone()).interrupt;
    }
    std::size_t fire() {
        const std::size_t count = queue_.end_wait(batch_);
        batch_.wake_all();
        return count;
    }

    // The queue's time began a minute ago, so that there is a past for deadlines to lie in.
    static inline const sys::time_point begin_ = sys::now() - 1min;
    timer_queue queue_{begin_};
    wake_batch batch_;
    waker_probe probe_;
    const waker mine_ = probe_.make();
};

CPPUNIT_TEST_SUITE_REGISTRATION(timer_queue_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
