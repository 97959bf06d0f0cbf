#include <yot_run/task/future.hpp>

#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <type_traits>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

struct by_hand {
    yot_run::poll<int> poll(context& /*cx*/) { return 1; }
};
struct not_a_poll {
    int poll(context& /*cx*/) { return 1; }
};
struct no_context {
    yot_run::poll<int> poll() { return 1; }
};

static_assert(future<by_hand> && future<by_hand&> && future<by_hand&&>);
static_assert(!future<const by_hand>);
static_assert(!future<not_a_poll> && !future<no_context> && !future<int> && !future<void>);
static_assert(std::is_same_v<output_of<by_hand>, int>);
static_assert(std::is_same_v<output_of<by_hand&>, int>);
static_assert(std::is_void_v<output_of<yield_future>>);

}  // namespace

class future_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(future_test);
    CPPUNIT_TEST(ready_gives_its_value_at_once);
    CPPUNIT_TEST(ready_without_a_value_is_ready);
    CPPUNIT_TEST(pending_never_is_and_never_wakes);
    CPPUNIT_TEST(yielding_asks_for_one_more_poll);
    CPPUNIT_TEST_SUITE_END();

    test::hand by;

public:
    void ready_gives_its_value_at_once() {
        auto number = ready(5);
        CPPUNIT_ASSERT_EQUAL(5, by.poll(number).value());
        auto pointer = ready(std::make_unique<int>(6));
        CPPUNIT_ASSERT_EQUAL(6, *by.poll(pointer).value());
        const int lvalue = 7;
        auto copy = ready(lvalue);
        static_assert(std::is_same_v<output_of<decltype(copy)>, int>);
        CPPUNIT_ASSERT_EQUAL(7, by.poll(copy).value());
        CPPUNIT_ASSERT_EQUAL(0, by.counts.wakes());
    }

    void ready_without_a_value_is_ready() {
        auto nothing = ready();
        CPPUNIT_ASSERT(by.poll(nothing).is_ready());
    }

    void pending_never_is_and_never_wakes() {
        auto never = pending<int>();
        for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(by.poll(never).is_pending());
        CPPUNIT_ASSERT_EQUAL(0, by.counts.wakes());
        CPPUNIT_ASSERT_EQUAL(1, by.counts.alive());  // Nobody kept a clone.
    }

    void yielding_asks_for_one_more_poll() {
        auto once = yield_now();
        CPPUNIT_ASSERT(by.poll(once).is_pending());
        CPPUNIT_ASSERT_EQUAL(1, by.counts.wakes());
        CPPUNIT_ASSERT(by.poll(once).is_ready());
        CPPUNIT_ASSERT_EQUAL(1, by.counts.wakes());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(future_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
