// What an executor does when the system refuses it threads.
#include <yot_run/executor/executor.hpp>

#include <yot_run/executor/child_process_test.hpp>
#include <yot_run/executor/process_figures.hpp>
#include <yot_run/executor/running_executor.hpp>
#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <system_error>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::child_result;
using test::eventually;
using test::in_child;
using test::limit_threads;
using test::running_executor;

bool no_worker_is_left(const std::string& name) {
    return eventually([&name] { return test::thread_names(name).empty(); });
}

}  // namespace

class scarce_threads_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(scarce_threads_test);
    CPPUNIT_TEST(when_threads_run_out_those_that_started_are_joined);
    CPPUNIT_TEST(an_executor_that_could_not_start_leaves_the_others_alone);
    CPPUNIT_TEST_SUITE_END();

public:
    void when_threads_run_out_those_that_started_are_joined() {
        for (const unsigned more : {0U, 1U, 5U}) {
            const child_result child = in_child([more] {
                limit_threads(more);
                try {
                    running_executor executor(8);
                } catch (const std::system_error& error) {
                    if (error.code() != std::errc::resource_unavailable_try_again) return 1;
                    return no_worker_is_left("yot-run-") ? 0 : 2;
                }
                return 3;
            });
            CPPUNIT_ASSERT_EQUAL_MESSAGE(child.output, 0, child.status);
        }
    }

    void an_executor_that_could_not_start_leaves_the_others_alone() {
        const child_result child = in_child([] {
            running_executor first(2);
            limit_threads(1);
            try {
                running_executor second(4);
                return 2;
            } catch (const std::system_error&) {
            }
            auto handle = first.spawn(ready(7));
            return test::wait_for(handle) == 7 ? 0 : 1;
        });
        CPPUNIT_ASSERT_EQUAL_MESSAGE(child.output, 0, child.status);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(scarce_threads_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
