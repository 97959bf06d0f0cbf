#include <yot_run/task/waker_slot.hpp>

#include <yot_run/sys/sys.hpp>
#include <yot_run/task/waker_probe.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <chrono>
#include <optional>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class waker_slot_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(waker_slot_test);
    CPPUNIT_TEST(take_gives_the_registered_waker_once);
    CPPUNIT_TEST(wake_calls_the_registered_waker_once);
    CPPUNIT_TEST(a_later_registration_replaces_the_waker);
    CPPUNIT_TEST(the_same_waker_is_not_cloned_again);
    CPPUNIT_TEST(the_stored_waker_is_dropped_with_the_slot);
    CPPUNIT_TEST(news_during_a_registration_wakes_the_new_waker);
    CPPUNIT_TEST(much_news_during_a_registration_wakes_the_new_waker_once);
    CPPUNIT_TEST(a_replaced_waker_is_dropped_after_the_registration_is_complete);
    CPPUNIT_TEST(no_news_is_lost_between_threads);
    CPPUNIT_TEST(a_waker_that_changes_all_the_time_loses_no_news_either);
    CPPUNIT_TEST_SUITE_END();

public:
    void take_gives_the_registered_waker_once() {
        waker_probe probe;
        waker_slot slot;
        CPPUNIT_ASSERT(!slot.take());
        slot.register_waker(probe.make());
        const waker taken = slot.take();
        CPPUNIT_ASSERT(taken);
        CPPUNIT_ASSERT(!slot.take());
        CPPUNIT_ASSERT_EQUAL(0, probe.wakes());
        CPPUNIT_ASSERT_EQUAL(1, probe.alive());
    }

    void wake_calls_the_registered_waker_once() {
        waker_probe probe;
        waker_slot slot;
        slot.wake();
        slot.register_waker(probe.make());
        slot.wake();
        slot.wake();
        CPPUNIT_ASSERT_EQUAL(1, probe.wakes());
        CPPUNIT_ASSERT_EQUAL(0, probe.alive());
    }

    void a_later_registration_replaces_the_waker() {
        waker_probe first;
        waker_probe second;
        waker_slot slot;
        slot.register_waker(first.make());
        slot.register_waker(second.make());
        CPPUNIT_ASSERT_EQUAL(0, first.alive());
        slot.wake();
        CPPUNIT_ASSERT_EQUAL(0, first.wakes());
        CPPUNIT_ASSERT_EQUAL(1, second.wakes());
    }

    void the_same_waker_is_not_cloned_again() {
        waker_probe probe;
        const waker original = probe.make();
        waker_slot slot;
        for (int i = 0; i < 3; ++i) slot.register_waker(original);
        CPPUNIT_ASSERT_EQUAL(1, probe.clones());
        CPPUNIT_ASSERT_EQUAL(2, probe.alive());
    }

    void the_stored_waker_is_dropped_with_the_slot() {
        waker_probe probe;
        std::optional<waker_slot> slot(std::in_place);
        slot->register_waker(probe.make());
        CPPUNIT_ASSERT_EQUAL(1, probe.alive());
        slot.reset();
        CPPUNIT_ASSERT_EQUAL(0, probe.alive());
        CPPUNIT_ASSERT_EQUAL(0, probe.wakes());
    }

    void news_during_a_registration_wakes_the_new_waker() {
        waker_probe probe;
        waker_slot slot;
        bool taken = false;
        probe.on_clone = [&slot, &taken] { taken = bool(slot.take()); };
        slot.register_waker(probe.make());
        CPPUNIT_ASSERT(!taken);
        CPPUNIT_ASSERT_EQUAL(1, probe.wakes());
        CPPUNIT_ASSERT_EQUAL(0, probe.alive());
        // And the slot works as before.
        probe.on_clone = nullptr;
        slot.register_waker(probe.make());
        slot.wake();
        CPPUNIT_ASSERT_EQUAL(2, probe.wakes());
    }

    void much_news_during_a_registration_wakes_the_new_waker_once() {
        waker_probe old;
        waker_probe probe;
        waker_slot slot;
        slot.register_waker(old.make());
        probe.on_clone = [&slot] {
            slot.wake();
            slot.wake();
        };
        slot.register_waker(probe.make());
        CPPUNIT_ASSERT_EQUAL(0, old.wakes());
        CPPUNIT_ASSERT_EQUAL(1, probe.wakes());
    }

    void a_replaced_waker_is_dropped_after_the_registration_is_complete() {
        waker_probe first;
        waker_probe second;
        waker_slot slot;
        bool taken_by_drop = false;
        slot.register_waker(first.make());
        first.on_drop = [&] { taken_by_drop = bool(slot.take()); };
        slot.register_waker(second.make());
        CPPUNIT_ASSERT(taken_by_drop);
        CPPUNIT_ASSERT_EQUAL(0, second.wakes());
    }

    void no_news_is_lost_between_threads() {
        waker_probe probe;
        spinning_thread self(probe);
        const waker mine = probe.make();
        expect_all_news([&](waker_slot& slot) { slot.register_waker(mine); }, self);
    }

    void a_waker_that_changes_all_the_time_loses_no_news_either() {
        waker_probe even;
        waker_probe odd;
        spinning_thread self(even);
        odd.on_wake = even.on_wake;
        const std::array<waker, 2> mine{even.make(), odd.make()};
        std::size_t count = 0;
        expect_all_news([&](waker_slot& slot) { slot.register_waker(mine[count++ % 2]); }, self);
        CPPUNIT_ASSERT_EQUAL(2, even.alive() + odd.alive());
    }

private:
    // Plays a task, and comes back from its wait as fast as it can, so that registering and taking
    // meet as often as possible.
    class spinning_thread {
    public:
        // Relaxed, here and below: only whether there was a wake matters; the slot orders the rest.
        explicit spinning_thread(waker_probe& probe) {
            probe.on_wake = [this] { woken_.store(true, sync::relaxed); };
        }
        // False: there was no wake for a minute.
        bool wait() {
            const sys::time_point limit = sys::now() + std::chrono::minutes(1);
            while (!woken_.load(sync::relaxed))
                if (sys::now() > limit) return false;
            woken_.store(false, sync::relaxed);
            return true;
        }

    private:
        sync::atomic<bool> woken_{false};
    };

    // Two threads give news; this one plays the task that waits for all of it.
    template <class Register>
    static void expect_all_news(Register register_with, spinning_thread& self) {
        constexpr int each = 200'000;
        sync::atomic<int> news{0};
        waker_slot slot;
        const auto give_news = [&news, &slot] {
            for (int i = 0; i < each; ++i) {
                news.fetch_add(1, sync::relaxed);  // Relaxed: the slot orders it.
                slot.wake();
            }
        };
        sync::thread one("one", give_news);
        sync::thread two("two", give_news);
        bool lost = false;
        while (!lost) {
            register_with(slot);
            if (news.load(sync::relaxed) == 2 * each) break;
            lost = !self.wait();
        }
        one.join();
        two.join();
        CPPUNIT_ASSERT_MESSAGE("a wake was lost", !lost);
        static_cast<void>(slot.take());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(waker_slot_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
