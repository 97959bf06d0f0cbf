#include <yot_run/sys/posix_kqueue.hpp>

#include <yot_run/simulation/kernel/loopback.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cerrno>
#include <limits>
#include <optional>
#include <stdexcept>

namespace yot_run::sys_posix {
namespace {

using std::chrono::nanoseconds;
using sys_simulated::call;
using sys_simulated::connection;
using sys_simulated::machine;

kqueue_event event(int ident, short filter, unsigned short flags, unsigned fflags = 0) {
    kqueue_event result{};
    result.ident = static_cast<std::uintptr_t>(ident);
    result.filter = filter;
    result.flags = flags;
    result.fflags = fflags;
    return result;
}

}  // namespace

class posix_kqueue_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(posix_kqueue_test);
    CPPUNIT_TEST(each_change_has_its_own_outcome);
    CPPUNIT_TEST(a_change_takes_no_events);
    CPPUNIT_TEST(an_event_carries_the_pointer_and_what_happened);
    CPPUNIT_TEST(the_timeout_never_comes_early);
    CPPUNIT_TEST(without_a_timeout_it_waits_for_ever);
    CPPUNIT_TEST(a_negative_timeout_is_none);
    CPPUNIT_TEST(a_timeout_of_centuries_is_cut_to_years);
    CPPUNIT_TEST(a_signal_is_an_early_return_without_events);
    CPPUNIT_TEST(an_error_of_the_call_is_reported);
    CPPUNIT_TEST(without_descriptors_there_is_no_kqueue);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override {
        kernel_.emplace();
        current_.emplace(*kernel_);
        // Closed with its machine: its owner would close a number of the real kernel.
        kqueue_ = kqueue_create().value().release();
    }
    void tearDown() override {
        current_.reset();
        kernel_.reset();
    }

    void each_change_has_its_own_outcome() {
        const connection made = sys_simulated::connected();
        std::array changes{event(made.server.get(), EVFILT_READ, EV_ADD),
                           event(999, EVFILT_READ, EV_ADD),
                           event(made.server.get(), EVFILT_WRITE, EV_DELETE),
                           event(made.server.get(), EVFILT_WRITE, EV_ADD)};
        CPPUNIT_ASSERT(kqueue_change(kqueue_, changes).error() == std::errc::bad_file_descriptor);
        const std::array<int, 4> expected{0, EBADF, ENOENT, 0};
        for (std::size_t i = 0; i < changes.size(); ++i) {
            CPPUNIT_ASSERT((changes[i].flags & EV_ERROR) != 0);
            CPPUNIT_ASSERT_EQUAL(std::int64_t{expected[i]}, changes[i].data);
        }
        std::array back{event(made.server.get(), EVFILT_READ, EV_DELETE),
                        event(made.server.get(), EVFILT_WRITE, EV_DELETE)};
        CPPUNIT_ASSERT(kqueue_change(kqueue_, back).has_value());
    }

    void a_change_takes_no_events() {
        add_user_event();
        for (int i = 0; i < 2; ++i) trigger();
        std::array<kqueue_event, 4> seen;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, kqueue_wait(kqueue_, seen, std::nullopt).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0},
                             kqueue_wait(kqueue_, seen, nanoseconds::zero()).value());
    }

    void an_event_carries_the_pointer_and_what_happened() {
        const connection made = sys_simulated::connected();
        std::array changes{event(made.server.get(), EVFILT_READ, EV_ADD)};
        changes[0].udata = this;
        kqueue_change(kqueue_, changes).value();
        std::array<kqueue_event, 4> seen;
        CPPUNIT_ASSERT_EQUAL(std::size_t{0},
                             kqueue_wait(kqueue_, seen, nanoseconds::zero()).value());
        sys_simulated::send(made.client.get(), sys_simulated::bytes("abc")).value();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, kqueue_wait(kqueue_, seen, std::nullopt).value());
        CPPUNIT_ASSERT(seen[0].udata == this);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, seen[0].data);
        CPPUNIT_ASSERT_EQUAL(static_cast<std::uintptr_t>(made.server.get()), seen[0].ident);
    }

    void the_timeout_never_comes_early() {
        for (const nanoseconds timeout : {nanoseconds(0), nanoseconds(1), nanoseconds(999'999'999),
                                          nanoseconds(1'000'000'000), nanoseconds(2'500'000'001)}) {
            CPPUNIT_ASSERT(time_of_a_wait(timeout) == timeout);
        }
    }

    void without_a_timeout_it_waits_for_ever() {
        std::array<kqueue_event, 1> seen;
        // Which the machine finds out.
        CPPUNIT_ASSERT_THROW(static_cast<void>(kqueue_wait(kqueue_, seen, std::nullopt)),
                             std::logic_error);
    }

    void a_negative_timeout_is_none() {
        CPPUNIT_ASSERT(time_of_a_wait(nanoseconds(-1)) == nanoseconds::zero());
        CPPUNIT_ASSERT(time_of_a_wait(nanoseconds::min()) == nanoseconds::zero());
    }

    void a_timeout_of_centuries_is_cut_to_years() {
        CPPUNIT_ASSERT(time_of_a_wait(nanoseconds::max()) == std::chrono::seconds(100'000'000));
    }

    void a_signal_is_an_early_return_without_events() {
        kernel_->plan_faults(sys_simulated::fail_calls(call::epoll_wait, EINTR));
        std::array<kqueue_event, 1> seen;
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, kqueue_wait(kqueue_, seen, std::nullopt).value());
    }

    void an_error_of_the_call_is_reported() {
        std::array<kqueue_event, 1> one{event(0, EVFILT_USER, EV_ADD)};
        for (const int number : {-1, 999}) {
            CPPUNIT_ASSERT(kqueue_change(number, one).error() == std::errc::bad_file_descriptor);
            CPPUNIT_ASSERT(kqueue_wait(number, one, nanoseconds::zero()).error() ==
                           std::errc::bad_file_descriptor);
        }
        kernel_->plan_faults(sys_simulated::fail_calls(call::epoll_wait, ENOMEM));
        CPPUNIT_ASSERT(kqueue_wait(kqueue_, one, nanoseconds::zero()).error() ==
                       std::errc::not_enough_memory);
    }

    void without_descriptors_there_is_no_kqueue() {
        kernel_->plan_faults(sys_simulated::fail_calls(call::epoll_create, EMFILE, 2));
        CPPUNIT_ASSERT(kqueue_create().error() == std::errc::too_many_files_open);
    }

private:
    void add_user_event() const {
        std::array changes{event(1, EVFILT_USER, EV_ADD | EV_CLEAR)};
        kqueue_change(kqueue_, changes).value();
    }
    void trigger() const {
        std::array changes{event(1, EVFILT_USER, 0, NOTE_TRIGGER)};
        kqueue_change(kqueue_, changes).value();
    }
    [[nodiscard]] nanoseconds time_of_a_wait(nanoseconds timeout) const {
        std::array<kqueue_event, 1> seen;
        const auto begin = kernel_->now();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, kqueue_wait(kqueue_, seen, timeout).value());
        return kernel_->now() - begin;
    }

    std::optional<machine> kernel_;
    std::optional<machine::scope> current_;
    int kqueue_ = -1;
};

CPPUNIT_TEST_SUITE_REGISTRATION(posix_kqueue_test);

}  // namespace yot_run::sys_posix
