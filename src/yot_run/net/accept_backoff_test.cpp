#include <yot_run/net/accept_backoff.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <vector>

namespace yot_run::net::internal {
namespace {

std::vector<int> pauses_ms(accept_backoff& backoff, int error, int times) {
    std::vector<int> pauses;
    for (int i = 0; i < times; ++i) {
        CPPUNIT_ASSERT(backoff.after(error) == accept_answer::pause);
        pauses.push_back(static_cast<int>(backoff.pause().count()));
    }
    return pauses;
}

}  // namespace

class accept_backoff_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(accept_backoff_test);
    CPPUNIT_TEST(pauses_double_up_to_a_second);
    CPPUNIT_TEST(a_bad_connection_is_passed_over_at_once);
    CPPUNIT_TEST(too_many_bad_connections_in_a_row_lead_to_a_pause);
    CPPUNIT_TEST(a_reset_starts_all_over);
    CPPUNIT_TEST(other_errors_end_the_listener_and_change_nothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void pauses_double_up_to_a_second() {
        for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC}) {
            accept_backoff backoff;
            const std::vector<int> expected{5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000};
            CPPUNIT_ASSERT(expected == pauses_ms(backoff, error, 10));
        }
    }

    void a_bad_connection_is_passed_over_at_once() {
        for (const int error :
             {ECONNABORTED, EPROTO, EPERM, EINTR, ENETDOWN, ENETUNREACH, ENOPROTOOPT, EHOSTDOWN,
              EHOSTUNREACH, ENONET, EOPNOTSUPP, ETIMEDOUT}) {
            accept_backoff backoff;
            CPPUNIT_ASSERT(backoff.after(error) == accept_answer::again);
        }
    }

    void too_many_bad_connections_in_a_row_lead_to_a_pause() {
        accept_backoff backoff;
        for (const int pause_ms : {5, 10}) {
            for (int i = 0; i < 15; ++i) {
                CPPUNIT_ASSERT(backoff.after(ECONNABORTED) == accept_answer::again);
            }
            CPPUNIT_ASSERT(std::vector{pause_ms} == pauses_ms(backoff, ECONNABORTED, 1));
        }
    }

    void a_reset_starts_all_over() {
        accept_backoff backoff;
        static_cast<void>(pauses_ms(backoff, EMFILE, 5));
        for (int i = 0; i < 15; ++i) static_cast<void>(backoff.after(EPROTO));
        backoff.reset();
        CPPUNIT_ASSERT(backoff.after(EPROTO) == accept_answer::again);
        CPPUNIT_ASSERT(std::vector{5} == pauses_ms(backoff, EMFILE, 1));
    }

    void other_errors_end_the_listener_and_change_nothing() {
        accept_backoff backoff;
        for (const int error : {EBADF, EINVAL, ENOTSOCK, EFAULT, ECANCELED, 0}) {
            CPPUNIT_ASSERT(backoff.after(error) == accept_answer::give_up);
        }
        CPPUNIT_ASSERT(std::vector{5} == pauses_ms(backoff, EMFILE, 1));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(accept_backoff_test);

}  // namespace yot_run::net::internal
