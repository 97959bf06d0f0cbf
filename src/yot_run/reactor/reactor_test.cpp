#include <yot_run/reactor/reactor.hpp>

#include <yot_run/reactor/registration.hpp>
#include <yot_run/reactor/socket_pair.hpp>
#include <yot_run/task/waker_probe.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <deque>

namespace yot_run::inline YOT_RUN_WORLD::internal {

using namespace std::chrono_literals;

class reactor_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(reactor_test);
    CPPUNIT_TEST(an_idle_turn_does_nothing_and_ends_at_its_limit);
    CPPUNIT_TEST(an_interrupt_ends_the_next_turn_once);
    CPPUNIT_TEST(an_interrupt_from_another_thread_ends_a_turn_without_limit);
    CPPUNIT_TEST(a_turn_ends_when_a_timer_is_due_and_fires_it);
    CPPUNIT_TEST(a_timer_that_is_armed_during_a_turn_ends_it);
    CPPUNIT_TEST(a_timer_that_is_armed_between_turns_interrupts_none);
    CPPUNIT_TEST(events_and_timers_of_one_turn_are_woken_together);
    CPPUNIT_TEST(more_events_than_a_batch_holds_wake_everybody);
    CPPUNIT_TEST(events_that_fill_a_batch_leave_room_for_timers);
    CPPUNIT_TEST(wakers_may_use_the_reactor);
    CPPUNIT_TEST(shutdown_ends_timers_and_registrations_and_a_turn);
    CPPUNIT_TEST(shutdown_with_more_waiters_than_a_batch_holds_wakes_everybody);
    CPPUNIT_TEST(the_counters_count);
    CPPUNIT_TEST_SUITE_END();

public:
    void an_idle_turn_does_nothing_and_ends_at_its_limit() {
        const sys::time_point begin = sys::now();
        const turn_report report = reactor_->turn(2ms).value();
        CPPUNIT_ASSERT(sys::now() - begin >= 2ms);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, report.events + report.timers + report.wakes);
        CPPUNIT_ASSERT(!report.interrupted);
    }

    void an_interrupt_ends_the_next_turn_once() {
        reactor_->interrupt();
        reactor_->interrupt();
        CPPUNIT_ASSERT(reactor_->turn(std::nullopt).value().interrupted);
        CPPUNIT_ASSERT(!look().interrupted);
    }

    void an_interrupt_from_another_thread_ends_a_turn_without_limit() {
        int written = 0;
        sync::thread other("other", [this, &written] {
            written = 1;
            reactor_->interrupt();
        });
        CPPUNIT_ASSERT(reactor_->turn(std::nullopt).value().interrupted);
        CPPUNIT_ASSERT_EQUAL(1, written);  // Before the interrupt, so visible after the turn.
        other.join();
    }

    void a_turn_ends_when_a_timer_is_due_and_fires_it() {
        timer_entry timer;
        const sys::time_point deadline = sys::now() + 5ms;
        arm(timer, deadline);
        while (probe_.wakes() == 0) CPPUNIT_ASSERT(!reactor_->turn(1h).value().interrupted);
        CPPUNIT_ASSERT(sys::now() >= deadline);
        CPPUNIT_ASSERT(reactor_->check(timer, mine_) == timer_status::fired);
    }

    void a_timer_that_is_armed_during_a_turn_ends_it() {
        timer_entry timer;
        sync::thread other("other", [this, &timer] { arm(timer, sys::now() + 1ms); });
        // Without limit: only the timer can end it, whether it is armed before or during the wait.
        while (probe_.wakes() == 0) static_cast<void>(reactor_->turn(std::nullopt).value());
        other.join();
    }

    void a_timer_that_is_armed_between_turns_interrupts_none() {
        std::deque<timer_entry> timers(3);
        for (timer_entry& timer : timers) {
            arm(timer, sys::now() + 1h);
            CPPUNIT_ASSERT(!look().interrupted);
        }
        for (timer_entry& timer : timers) reactor_->cancel(timer);
    }

    void events_and_timers_of_one_turn_are_woken_together() {
        timer_entry timer;
        registration socket = waiting(pair_);
        arm(timer, begin_);
        write_byte(pair_.right);
        const turn_report report = look();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, report.events);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, report.timers);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, report.wakes);
        CPPUNIT_ASSERT_EQUAL(2, probe_.wakes());
    }

    void more_events_than_a_batch_holds_wake_everybody() {
        constexpr std::size_t count = 2 * wake_batch::capacity + 3;
        crowd all(*this, count);
        for (const socket_pair& pair : all.pairs) write_byte(pair.right);
        CPPUNIT_ASSERT_EQUAL(count, look().wakes);
        CPPUNIT_ASSERT_EQUAL(int(count), probe_.wakes());
    }

    void events_that_fill_a_batch_leave_room_for_timers() {
        constexpr std::size_t count = wake_batch::capacity;
        crowd all(*this, count);
        // Readable and nothing else: the last thing that a turn adds to the batch is a reader.
        for (const socket_pair& pair : all.pairs) fill(pair.left);
        timer_entry timer;
        arm(timer, begin_);
        for (const socket_pair& pair : all.pairs) write_byte(pair.right);
        CPPUNIT_ASSERT_EQUAL(count + 1, look().wakes);
        CPPUNIT_ASSERT_EQUAL(int(count + 1), probe_.wakes());
    }

    // Everything that a task may do when it runs is done in the waker itself, so none of it may need
    // a lock that the turn holds.
    void wakers_may_use_the_reactor() {
        const socket_pair other = socket_pair::make();
        registration socket = waiting(pair_);
        timer_entry first;
        timer_entry second;
        int calls = 0;
        probe_.on_wake = [&] {
            if (++calls > 2) return;
            reactor_->cancel(first);
            reactor_->cancel(second);
            arm(second, sys::now() + 1h);
            registration fresh = registration::add(*reactor_, other.left.get()).value();
            context cx(mine_, nowhere_);
            static_cast<void>(fresh.poll_ready(direction::read, cx).is_ready());
            reactor_->interrupt();
        };
        arm(first, begin_);
        write_byte(pair_.right);
        look();
        CPPUNIT_ASSERT_EQUAL(2, calls);
        CPPUNIT_ASSERT(look().interrupted);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, reactor_->counters().registered_sockets);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, reactor_->counters().active_timers);
        reactor_->cancel(second);
    }

    void shutdown_ends_timers_and_registrations_and_a_turn() {
        registration socket = waiting(pair_);
        timer_entry timer;
        arm(timer, sys::now() + 1h);
        reactor_->shut_down();
        CPPUNIT_ASSERT_EQUAL(2, probe_.wakes());
        CPPUNIT_ASSERT(reactor_->check(timer, mine_) == timer_status::shut_down);
        CPPUNIT_ASSERT(reactor_->turn(std::nullopt).value().interrupted);
        timer_entry late;
        CPPUNIT_ASSERT(reactor_->arm(late, begin_, mine_.clone()) == timer_status::shut_down);
        CPPUNIT_ASSERT_EQUAL(1, probe_.alive());
    }

    void shutdown_with_more_waiters_than_a_batch_holds_wakes_everybody() {
        constexpr std::size_t count = wake_batch::capacity + 1;
        crowd all(*this, count);
        std::deque<timer_entry> timers(count);
        for (timer_entry& timer : timers) arm(timer, sys::now() + 1h);
        reactor_->shut_down();
        CPPUNIT_ASSERT_EQUAL(int(2 * count), probe_.wakes());
        CPPUNIT_ASSERT_EQUAL(1, probe_.alive());
    }

    void the_counters_count() {
        registration socket = waiting(pair_);
        timer_entry later;
        timer_entry now;
        arm(later, sys::now() + 1h);
        arm(now, begin_);
        const reactor_counters before = reactor_->counters();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, before.registered_sockets);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, before.active_timers);
        write_byte(pair_.right);
        look();
        look();
        const reactor_counters after = reactor_->counters();
        CPPUNIT_ASSERT_EQUAL(before.turns + 2, after.turns);
        CPPUNIT_ASSERT_EQUAL(before.events + 1, after.events);
        CPPUNIT_ASSERT_EQUAL(before.timers_fired + 1, after.timers_fired);
        CPPUNIT_ASSERT_EQUAL(before.wakes + 2, after.wakes);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, after.failed_turns);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, after.active_timers);
        reactor_->cancel(later);
    }

private:
    turn_report look() { return reactor_->turn(0s).value(); }
    void arm(timer_entry& timer, sys::time_point deadline) {
        CPPUNIT_ASSERT(reactor_->arm(timer, deadline, mine_.clone()) == timer_status::armed);
    }
    // A registration whose reader waits, and about which there is no news.
    registration waiting(const socket_pair& pair) {
        registration socket = registration::add(*reactor_, pair.left.get()).value();
        look();
        context cx(mine_, nowhere_);
        while (true) {
            auto ready = socket.poll_ready(direction::read, cx);
            if (ready.is_pending()) return socket;
            socket.clear_ready(direction::read, ready.value());
        }
    }
    // Many of those.
    struct crowd {
        crowd(reactor_test& test, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i)
                sockets.push_back(test.waiting(pairs.emplace_back(socket_pair::make())));
        }
        std::deque<socket_pair> pairs;
        std::deque<registration> sockets;
    };

    static inline const sys::time_point begin_ = sys::now();
    sync::reference<reactor> reactor_ = reactor::create().value();
    socket_pair pair_ = socket_pair::make();
    waker_probe probe_;
    const waker mine_ = probe_.make();
    environment nowhere_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(reactor_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
