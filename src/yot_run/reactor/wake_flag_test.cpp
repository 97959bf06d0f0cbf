#include <yot_run/reactor/wake_flag.hpp>

#include <cppunit/extensions/HelperMacros.h>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class wake_flag_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(wake_flag_test);
    CPPUNIT_TEST(only_the_first_of_many_must_signal);
    CPPUNIT_TEST(after_lowering_the_next_must_signal_again);
    CPPUNIT_TEST(whoever_need_not_signal_is_seen_after_the_signal_of_another);
    CPPUNIT_TEST_SUITE_END();

public:
    void only_the_first_of_many_must_signal() {
        wake_flag flag;
        CPPUNIT_ASSERT(flag.raise());
        for (int i = 0; i < 10; ++i) CPPUNIT_ASSERT(!flag.raise());
    }

    void after_lowering_the_next_must_signal_again() {
        wake_flag flag;
        CPPUNIT_ASSERT(flag.raise());
        CPPUNIT_ASSERT(flag.lower());
        CPPUNIT_ASSERT(flag.raise());
        CPPUNIT_ASSERT(flag.lower());
        CPPUNIT_ASSERT(!flag.lower());
        CPPUNIT_ASSERT(flag.raise());
    }

    // The signal is a flag here, as simple as an eventfd: set by signals, cleared by a drain.
    void whoever_need_not_signal_is_seen_after_the_signal_of_another() {
        constexpr int each = 50'000;
        wake_flag flag;
        sync::atomic<bool> signal{false};
        sync::atomic<int> work{0};
        const auto wake_often = [&] {
            for (int i = 0; i < each; ++i) {
                work.fetch_add(1, sync::relaxed);  // Relaxed: the flag orders it.
                // Relaxed, as a system call would be: no ordering rests on the signal.
                if (flag.raise()) signal.store(true, sync::relaxed);
            }
        };
        sync::thread one("one", wake_often);
        sync::thread two("two", wake_often);
        int seen = 0;
        while (seen < 2 * each) {
            if (!signal.exchange(false, sync::relaxed)) continue;
            if (!flag.lower()) signal.store(true, sync::relaxed);
            seen = work.load(sync::relaxed);
        }
        one.join();
        two.join();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(wake_flag_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
