#include <yot_run/task/environment.hpp>

#include <cppunit/extensions/HelperMacros.h>

namespace yot_run::inline YOT_RUN_WORLD {

class environment_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(environment_test);
    CPPUNIT_TEST(there_is_none_outside);
    CPPUNIT_TEST(a_scope_sets_it_and_restores_the_previous);
    CPPUNIT_TEST(each_thread_has_its_own);
    CPPUNIT_TEST_SUITE_END();

public:
    void there_is_none_outside() { CPPUNIT_ASSERT(current_environment() == nullptr); }

    void a_scope_sets_it_and_restores_the_previous() {
        environment outer;
        environment inner;
        {
            const environment_scope in_outer(outer);
            CPPUNIT_ASSERT(current_environment() == &outer);
            {
                const environment_scope in_inner(inner);
                CPPUNIT_ASSERT(current_environment() == &inner);
            }
            CPPUNIT_ASSERT(current_environment() == &outer);
        }
        CPPUNIT_ASSERT(current_environment() == nullptr);
    }

    void each_thread_has_its_own() {
        environment mine;
        const environment_scope scope(mine);
        environment* seen = &mine;
        sync::thread other("other", [&] { seen = current_environment(); });
        other.join();
        CPPUNIT_ASSERT(seen == nullptr);
        CPPUNIT_ASSERT(current_environment() == &mine);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(environment_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
