#include <yot_run/executor/process_figures.hpp>
#include <yot_run/runtime/runtime.hpp>
#include <yot_run/sys/faulted.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace yot_run::inline YOT_RUN_WORLD {

namespace fault_plan = sys::fault_plan;
using sys::call;

class runtime_fault_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(runtime_fault_test);
    CPPUNIT_TEST(a_start_without_descriptors_fails_and_leaves_nothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { fault_plan::clear(); }
    void tearDown() override { fault_plan::clear(); }

    void a_start_without_descriptors_fails_and_leaves_nothing() {
        runtime({.workers = 1}).block_on(yield_now());  // Sanitizers make a thread with the first.
        const std::size_t threads = test::thread_count();
        const std::size_t descriptors = test::descriptor_count();
        for (const call refused : {call::epoll_create, call::event_create, call::epoll_add}) {
            fault_plan::clear();
            fault_plan::fail(refused, EMFILE);
            try {
                runtime never({.workers = 1});
                CPPUNIT_FAIL("started without descriptors");
            } catch (const std::system_error& error) {
                CPPUNIT_ASSERT(error.code() == std::errc::too_many_files_open);
                const std::string text = error.what();
                CPPUNIT_ASSERT_MESSAGE(text, text.find("epoll") != std::string::npos);
            }
            CPPUNIT_ASSERT_EQUAL(descriptors, test::descriptor_count());
            CPPUNIT_ASSERT(test::eventually([&] { return test::thread_count() <= threads; }));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(runtime_fault_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
