#include <yot_run/sys/posix.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/time.h>

#include <array>
#include <csignal>
#include <limits>

namespace yot_run::sys_posix {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// How many events there are now.
std::size_t events_at(const descriptor& epoll) {
    std::array<epoll_event, 8> seen;
    return epoll_wait(epoll.get(), seen, nanoseconds::zero()).value();
}

void ignore_signal(int /*number*/) {}

}  // namespace

class posix_epoll_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(posix_epoll_test);
    CPPUNIT_TEST(an_event_carries_the_token_and_what_happened);
    CPPUNIT_TEST(modify_replaces_token_and_interest);
    CPPUNIT_TEST(delete_ends_the_interest);
    CPPUNIT_TEST(edge_triggered_events_come_once);
    CPPUNIT_TEST(the_timeout_never_comes_early);
    CPPUNIT_TEST(a_timeout_of_centuries_does_not_overflow);
    CPPUNIT_TEST(a_signal_is_an_early_return_without_events);
    CPPUNIT_TEST(signals_of_an_event_are_one_until_drained);
    CPPUNIT_TEST(a_full_event_still_takes_signals);
    CPPUNIT_TEST(descriptors_are_not_inherited);
    CPPUNIT_TEST(misuse_is_an_error);
    CPPUNIT_TEST_SUITE_END();

public:
    void an_event_carries_the_token_and_what_happened() {
        const descriptor epoll = epoll_create().value();
        const descriptor event = event_create().value();
        const std::uint64_t token = 0x1234'5678'9abc'def0;
        epoll_add(epoll.get(), event.get(), EPOLLIN, token).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, events_at(epoll));
        event_signal(event.get()).value();
        std::array<epoll_event, 8> seen;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, epoll_wait(epoll.get(), seen, std::nullopt).value());
        const std::uint64_t token_seen = seen[0].data.u64;
        const std::uint32_t events_seen = seen[0].events;
        CPPUNIT_ASSERT_EQUAL(token, token_seen);
        CPPUNIT_ASSERT_EQUAL(static_cast<std::uint32_t>(EPOLLIN), events_seen);
    }

    void modify_replaces_token_and_interest() {
        const descriptor epoll = epoll_create().value();
        const descriptor event = event_create().value();
        epoll_add(epoll.get(), event.get(), EPOLLIN, 1).value();
        epoll_modify(epoll.get(), event.get(), EPOLLOUT, 2).value();
        std::array<epoll_event, 8> seen;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, epoll_wait(epoll.get(), seen, std::nullopt).value());
        const std::uint64_t token_seen = seen[0].data.u64;
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, token_seen);
    }

    void delete_ends_the_interest() {
        const descriptor epoll = epoll_create().value();
        const descriptor event = event_create().value();
        epoll_add(epoll.get(), event.get(), EPOLLIN, 1).value();
        event_signal(event.get()).value();
        epoll_delete(epoll.get(), event.get()).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, events_at(epoll));
    }

    void edge_triggered_events_come_once() {
        const descriptor epoll = epoll_create().value();
        const descriptor event = event_create().value();
        epoll_add(epoll.get(), event.get(), EPOLLIN | EPOLLET, 1).value();
        event_signal(event.get()).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events_at(epoll));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, events_at(epoll));
    }

    void the_timeout_never_comes_early() {
        const descriptor epoll = epoll_create().value();
        std::array<epoll_event, 1> seen;
        for (const nanoseconds timeout : {nanoseconds(1), nanoseconds(1'000'001)}) {
            const time_point before = now();
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, epoll_wait(epoll.get(), seen, timeout).value());
            CPPUNIT_ASSERT(now() - before >= timeout);
        }
        // In the past: as good as now.
        CPPUNIT_ASSERT_EQUAL(std::size_t{0},
                             epoll_wait(epoll.get(), seen, milliseconds(-5)).value());
    }

    void a_timeout_of_centuries_does_not_overflow() {
        const descriptor epoll = epoll_create().value();
        const descriptor event = event_create().value();
        epoll_add(epoll.get(), event.get(), EPOLLIN, 1).value();
        event_signal(event.get()).value();
        std::array<epoll_event, 1> seen;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1},
                             epoll_wait(epoll.get(), seen, nanoseconds::max()).value());
    }

    void a_signal_is_an_early_return_without_events() {
        // The signal repeats, so the wait ends even if the first ones come before it has begun.
        struct sigaction action{};
        action.sa_handler = ignore_signal;
        struct sigaction before{};
        CPPUNIT_ASSERT_EQUAL(0, ::sigaction(SIGALRM, &action, &before));
        const descriptor epoll = epoll_create().value();
        itimerval soon{};
        soon.it_value.tv_usec = 1000;
        soon.it_interval.tv_usec = 1000;
        CPPUNIT_ASSERT_EQUAL(0, ::setitimer(ITIMER_REAL, &soon, nullptr));
        std::array<epoll_event, 1> seen;
        const io_result<std::size_t> count = epoll_wait(epoll.get(), seen, std::nullopt);
        const itimerval never{};
        CPPUNIT_ASSERT_EQUAL(0, ::setitimer(ITIMER_REAL, &never, nullptr));
        CPPUNIT_ASSERT_EQUAL(0, ::sigaction(SIGALRM, &before, nullptr));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, count.value());
    }

    void signals_of_an_event_are_one_until_drained() {
        const descriptor epoll = epoll_create().value();
        const descriptor event = event_create().value();
        epoll_add(epoll.get(), event.get(), EPOLLIN, 1).value();
        event_signal(event.get()).value();
        event_signal(event.get()).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events_at(epoll));
        event_drain(event.get()).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, events_at(epoll));
        event_drain(event.get()).value();  // Nothing there: no error, no waiting.
    }

    void a_full_event_still_takes_signals() {
        const descriptor event = event_create().value();
        CPPUNIT_ASSERT_EQUAL(
            0, ::eventfd_write(event.get(), std::numeric_limits<eventfd_t>::max() - 1));
        CPPUNIT_ASSERT(event_signal(event.get()).has_value());
    }

    void descriptors_are_not_inherited() {
        const descriptor epoll = epoll_create().value();
        const descriptor event = event_create().value();
        for (const int number : {epoll.get(), event.get()}) {
            CPPUNIT_ASSERT((::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0);
        }
    }

    void misuse_is_an_error() {
        const descriptor epoll = epoll_create().value();
        const descriptor event = event_create().value();
        std::array<epoll_event, 1> seen;
        CPPUNIT_ASSERT(epoll_delete(epoll.get(), event.get()).error() ==
                       std::errc::no_such_file_or_directory);
        CPPUNIT_ASSERT(epoll_modify(epoll.get(), event.get(), EPOLLIN, 1).error() ==
                       std::errc::no_such_file_or_directory);
        epoll_add(epoll.get(), event.get(), EPOLLIN, 1).value();
        CPPUNIT_ASSERT(epoll_add(epoll.get(), event.get(), EPOLLIN, 1).error() ==
                       std::errc::file_exists);
        CPPUNIT_ASSERT(epoll_wait(event.get(), seen, nanoseconds::zero()).error() ==
                       std::errc::invalid_argument);
        CPPUNIT_ASSERT(event_signal(-1).error() == std::errc::bad_file_descriptor);
        CPPUNIT_ASSERT(event_drain(-1).error() == std::errc::bad_file_descriptor);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(posix_epoll_test);

}  // namespace yot_run::sys_posix
