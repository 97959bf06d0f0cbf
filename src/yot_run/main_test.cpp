#include <yot_run/main.hpp>

#include <yot_run/executor/child_process_test.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

task<> returns_nothing() { co_await yield_now(); }

task<int> returns_status() {
    co_await yield_now();
    co_return 7;
}

task<int> counts_arguments(std::span<char*> arguments) { co_return int(arguments.size()); }

task<> throws() {
    co_await yield_now();
    throw std::runtime_error("out of luck");
}

// As YOT_RUN_MAIN does it, in a process of its own.
template <class F>
test::child_result run(F& async_main, main_options options, const char* overrule = nullptr) {
    return test::in_child([&] {
        if (overrule == nullptr) unsetenv("YOT_RUN_METRICS");
        else setenv("YOT_RUN_METRICS", overrule, 1);
        char name[] = "program";
        char argument[] = "argument";
        char* arguments[] = {name, argument};
        options.runtime.workers = 1;
        return internal::run_main(
            [&](std::span<char*> given) { return internal::call_main(async_main, given); },
            arguments, options);
    });
}

const main_options quiet{.show_ui = false};

bool contains(const test::child_result& result, const char* text) {
    return result.output.find(text) != std::string::npos;
}

}  // namespace

class main_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(main_test);
    CPPUNIT_TEST(the_value_of_async_main_is_the_exit_status);
    CPPUNIT_TEST(async_main_may_take_the_arguments);
    CPPUNIT_TEST(an_escaping_exception_is_printed_and_exits_with_1);
    CPPUNIT_TEST(a_runtime_that_cannot_start_exits_with_1);
    CPPUNIT_TEST(the_environment_overrules_where_metrics_are_served);
    CPPUNIT_TEST(a_bad_overrule_says_what_is_expected);
    CPPUNIT_TEST_SUITE_END();

public:
    void the_value_of_async_main_is_the_exit_status() {
        CPPUNIT_ASSERT_EQUAL(0, run(returns_nothing, quiet).status);
        CPPUNIT_ASSERT_EQUAL(7, run(returns_status, quiet).status);
    }

    void async_main_may_take_the_arguments() {
        CPPUNIT_ASSERT_EQUAL(2, run(counts_arguments, quiet).status);
    }

    void an_escaping_exception_is_printed_and_exits_with_1() {
        const test::child_result result = run(throws, quiet);
        CPPUNIT_ASSERT_EQUAL(1, result.status);
        CPPUNIT_ASSERT_MESSAGE(result.output, contains(result, "out of luck"));
    }

    void a_runtime_that_cannot_start_exits_with_1() {
        main_options wrong = quiet;
        wrong.runtime.thread_name = "never";
        const test::child_result result = test::in_child([&] {
            wrong.runtime.workers = 0;
            return internal::run_main(
                [](std::span<char*> given) { return internal::call_main(returns_nothing, given); },
                {}, wrong);
        });
        CPPUNIT_ASSERT_EQUAL(1, result.status);
        CPPUNIT_ASSERT_MESSAGE(result.output, contains(result, "at least one worker"));
    }

    void the_environment_overrules_where_metrics_are_served() {
        const test::child_result served = run(returns_status, quiet, "127.0.0.1:0");
        CPPUNIT_ASSERT_EQUAL(7, served.status);
        CPPUNIT_ASSERT_MESSAGE(served.output, contains(served, "metrics at http://127.0.0.1:"));
        const test::child_result off = run(returns_status, {.metrics_port = 1}, "off");
        CPPUNIT_ASSERT_EQUAL(7, off.status);
        CPPUNIT_ASSERT_MESSAGE(off.output, !contains(off, "metrics at"));
    }

    void a_bad_overrule_says_what_is_expected() {
        const test::child_result result = run(returns_status, quiet, "everywhere");
        CPPUNIT_ASSERT_EQUAL(1, result.status);
        CPPUNIT_ASSERT_MESSAGE(result.output, contains(result, "YOT_RUN_METRICS"));
        CPPUNIT_ASSERT_MESSAGE(result.output, contains(result, "127.0.0.1:9000"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(main_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
