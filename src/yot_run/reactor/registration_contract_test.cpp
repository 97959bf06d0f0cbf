// Reactor and registrations on each selector: what <yot_run/reactor/registration.hpp> makes of its
// events, over TCP.
#include <yot_run/reactor/registration.hpp>

#include <yot_run/reactor/hand_polled.hpp>
#include <yot_run/reactor/reactor.hpp>
#include <yot_run/reactor/socket_pair.hpp>
#include <yot_run/reactor/tcp_pair.hpp>
#include YOT_RUN_TEST_KERNEL

#include <cppunit/extensions/HelperMacros.h>

#include <cerrno>
#include <optional>

namespace yot_run::inline YOT_RUN_WORLD::internal {

using namespace std::chrono_literals;
using sys::call;

class registration_contract_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(registration_contract_test);
    CPPUNIT_TEST(an_arrival_wakes_the_reader_and_not_the_writer);
    CPPUNIT_TEST(room_wakes_the_writer_and_not_the_reader);
    CPPUNIT_TEST(an_arrival_before_the_clear_is_kept);
    CPPUNIT_TEST(a_direction_that_the_peer_closed_stays_ready);
    CPPUNIT_TEST(a_reset_wakes_both_directions);
    CPPUNIT_TEST(what_is_gone_is_woken_no_more);
    CPPUNIT_TEST(a_slot_used_again_gets_no_events_of_the_one_before);
    CPPUNIT_TEST(a_number_used_again_wakes_its_new_registration_only);
    CPPUNIT_TEST(a_registration_that_fails_leaves_nothing_behind);
    CPPUNIT_TEST(an_interrupt_and_a_timer_end_a_turn);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override {
        kernel_.emplace();
        reactor_ = reactor::create().value();
    }
    void tearDown() override {
        reactor_ = {};
        kernel_.reset();
    }

    void an_arrival_wakes_the_reader_and_not_the_writer() {
        const tcp_pair pair = tcp_pair::make();
        hand_polled reader;
        hand_polled writer;
        registration socket = added(pair.left);
        fill(pair.left);
        reader.wait_for(socket, direction::read);
        writer.wait_for(socket, direction::write);
        for (int i = 1; i <= 3; ++i) {
            write_byte(pair.right);
            turn_until_woken(reader, i);
            CPPUNIT_ASSERT(reader.is_ready(socket, direction::read));
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, read_all(pair.left));
            reader.wait_for(socket, direction::read);
        }
    }

    void room_wakes_the_writer_and_not_the_reader() {
        const tcp_pair pair = tcp_pair::make();
        hand_polled reader;
        hand_polled writer;
        registration socket = added(pair.left);
        fill(pair.left);
        reader.wait_for(socket, direction::read);
        writer.wait_for(socket, direction::write);
        for (int i = 0; i < 1000 && writer.probe.wakes() == 0; ++i) {
            static_cast<void>(read_all(pair.right));
            static_cast<void>(reactor_->turn(10ms).value());
        }
        CPPUNIT_ASSERT_EQUAL(1, writer.probe.wakes());
        CPPUNIT_ASSERT(writer.is_ready(socket, direction::write));
        CPPUNIT_ASSERT_EQUAL(0, reader.probe.wakes());
    }

    void an_arrival_before_the_clear_is_kept() {
        const tcp_pair pair = tcp_pair::make();
        hand_polled reader;
        registration socket = added(pair.left);
        const readiness before = reader.poll(socket, direction::read).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, read_all(pair.left));
        write_byte(pair.right);
        CPPUNIT_ASSERT(reactor_->turn(10s).value().events > 0);
        socket.clear_ready(direction::read, before);
        CPPUNIT_ASSERT(reader.is_ready(socket, direction::read));
    }

    void a_direction_that_the_peer_closed_stays_ready() {
        const tcp_pair pair = tcp_pair::make();
        hand_polled reader;
        hand_polled writer;
        registration socket = added(pair.left);
        reader.wait_for(socket, direction::read);
        sys::shutdown(pair.right.get(), sys::shutdown_side::write).value();
        turn_until_woken(reader, 1);
        for (int i = 0; i < 3; ++i) {
            const readiness ready = reader.poll(socket, direction::read).value();
            CPPUNIT_ASSERT(ready.is_closed());
            socket.clear_ready(direction::read, ready);
        }
        CPPUNIT_ASSERT(!writer.poll(socket, direction::write).value().is_closed());
    }

    void a_reset_wakes_both_directions() {
        tcp_pair pair = tcp_pair::make();
        hand_polled reader;
        hand_polled writer;
        registration socket = added(pair.left);
        reader.wait_for(socket, direction::read);
        writer.wait_for(socket, direction::write);
        sys::set_linger(pair.right.get(), 0s).value();
        pair.right.reset();
        turn_until_woken(reader, 1);
        turn_until_woken(writer, 1);
        CPPUNIT_ASSERT(reader.poll(socket, direction::read).value().is_closed());
        CPPUNIT_ASSERT(writer.poll(socket, direction::write).value().is_closed());
    }

    void what_is_gone_is_woken_no_more() {
        const tcp_pair pair = tcp_pair::make();
        hand_polled reader;
        std::optional<registration> socket(added(pair.left));
        reader.wait_for(*socket, direction::read);
        socket.reset();
        write_byte(pair.right);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, look().events);
        CPPUNIT_ASSERT_EQUAL(0, reader.probe.wakes());
        CPPUNIT_ASSERT_EQUAL(1, reader.probe.alive());
    }

    void a_slot_used_again_gets_no_events_of_the_one_before() {
        const tcp_pair pair = tcp_pair::make();
        const tcp_pair other = tcp_pair::make();
        hand_polled reader;
        // Its events go on under the old token, which finds nobody.
        kernel_->fail(call::epoll_delete, ENOENT);
        static_cast<void>(added(pair.left));
        kernel_->forget_faults();
        registration next = added(other.left);
        reader.wait_for(next, direction::read);
        write_byte(pair.right);
        static_cast<void>(look());
        CPPUNIT_ASSERT_EQUAL(0, reader.probe.wakes());
        write_byte(other.right);
        turn_until_woken(reader, 1);
    }

    void a_number_used_again_wakes_its_new_registration_only() {
        const sys::descriptor listener = listening_socket();
        tcp_pair first = tcp_pair::make();
        const int number = first.left.get();
        hand_polled reader;
        hand_polled writer;
        std::optional<registration> old(added(first.left));
        reader.wait_for(*old, direction::read);
        old.reset();
        first.left.reset();
        const auto others = fill_below(number);
        const sys::descriptor second = connecting_to(listener);
        CPPUNIT_ASSERT_EQUAL(number, second.get());
        registration fresh = registration::add(*reactor_, second.get()).value();
        writer.wait_for(fresh, direction::write);
        turn_until_woken(writer, 1);
        CPPUNIT_ASSERT_EQUAL(0, reader.probe.wakes());
    }

    void a_registration_that_fails_leaves_nothing_behind() {
        const tcp_pair pair = tcp_pair::make();
        hand_polled reader;
        kernel_->fail(call::epoll_add, ENOMEM);
        CPPUNIT_ASSERT(registration::add(*reactor_, pair.left.get()).error() ==
                       std::errc::not_enough_memory);
        kernel_->forget_faults();
        CPPUNIT_ASSERT(registration::add(*reactor_, -1).error() == std::errc::bad_file_descriptor);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, reactor_->counters().registered_sockets);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, look().events);
        registration socket = added(pair.left);
        reader.wait_for(socket, direction::read);
        write_byte(pair.right);
        turn_until_woken(reader, 1);
    }

    void an_interrupt_and_a_timer_end_a_turn() {
        reactor_->interrupt();
        CPPUNIT_ASSERT(reactor_->turn(std::nullopt).value().interrupted);
        hand_polled sleeper;
        timer_entry timer;
        const sys::time_point deadline = sys::now() + 5ms;
        CPPUNIT_ASSERT(reactor_->arm(timer, deadline, sleeper.probe.make()) == timer_status::armed);
        turn_until_woken(sleeper, 1);
        CPPUNIT_ASSERT(sys::now() >= deadline);
    }

private:
    // Its first events have been delivered.
    registration added(const sys::descriptor& socket) {
        registration made = registration::add(*reactor_, socket.get()).value();
        CPPUNIT_ASSERT(look().events > 0);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, look().events);
        return made;
    }
    turn_report look() { return reactor_->turn(0s).value(); }
    void turn_until_woken(const hand_polled& waiter, int times) {
        while (waiter.probe.wakes() < times) {
            const turn_report report = reactor_->turn(10s).value();
            CPPUNIT_ASSERT_MESSAGE("a wake has not come", report.events + report.timers > 0 ||
                                                              waiter.probe.wakes() >= times);
        }
        CPPUNIT_ASSERT_EQUAL(times, waiter.probe.wakes());
    }

    std::optional<test_kernel> kernel_;
    sync::reference<reactor> reactor_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(registration_contract_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
