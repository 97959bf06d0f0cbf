#include <yot_run/reactor/reactor_thread.hpp>

#include <yot_run/reactor/registration.hpp>
#include <yot_run/reactor/socket_pair.hpp>
#include <yot_run/task/waker_probe.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <pthread.h>

#include <array>
#include <chrono>
#include <string>

namespace yot_run::inline YOT_RUN_WORLD::internal {

using namespace std::chrono_literals;

class reactor_thread_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(reactor_thread_test);
    CPPUNIT_TEST(it_stops_whether_or_not_it_waits_already);
    CPPUNIT_TEST(stopping_twice_is_harmless);
    CPPUNIT_TEST(timers_fire_on_it);
    CPPUNIT_TEST(events_are_delivered_on_it);
    CPPUNIT_TEST(it_has_the_name_it_was_given);
    CPPUNIT_TEST(it_takes_no_turns_while_nothing_happens);
    CPPUNIT_TEST_SUITE_END();

public:
    void it_stops_whether_or_not_it_waits_already() {
        for (int i = 0; i < 200; ++i) {
            reactor_thread thread(reactor_, "reactor");
            // Half of them certainly wait by now.
            if (i % 2 == 0) wait_for_turn();
        }
    }

    void stopping_twice_is_harmless() {
        reactor_thread thread(reactor_, "reactor");
        thread.stop();
        thread.stop();
    }

    void timers_fire_on_it() {
        reactor_thread thread(reactor_, "reactor");
        for (const auto duration : {3ms, 1ms, 0ms}) {
            timer_entry timer;
            const sys::time_point deadline = sys::now() + duration;
            CPPUNIT_ASSERT(reactor_->arm(timer, deadline, mine_.clone()) == timer_status::armed);
            CPPUNIT_ASSERT(self_.wait());
            CPPUNIT_ASSERT(sys::now() >= deadline);
        }
    }

    void events_are_delivered_on_it() {
        const socket_pair pair = socket_pair::make();
        reactor_thread thread(reactor_, "reactor");
        registration socket = registration::add(*reactor_, pair.left.get()).value();
        environment nowhere;
        context cx(mine_, nowhere);
        for (int i = 0; i < 100; ++i) {
            bool written = false;
            while (read_all(pair.left) == 0) {
                auto ready = socket.poll_ready(direction::read, cx);
                if (ready.is_ready()) {
                    socket.clear_ready(direction::read, ready.value());
                    continue;
                }
                if (!written) write_byte(pair.right);
                written = true;
                CPPUNIT_ASSERT(self_.wait());
            }
        }
        thread.stop();
    }

    void it_has_the_name_it_was_given() {
        std::array<char, 16> name{};
        probe_.on_wake = [&name, woken = probe_.on_wake] {
            pthread_getname_np(pthread_self(), name.data(), name.size());
            woken();
        };
        reactor_thread thread(reactor_, "my-reactor");
        timer_entry timer;
        CPPUNIT_ASSERT(reactor_->arm(timer, sys::now(), mine_.clone()) == timer_status::armed);
        CPPUNIT_ASSERT(self_.wait());
        CPPUNIT_ASSERT_EQUAL(std::string("my-reactor"), std::string(name.data()));
    }

    void it_takes_no_turns_while_nothing_happens() {
        reactor_thread thread(reactor_, "reactor");
        timer_entry timer;
        const std::uint64_t before = reactor_->counters().turns;
        CPPUNIT_ASSERT(reactor_->arm(timer, sys::now() + 30ms, mine_.clone()) ==
                       timer_status::armed);
        CPPUNIT_ASSERT(self_.wait());
        thread.stop();
        // The interrupt by the timer, the levels of the wheel, the timer itself, the stop.
        CPPUNIT_ASSERT(reactor_->counters().turns - before <= 6);
    }

private:
    void wait_for_turn() {
        const std::uint64_t before = reactor_->counters().turns;
        reactor_->interrupt();
        while (reactor_->counters().turns == before) {
        }
    }

    sync::reference<reactor> reactor_ = reactor::create().value();
    waker_probe probe_;
    waiting_thread self_{probe_};
    const waker mine_ = probe_.make();
};

CPPUNIT_TEST_SUITE_REGISTRATION(reactor_thread_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
