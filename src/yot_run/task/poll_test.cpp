#include <yot_run/task/poll.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

struct no_default {
    explicit no_default(int n) : number(n) {}
    int number;
};

// A value converts to a poll as it converts to the value's type, and not more easily.
static_assert(std::is_convertible_v<const char*, poll<std::string>>);
static_assert(std::is_constructible_v<poll<std::vector<int>>, int>);
static_assert(!std::is_convertible_v<int, poll<std::vector<int>>>);
static_assert(!std::is_convertible_v<int*, poll<std::unique_ptr<int>>>);
static_assert(!std::is_constructible_v<poll<int>, std::string>);
static_assert(std::is_same_v<poll<int>::value_type, int>);
static_assert(std::is_same_v<poll<>::value_type, void>);
static_assert(std::is_same_v<regular_t<void>, std::monostate>);
static_assert(std::is_same_v<regular_t<int>, int>);

constexpr poll<int> constant = 3;
static_assert(constant.is_ready());
static_assert(poll<int>(poll_pending).is_pending());

}  // namespace

class poll_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(poll_test);
    CPPUNIT_TEST(pending_has_no_value);
    CPPUNIT_TEST(a_value_is_ready);
    CPPUNIT_TEST(a_value_can_be_moved_out);
    CPPUNIT_TEST(values_need_no_default);
    CPPUNIT_TEST(void_is_ready_or_pending);
    CPPUNIT_TEST(empty_braces_mean_ready_where_there_is_no_value);
    CPPUNIT_TEST_SUITE_END();

public:
    void pending_has_no_value() {
        const poll<int> answer = poll_pending;
        CPPUNIT_ASSERT(answer.is_pending());
        CPPUNIT_ASSERT(!answer.is_ready());
    }

    void a_value_is_ready() {
        poll<int> answer = 7;
        CPPUNIT_ASSERT(answer.is_ready());
        CPPUNIT_ASSERT(!answer.is_pending());
        CPPUNIT_ASSERT_EQUAL(7, answer.value());
    }

    void a_value_can_be_moved_out() {
        poll<std::unique_ptr<int>> answer = std::make_unique<int>(5);
        const std::unique_ptr<int> taken = std::move(answer).value();
        CPPUNIT_ASSERT_EQUAL(5, *taken);
    }

    void values_need_no_default() {
        poll<no_default> answer(3);
        CPPUNIT_ASSERT_EQUAL(3, answer.value().number);
        answer = poll_pending;
        CPPUNIT_ASSERT(answer.is_pending());
    }

    void void_is_ready_or_pending() {
        CPPUNIT_ASSERT(poll<>().is_ready());
        CPPUNIT_ASSERT(!poll<>().is_pending());
        CPPUNIT_ASSERT(poll<>(poll_pending).is_pending());
    }

    void empty_braces_mean_ready_where_there_is_no_value() {
        const auto ready = []() -> poll<> { return {}; };
        CPPUNIT_ASSERT(ready().is_ready());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(poll_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
