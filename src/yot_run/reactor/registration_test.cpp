#include <yot_run/reactor/registration.hpp>

#include <yot_run/reactor/hand_polled.hpp>
#include <yot_run/reactor/reactor.hpp>
#include <yot_run/reactor/socket_pair.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <fcntl.h>
#include <unistd.h>

#include <deque>
#include <optional>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

constexpr sys::duration no_time = sys::duration::zero();

}  // namespace

class registration_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(registration_test);
    CPPUNIT_TEST(a_new_registration_is_ready_in_both_directions);
    CPPUNIT_TEST(after_a_clear_a_direction_waits_and_an_event_wakes_it);
    CPPUNIT_TEST(a_reader_and_a_writer_do_not_overwrite_each_other);
    CPPUNIT_TEST(an_event_between_the_attempt_and_the_clear_is_kept);
    CPPUNIT_TEST(an_event_between_the_check_and_the_storing_of_the_waker_is_kept);
    CPPUNIT_TEST(a_closed_direction_stays_ready);
    CPPUNIT_TEST(an_error_wakes_both_directions);
    CPPUNIT_TEST(a_stale_event_for_a_reused_slot_finds_nobody);
    CPPUNIT_TEST(a_closed_and_reused_descriptor_gets_no_old_events);
    CPPUNIT_TEST(deregistration_drops_the_wakers_and_calls_none);
    CPPUNIT_TEST(a_dropped_waker_may_drop_another_registration);
    CPPUNIT_TEST(a_moved_registration_goes_on);
    CPPUNIT_TEST(assigning_ends_the_old_registration);
    CPPUNIT_TEST(what_the_kernel_cannot_watch_is_an_error_and_leaks_nothing);
    CPPUNIT_TEST(a_registration_keeps_its_reactor_alive);
    CPPUNIT_TEST(shutdown_wakes_everybody_and_stays_ready);
    CPPUNIT_TEST(after_shutdown_nothing_can_be_registered);
    CPPUNIT_TEST(a_waker_may_register_and_deregister);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_new_registration_is_ready_in_both_directions() {
        registration socket = add(pair_.left);
        CPPUNIT_ASSERT(reader_.is_ready(socket, direction::read));
        CPPUNIT_ASSERT(writer_.is_ready(socket, direction::write));
        CPPUNIT_ASSERT_EQUAL(reactor_.get(), &socket.owner());
        const readiness ready = reader_.poll(socket, direction::read).value();
        CPPUNIT_ASSERT(!ready.is_closed());
        CPPUNIT_ASSERT(!ready.is_shut_down());
        CPPUNIT_ASSERT_EQUAL(1, reader_.probe.alive());
    }

    void after_a_clear_a_direction_waits_and_an_event_wakes_it() {
        registration socket = add(pair_.left);
        for (int i = 1; i <= 3; ++i) {
            reader_.wait_for(socket, direction::read);
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, turn().events);
            CPPUNIT_ASSERT_EQUAL(i - 1, reader_.probe.wakes());
            write_byte(pair_.right);
            turn();
            CPPUNIT_ASSERT_EQUAL(i, reader_.probe.wakes());
            CPPUNIT_ASSERT(reader_.is_ready(socket, direction::read));
        }
    }

    void a_reader_and_a_writer_do_not_overwrite_each_other() {
        registration socket = add(pair_.left);
        fill(pair_.left);
        reader_.wait_for(socket, direction::read);
        writer_.wait_for(socket, direction::write);
        write_byte(pair_.right);
        turn();
        CPPUNIT_ASSERT_EQUAL(1, reader_.probe.wakes());
        CPPUNIT_ASSERT_EQUAL(0, writer_.probe.wakes());
        reader_.wait_for(socket, direction::read);
        while (read_all(pair_.right) != 0) {
        }
        turn();
        CPPUNIT_ASSERT_EQUAL(1, writer_.probe.wakes());
    }

    void an_event_between_the_attempt_and_the_clear_is_kept() {
        registration socket = add(pair_.left);
        const readiness seen = reader_.poll(socket, direction::read).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, read_all(pair_.left));
        write_byte(pair_.right);
        turn();
        socket.clear_ready(direction::read, seen);
        CPPUNIT_ASSERT(reader_.is_ready(socket, direction::read));
    }

    void an_event_between_the_check_and_the_storing_of_the_waker_is_kept() {
        registration socket = add(pair_.left);
        const readiness seen = reader_.poll(socket, direction::read).value();
        socket.clear_ready(direction::read, seen);
        reader_.probe.on_clone = [this] {
            write_byte(pair_.right);
            turn();
        };
        CPPUNIT_ASSERT(reader_.is_ready(socket, direction::read));
    }

    void a_closed_direction_stays_ready() {
        registration socket = add(pair_.left);
        reader_.wait_for(socket, direction::read);
        sys::shutdown(pair_.right.get(), sys::shutdown_side::write).value();
        turn();
        CPPUNIT_ASSERT_EQUAL(1, reader_.probe.wakes());
        for (int i = 0; i < 3; ++i) {
            const readiness ready = reader_.poll(socket, direction::read).value();
            CPPUNIT_ASSERT(ready.is_closed());
            socket.clear_ready(direction::read, ready);
        }
        CPPUNIT_ASSERT(!writer_.poll(socket, direction::write).value().is_closed());
        pair_.right.reset();
        turn();
        CPPUNIT_ASSERT(writer_.poll(socket, direction::write).value().is_closed());
    }

    void an_error_wakes_both_directions() {
        registration socket = add(pair_.left);
        fill(pair_.left);
        reader_.wait_for(socket, direction::read);
        writer_.wait_for(socket, direction::write);
        pair_.right.reset();
        turn();
        CPPUNIT_ASSERT_EQUAL(1, reader_.probe.wakes());
        CPPUNIT_ASSERT_EQUAL(1, writer_.probe.wakes());
    }

    // More events than a batch of wakers holds, so that wakers are called between two deliveries of
    // one turn. The first one ends the last registration, and begins another one in its slot.
    void a_stale_event_for_a_reused_slot_finds_nobody() {
        constexpr std::size_t count = wake_batch::capacity + 2;
        std::deque<hand_polled> readers(count);
        std::deque<socket_pair> pairs;
        std::deque<std::optional<registration>> sockets;
        for (std::size_t i = 0; i < count; ++i) {
            pairs.push_back(socket_pair::make());
            sockets.emplace_back(add(pairs[i].left));
            readers[i].wait_for(*sockets[i], direction::read);
        }
        std::optional<registration> fresh;
        readers[0].probe.on_wake = [&] {
            sockets[count - 1].reset();
            fresh.emplace(registration::add(*reactor_, pair_.left.get()).value());
            reader_.wait_for(*fresh, direction::read);
        };
        for (const socket_pair& pair : pairs) write_byte(pair.right);
        CPPUNIT_ASSERT_EQUAL(count, turn().events);
        CPPUNIT_ASSERT_EQUAL(1, readers[count - 2].probe.wakes());
        CPPUNIT_ASSERT_EQUAL(0, readers[count - 1].probe.wakes());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{count}, reactor_->counters().registered_sockets);
        CPPUNIT_ASSERT(fresh.has_value());
        CPPUNIT_ASSERT_EQUAL(0, reader_.probe.wakes());
        CPPUNIT_ASSERT(!reader_.is_ready(*fresh, direction::read));
        write_byte(pair_.right);
        turn();
        CPPUNIT_ASSERT_EQUAL(1, reader_.probe.wakes());
    }

    void a_closed_and_reused_descriptor_gets_no_old_events() {
        const int number = pair_.left.get();
        {
            registration socket = add(pair_.left);
            write_byte(pair_.right);  // Is in the kernel's list when the registration ends.
        }
        pair_ = socket_pair::make();
        pair_.left.reset(::dup3(pair_.left.get(), number, O_CLOEXEC));
        CPPUNIT_ASSERT_EQUAL(number, pair_.left.get());
        registration socket = registration::add(*reactor_, number).value();
        reader_.wait_for(socket, direction::read);
        turn();
        CPPUNIT_ASSERT_EQUAL(0, reader_.probe.wakes());
        write_byte(pair_.right);
        turn();
        CPPUNIT_ASSERT_EQUAL(1, reader_.probe.wakes());
    }

    void deregistration_drops_the_wakers_and_calls_none() {
        std::optional<registration> socket(add(pair_.left));
        reader_.wait_for(*socket, direction::read);
        writer_.wait_for(*socket, direction::write);
        CPPUNIT_ASSERT_EQUAL(2, reader_.probe.alive());
        CPPUNIT_ASSERT_EQUAL(2, writer_.probe.alive());
        socket.reset();
        CPPUNIT_ASSERT_EQUAL(1, reader_.probe.alive());
        CPPUNIT_ASSERT_EQUAL(1, writer_.probe.alive());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, reactor_->counters().registered_sockets);
        write_byte(pair_.right);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, turn().events);
        CPPUNIT_ASSERT_EQUAL(0, reader_.probe.wakes());
    }

    void a_dropped_waker_may_drop_another_registration() {
        const socket_pair other = socket_pair::make();
        std::optional<registration> socket(add(pair_.left));
        std::optional<registration> others(add(other.left));
        reader_.wait_for(*socket, direction::read);
        reader_.probe.on_drop = [&others] { others.reset(); };
        socket.reset();
        reader_.probe.on_drop = nullptr;
        CPPUNIT_ASSERT(!others);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, reactor_->counters().registered_sockets);
    }

    void a_moved_registration_goes_on() {
        registration first = add(pair_.left);
        reader_.wait_for(first, direction::read);
        registration second = std::move(first);
        write_byte(pair_.right);
        turn();
        CPPUNIT_ASSERT_EQUAL(1, reader_.probe.wakes());
        CPPUNIT_ASSERT(reader_.is_ready(second, direction::read));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, reactor_->counters().registered_sockets);
    }

    void assigning_ends_the_old_registration() {
        const socket_pair other = socket_pair::make();
        registration socket = add(pair_.left);
        socket = add(other.left);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, reactor_->counters().registered_sockets);
        reader_.wait_for(socket, direction::read);
        write_byte(pair_.right);
        turn();
        CPPUNIT_ASSERT_EQUAL(0, reader_.probe.wakes());
        write_byte(other.right);
        turn();
        CPPUNIT_ASSERT_EQUAL(1, reader_.probe.wakes());
        registration& same = socket;
        socket = std::move(same);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, reactor_->counters().registered_sockets);
    }

    void what_the_kernel_cannot_watch_is_an_error_and_leaks_nothing() {
        const sys::descriptor file(::open("/", O_RDONLY | O_CLOEXEC));
        for (int i = 0; i < 100; ++i) {
            CPPUNIT_ASSERT(registration::add(*reactor_, file.get()).error() ==
                           std::errc::operation_not_permitted);
            CPPUNIT_ASSERT(registration::add(*reactor_, -1).error() ==
                           std::errc::bad_file_descriptor);
        }
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, reactor_->counters().registered_sockets);
        registration socket = add(pair_.left);
        CPPUNIT_ASSERT(registration::add(*reactor_, pair_.left.get()).error() ==
                       std::errc::file_exists);
        reader_.wait_for(socket, direction::read);
        write_byte(pair_.right);
        turn();
        CPPUNIT_ASSERT_EQUAL(1, reader_.probe.wakes());
    }

    void a_registration_keeps_its_reactor_alive() {
        registration socket = add(pair_.left);
        reader_.wait_for(socket, direction::read);
        reactor_ = {};
        write_byte(pair_.right);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, socket.owner().turn(no_time).value().events);
        CPPUNIT_ASSERT_EQUAL(1, reader_.probe.wakes());
    }

    void shutdown_wakes_everybody_and_stays_ready() {
        registration socket = add(pair_.left);
        fill(pair_.left);
        reader_.wait_for(socket, direction::read);
        writer_.wait_for(socket, direction::write);
        reactor_->shut_down();
        CPPUNIT_ASSERT_EQUAL(1, reader_.probe.wakes());
        CPPUNIT_ASSERT_EQUAL(1, writer_.probe.wakes());
        for (int i = 0; i < 3; ++i) {
            const readiness ready = reader_.poll(socket, direction::read).value();
            CPPUNIT_ASSERT(ready.is_shut_down());
            socket.clear_ready(direction::read, ready);
        }
        CPPUNIT_ASSERT(writer_.poll(socket, direction::write).value().is_shut_down());
        write_byte(pair_.right);
        turn();
        CPPUNIT_ASSERT(reader_.poll(socket, direction::read).value().is_shut_down());
        reactor_->shut_down();
    }

    void after_shutdown_nothing_can_be_registered() {
        {
            registration socket = add(pair_.left);
            reactor_->shut_down();
        }
        CPPUNIT_ASSERT(registration::add(*reactor_, pair_.left.get()).error() ==
                       std::errc::operation_canceled);
    }

    void a_waker_may_register_and_deregister() {
        const socket_pair other = socket_pair::make();
        std::optional<registration> socket(add(pair_.left));
        std::optional<registration> others;
        reader_.wait_for(*socket, direction::read);
        reader_.probe.on_wake = [&] {
            socket.reset();
            others.emplace(registration::add(*reactor_, other.left.get()).value());
            writer_.wait_for(*others, direction::read);
        };
        write_byte(pair_.right);
        turn();
        CPPUNIT_ASSERT(!socket);
        write_byte(other.right);
        turn();
        CPPUNIT_ASSERT_EQUAL(1, writer_.probe.wakes());
    }

private:
    registration add(const sys::descriptor& socket) {
        registration added = registration::add(*reactor_, socket.get()).value();
        turn();  // What the kernel reports at first.
        return added;
    }
    turn_report turn() { return reactor_->turn(no_time).value(); }

    sync::reference<reactor> reactor_ = reactor::create().value();
    socket_pair pair_ = socket_pair::make();
    hand_polled reader_;
    hand_polled writer_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(registration_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
