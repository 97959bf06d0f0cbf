#include <yot_run/sys/posix_signal.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <csignal>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace yot_run::sys_posix {
namespace {

volatile std::sig_atomic_t earlier_handler_calls = 0;

}  // namespace

class posix_signal_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(posix_signal_test);
    CPPUNIT_TEST(a_signal_ends_a_wait);
    CPPUNIT_TEST(stopping_ends_a_wait_on_another_thread);
    CPPUNIT_TEST(stopping_ends_a_wait_also_after_many_signals);
    CPPUNIT_TEST(a_signal_has_one_watch);
    CPPUNIT_TEST(the_earlier_handler_comes_back);
    CPPUNIT_TEST(what_is_no_signal_is_refused);
    CPPUNIT_TEST(what_cannot_be_caught_is_refused);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_signal_ends_a_wait() {
        auto watch = signal_watch::open(SIGUSR1);
        CPPUNIT_ASSERT(watch.has_value());
        for (int i = 0; i < 3; ++i) {
            ::raise(SIGUSR1);
            CPPUNIT_ASSERT(watch->wait());
        }
    }

    void stopping_ends_a_wait_on_another_thread() {
        auto watch = signal_watch::open(SIGUSR1);
        CPPUNIT_ASSERT(watch.has_value());
        bool came = true;
        std::thread waiting([&] { came = watch->wait(); });
        watch->stop();
        waiting.join();
        CPPUNIT_ASSERT(!came);
    }

    // More than a pipe holds, and nobody has read them.
    void stopping_ends_a_wait_also_after_many_signals() {
        auto watch = signal_watch::open(SIGUSR1);
        CPPUNIT_ASSERT(watch.has_value());
        for (int i = 0; i < 100'000; ++i) ::raise(SIGUSR1);
        CPPUNIT_ASSERT(watch->wait());
        watch->stop();
        CPPUNIT_ASSERT(!watch->wait());
    }

    void a_signal_has_one_watch() {
        std::optional<signal_watch> first(*signal_watch::open(SIGUSR1));
        const auto second = signal_watch::open(SIGUSR1);
        CPPUNIT_ASSERT(second.error() == std::errc::device_or_resource_busy);
        CPPUNIT_ASSERT(signal_watch::open(SIGUSR2).has_value());
        first.reset();
        CPPUNIT_ASSERT(signal_watch::open(SIGUSR1).has_value());
    }

    void the_earlier_handler_comes_back() {
        const auto before =
            std::signal(SIGUSR1, [](int) { earlier_handler_calls = earlier_handler_calls + 1; });
        {
            auto watch = signal_watch::open(SIGUSR1);
            ::raise(SIGUSR1);
            CPPUNIT_ASSERT(watch->wait());
            CPPUNIT_ASSERT_EQUAL(0, int(earlier_handler_calls));
        }
        ::raise(SIGUSR1);
        CPPUNIT_ASSERT_EQUAL(1, int(earlier_handler_calls));
        std::signal(SIGUSR1, before);
    }

    void what_is_no_signal_is_refused() {
        for (const int number : {-1, 0, 1000})
            CPPUNIT_ASSERT(signal_watch::open(number).error() == std::errc::invalid_argument);
    }

    void what_cannot_be_caught_is_refused() {
        CPPUNIT_ASSERT(signal_watch::open(SIGKILL).error() == std::errc::invalid_argument);
        CPPUNIT_ASSERT(signal_watch::open(SIGKILL).error() == std::errc::invalid_argument);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(posix_signal_test);

}  // namespace yot_run::sys_posix
