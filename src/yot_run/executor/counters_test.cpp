#include <yot_run/executor/counters.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <limits>
#include <string>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class counters_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(counters_test);
    CPPUNIT_TEST(a_counter_adds_up);
    CPPUNIT_TEST(a_reader_never_sees_a_counter_go_back);
    CPPUNIT_TEST(a_shared_counter_loses_nothing);
    CPPUNIT_TEST(a_duration_falls_into_the_bucket_whose_bound_it_does_not_exceed);
    CPPUNIT_TEST(workers_count_in_cache_lines_of_their_own);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_counter_adds_up() {
        counter count;
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, count.get());
        count.add();
        count.add(41);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{42}, count.get());
    }

    void a_reader_never_sees_a_counter_go_back() {
        constexpr std::uint64_t last = 100'000;
        counter count;
        sync::thread writer("writer", [&] {
            while (count.get() < last) count.add();
        });
        std::uint64_t seen = 0;
        while (seen < last) {
            const std::uint64_t now = count.get();
            CPPUNIT_ASSERT(now >= seen);
            seen = now;
        }
        writer.join();
        CPPUNIT_ASSERT_EQUAL(last, count.get());
    }

    void a_shared_counter_loses_nothing() {
        shared_counter count;
        std::vector<sync::thread> threads;
        for (int index = 0; index < 3; ++index)
            threads.emplace_back("writer-" + std::to_string(index), [&] {
                for (int i = 0; i < 20'000; ++i) count.add(2);
            });
        for (sync::thread& thread : threads) thread.join();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{120'000}, count.get());
    }

    void a_duration_falls_into_the_bucket_whose_bound_it_does_not_exceed() {
        constexpr auto& bounds = poll_duration_histogram::bounds_ns;
        for (std::size_t index = 0; index < bounds.size(); ++index) {
            poll_duration_histogram durations;
            durations.record(bounds[index]);
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, durations.bucket(index));
            durations.record(bounds[index] + 1);
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, durations.bucket(index));
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, durations.bucket(index + 1));
            CPPUNIT_ASSERT_EQUAL(2 * bounds[index] + 1, durations.sum_ns());
        }
        poll_duration_histogram durations;
        durations.record(0);
        durations.record(std::numeric_limits<std::uint64_t>::max());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, durations.bucket(0));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, durations.bucket(bounds.size()));
    }

    void workers_count_in_cache_lines_of_their_own() {
        static_assert(alignof(worker_counters) >= 64 && sizeof(worker_counters) % 64 == 0);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(counters_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
