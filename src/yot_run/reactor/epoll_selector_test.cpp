#include <yot_run/reactor/epoll_selector.hpp>

#include <yot_run/reactor/socket_pair.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

constexpr sys::duration no_time = sys::duration::zero();

// What there is now, without waiting.
std::vector<selector_event> events_of(epoll_selector& selector, std::size_t most = 16) {
    std::vector<selector_event> events(most);
    events.resize(selector.wait(events, no_time).value().events);
    return events;
}

}  // namespace

class epoll_selector_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(epoll_selector_test);
    CPPUNIT_TEST(what_is_ready_when_it_is_added_is_reported_once);
    CPPUNIT_TEST(each_arrival_is_reported_once);
    CPPUNIT_TEST(a_peer_that_writes_no_more_closes_reading_only);
    CPPUNIT_TEST(a_peer_that_is_gone_closes_both_directions);
    CPPUNIT_TEST(an_error_makes_both_directions_ready);
    CPPUNIT_TEST(what_was_removed_is_not_reported);
    CPPUNIT_TEST(what_does_not_fit_is_reported_by_the_next_wait);
    CPPUNIT_TEST(what_the_kernel_cannot_watch_is_an_error);
    CPPUNIT_TEST(a_wait_ends_at_its_timeout_but_not_before);
    CPPUNIT_TEST(a_wake_ends_the_next_wait);
    CPPUNIT_TEST(many_wakes_end_one_wait);
    CPPUNIT_TEST(a_wake_does_not_hide_events);
    CPPUNIT_TEST(a_wake_from_another_thread_ends_a_wait_without_limit);
    CPPUNIT_TEST(no_wake_is_lost_between_threads);
    CPPUNIT_TEST_SUITE_END();

public:
    void what_is_ready_when_it_is_added_is_reported_once() {
        const socket_pair pair = socket_pair::make();
        selector_.add(pair.left.get(), 42).value();
        const selector_event expected{.token = 42, .writable = true};
        CPPUNIT_ASSERT((events_of(selector_) == std::vector{expected}));
        CPPUNIT_ASSERT(events_of(selector_).empty());
    }

    void each_arrival_is_reported_once() {
        const socket_pair pair = added();
        for (int i = 0; i < 2; ++i) {
            write_byte(pair.right);
            const selector_event expected{.token = 7, .readable = true, .writable = true};
            CPPUNIT_ASSERT((events_of(selector_) == std::vector{expected}));
            CPPUNIT_ASSERT(events_of(selector_).empty());
        }
    }

    void a_peer_that_writes_no_more_closes_reading_only() {
        const socket_pair pair = added();
        sys::shutdown(pair.right.get(), sys::shutdown_side::write).value();
        const auto events = events_of(selector_);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events.size());
        CPPUNIT_ASSERT(events[0].read_closed);
        CPPUNIT_ASSERT(!events[0].write_closed);
        CPPUNIT_ASSERT(!events[0].error);
    }

    void a_peer_that_is_gone_closes_both_directions() {
        socket_pair pair = added();
        pair.right.reset();
        const auto events = events_of(selector_);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events.size());
        CPPUNIT_ASSERT(events[0].read_closed);
        CPPUNIT_ASSERT(events[0].write_closed);
    }

    void an_error_makes_both_directions_ready() {
        socket_pair pair = added();
        write_byte(pair.left);  // That the peer never reads: closing is then a reset.
        pair.right.reset();
        const auto events = events_of(selector_);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events.size());
        CPPUNIT_ASSERT(events[0].error);
        const ready_bits both = ready_bits::readable | ready_bits::writable;
        CPPUNIT_ASSERT((selector_event{.error = true}.bits()) == both);
        CPPUNIT_ASSERT((events[0].bits() & both) == both);
    }

    void what_was_removed_is_not_reported() {
        const socket_pair pair = added();
        selector_.remove(pair.left.get()).value();
        write_byte(pair.right);
        CPPUNIT_ASSERT(events_of(selector_).empty());
        CPPUNIT_ASSERT(selector_.remove(pair.left.get()).error() ==
                       std::errc::no_such_file_or_directory);
    }

    void what_does_not_fit_is_reported_by_the_next_wait() {
        const std::array<socket_pair, 3> pairs{added(1), added(2), added(3)};
        for (const socket_pair& pair : pairs) write_byte(pair.right);
        selector_.wake();
        std::size_t seen = 0;
        std::size_t waits = 0;
        for (; waits < 10 && seen < 3; ++waits) seen += events_of(selector_, 2).size();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, seen);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, waits);
        CPPUNIT_ASSERT(events_of(selector_).empty());
    }

    void what_the_kernel_cannot_watch_is_an_error() {
        const socket_pair pair = added();
        CPPUNIT_ASSERT(selector_.add(pair.left.get(), 8).error() == std::errc::file_exists);
        CPPUNIT_ASSERT(selector_.add(-1, 8).error() == std::errc::bad_file_descriptor);
    }

    void a_wait_ends_at_its_timeout_but_not_before() {
        const sys::time_point begin = sys::now();
        const auto ended = selector_.wait(events_, std::chrono::milliseconds(3)).value();
        CPPUNIT_ASSERT(sys::now() - begin >= std::chrono::milliseconds(3));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, ended.events);
        CPPUNIT_ASSERT(!ended.woken);
    }

    void a_wake_ends_the_next_wait() {
        for (int i = 0; i < 3; ++i) {
            selector_.wake();
            const auto ended = selector_.wait(events_, std::nullopt).value();
            CPPUNIT_ASSERT(ended.woken);
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, ended.events);
        }
    }

    void many_wakes_end_one_wait() {
        for (int i = 0; i < 10; ++i) selector_.wake();
        CPPUNIT_ASSERT(selector_.wait(events_, std::nullopt).value().woken);
        CPPUNIT_ASSERT(!selector_.wait(events_, no_time).value().woken);
    }

    void a_wake_does_not_hide_events() {
        const socket_pair pair = added();
        write_byte(pair.right);
        selector_.wake();
        const auto ended = selector_.wait(events_, std::nullopt).value();
        CPPUNIT_ASSERT(ended.woken);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, ended.events);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, events_[0].token);
    }

    void a_wake_from_another_thread_ends_a_wait_without_limit() {
        sync::thread other("waker", [this] { selector_.wake(); });
        const auto ended = selector_.wait(events_, std::nullopt);
        other.join();
        CPPUNIT_ASSERT(ended.value().woken);
    }

    void no_wake_is_lost_between_threads() {
        constexpr int each = 100'000;
        sync::atomic<int> work{0};
        const auto wake_often = [this, &work] {
            for (int i = 0; i < each; ++i) {
                work.fetch_add(1, sync::relaxed);  // Relaxed: the wake orders it.
                selector_.wake();
            }
        };
        sync::thread one("one", wake_often);
        sync::thread two("two", wake_often);
        // If a wake were lost, the last of the work would never be seen.
        bool lost = false;
        while (!lost && work.load(sync::relaxed) < 2 * each)
            lost = !selector_.wait(events_, std::chrono::minutes(1)).value().woken;
        one.join();
        two.join();
        CPPUNIT_ASSERT_MESSAGE("a wake was lost", !lost);
    }

private:
    // Added with this token, and what was ready then has been reported.
    socket_pair added(std::uint64_t token = 7) {
        socket_pair pair = socket_pair::make();
        selector_.add(pair.left.get(), token).value();
        static_cast<void>(events_of(selector_));
        return pair;
    }

    epoll_selector selector_{epoll_selector::open().value()};
    std::array<selector_event, 16> events_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(epoll_selector_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
