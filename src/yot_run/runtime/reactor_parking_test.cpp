#include <yot_run/runtime/reactor_parking.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <thread>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class reactor_parking_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(reactor_parking_test);
    CPPUNIT_TEST(an_unpark_before_the_park_ends_it);
    CPPUNIT_TEST(an_unpark_ends_the_park_of_the_driver);
    CPPUNIT_TEST(an_unpark_ends_the_park_of_one_who_does_not_drive);
    CPPUNIT_TEST(every_unpark_of_two_that_alternate_is_answered);
    CPPUNIT_TEST(a_busy_worker_takes_a_turn_unless_another_drives);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override {
        seat_ = sync::make_shared_object<driver_seat>(reactor::create().value());
    }

    void an_unpark_before_the_park_ends_it() {
        reactor_parking parking(seat_);
        parking.unpark();
        parking.unpark();
        parking.park();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, turns());  // Answered without any waiting.
    }

    // Whichever comes first, and however far the other has come.
    void an_unpark_ends_the_park_of_the_driver() {
        for (int round = 0; round < 500; ++round) {
            reactor_parking parking(seat_);
            std::thread driver([&] { parking.park(); });
            for (int wait = 0; wait < round; ++wait) std::this_thread::yield();
            parking.unpark();
            driver.join();
            CPPUNIT_ASSERT(seat_->try_take());
            seat_->leave();
        }
        CPPUNIT_ASSERT(turns() > 0);  // Some of them came in time to drive.
    }

    void an_unpark_ends_the_park_of_one_who_does_not_drive() {
        CPPUNIT_ASSERT(seat_->try_take());
        reactor_parking parking(seat_);
        std::thread sleeper([&] { parking.park(); });
        parking.unpark();
        sleeper.join();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, turns());
        seat_->leave();
    }

    // Each wakes the other and goes to sleep, so that a lost wake-up hangs both.
    void every_unpark_of_two_that_alternate_is_answered() {
        constexpr int rounds = 2000;
        reactor_parking parkings[] = {reactor_parking(seat_), reactor_parking(seat_)};
        sync::atomic<int> turn{0};
        const auto play = [&](int self) {
            for (int round = 0; round < rounds; ++round) {
                // A park may end without an unpark.
                while (turn.load(sync::seq_cst) % 2 != self) parkings[self].park();
                turn.fetch_add(1, sync::seq_cst);
                parkings[1 - self].unpark();
            }
        };
        std::thread first([&] { play(0); });
        std::thread second([&] { play(1); });
        first.join();
        second.join();
        CPPUNIT_ASSERT_EQUAL(2 * rounds, turn.load(sync::seq_cst));
    }

    void a_busy_worker_takes_a_turn_unless_another_drives() {
        reactor_parking parking(seat_);
        parking.turn();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, turns());
        CPPUNIT_ASSERT(seat_->try_take());
        parking.turn();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, turns());
        seat_->leave();
    }

private:
    [[nodiscard]] std::uint64_t turns() const { return seat_->driven().counters().turns; }
    sync::reference<driver_seat> seat_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(reactor_parking_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
