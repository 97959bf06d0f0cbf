#include <yot_run/executor/idle_set.hpp>

#include <yot_run/executor/parker.hpp>
#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class idle_set_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(idle_set_test);
    CPPUNIT_TEST(nobody_is_claimed_while_all_are_awake);
    CPPUNIT_TEST(a_sleeper_is_claimed_once);
    CPPUNIT_TEST(nobody_is_claimed_while_somebody_searches);
    CPPUNIT_TEST(a_claimed_worker_counts_as_searching_until_it_ends_the_search);
    CPPUNIT_TEST(the_last_searcher_is_told);
    CPPUNIT_TEST(only_half_of_the_workers_search_at_a_time);
    CPPUNIT_TEST(one_worker_alone_may_search);
    CPPUNIT_TEST(a_failed_search_ends_with_the_sleep);
    CPPUNIT_TEST(whoever_cancels_its_sleep_is_not_claimed_any_more);
    CPPUNIT_TEST(whoever_cancels_its_sleep_searches_only_if_it_wants_to);
    CPPUNIT_TEST(a_claimed_worker_searches_whether_it_wants_to_or_not);
    CPPUNIT_TEST(every_sleeper_is_claimed_in_the_end);
    CPPUNIT_TEST(work_that_is_published_while_workers_fall_asleep_is_found);
    CPPUNIT_TEST(whoever_is_dear_to_wake_is_woken_last);
    CPPUNIT_TEST_SUITE_END();

    using nobody = std::optional<unsigned>;

public:
    void whoever_is_dear_to_wake_is_woken_last() {
        idle_set idle(3);
        idle.begin_sleep(0, false);
        idle.begin_sleep(1, false, true);
        idle.begin_sleep(2, false);
        for (const unsigned expected : {2U, 0U, 1U}) {
            CPPUNIT_ASSERT(idle.claim_sleeper() == expected);
            static_cast<void>(idle.end_search());
        }
    }

    void nobody_is_claimed_while_all_are_awake() {
        idle_set idle(2);
        CPPUNIT_ASSERT(idle.claim_sleeper() == nobody());
    }

    void a_sleeper_is_claimed_once() {
        idle_set idle(3);
        idle.begin_sleep(1, false);
        CPPUNIT_ASSERT(idle.claim_sleeper() == nobody(1));
        CPPUNIT_ASSERT(idle.end_sleep(1, false));
        CPPUNIT_ASSERT(idle.end_search());
        CPPUNIT_ASSERT(idle.claim_sleeper() == nobody());
    }

    void nobody_is_claimed_while_somebody_searches() {
        idle_set idle(4);
        idle.begin_sleep(3, false);
        CPPUNIT_ASSERT(idle.begin_search());
        CPPUNIT_ASSERT(idle.claim_sleeper() == nobody());
        CPPUNIT_ASSERT(idle.end_search());
        CPPUNIT_ASSERT(idle.claim_sleeper() == nobody(3));
    }

    void a_claimed_worker_counts_as_searching_until_it_ends_the_search() {
        idle_set idle(4);
        idle.begin_sleep(2, false);
        idle.begin_sleep(3, false);
        CPPUNIT_ASSERT(idle.claim_sleeper().has_value());
        CPPUNIT_ASSERT(idle.claim_sleeper() == nobody());
        CPPUNIT_ASSERT(idle.end_search());
        CPPUNIT_ASSERT(idle.claim_sleeper().has_value());
    }

    void the_last_searcher_is_told() {
        idle_set idle(8);
        for (int searcher = 0; searcher < 3; ++searcher) CPPUNIT_ASSERT(idle.begin_search());
        CPPUNIT_ASSERT(!idle.end_search());
        CPPUNIT_ASSERT(!idle.end_search());
        CPPUNIT_ASSERT(idle.end_search());
    }

    void only_half_of_the_workers_search_at_a_time() {
        for (unsigned workers = 1; workers <= 9; ++workers) {
            idle_set idle(workers);
            unsigned searchers = 0;
            while (idle.begin_search()) ++searchers;
            CPPUNIT_ASSERT_EQUAL((workers + 1) / 2, searchers);
            static_cast<void>(idle.end_search());
            CPPUNIT_ASSERT(idle.begin_search());
        }
    }

    void one_worker_alone_may_search() {
        idle_set idle(1);
        CPPUNIT_ASSERT(idle.begin_search());
        idle.begin_sleep(0, true);
        CPPUNIT_ASSERT(idle.claim_sleeper() == nobody(0));
    }

    void a_failed_search_ends_with_the_sleep() {
        idle_set idle(2);
        CPPUNIT_ASSERT(idle.begin_search());
        CPPUNIT_ASSERT(!idle.begin_search());
        idle.begin_sleep(0, true);
        CPPUNIT_ASSERT(idle.begin_search());
        CPPUNIT_ASSERT(idle.end_search());
        CPPUNIT_ASSERT(idle.claim_sleeper() == nobody(0));
    }

    void whoever_cancels_its_sleep_is_not_claimed_any_more() {
        idle_set idle(2);
        idle.begin_sleep(0, false);
        CPPUNIT_ASSERT(!idle.end_sleep(0, false));
        CPPUNIT_ASSERT(idle.claim_sleeper() == nobody());
        idle.begin_sleep(1, false);
        CPPUNIT_ASSERT(idle.claim_sleeper() == nobody(1));
    }

    void whoever_cancels_its_sleep_searches_only_if_it_wants_to() {
        idle_set idle(2);
        idle.begin_sleep(0, false);
        CPPUNIT_ASSERT(idle.end_sleep(0, true));
        idle.begin_sleep(1, false);
        CPPUNIT_ASSERT(idle.claim_sleeper() == nobody());  // Worker 0 searches.
        CPPUNIT_ASSERT(idle.end_search());
        CPPUNIT_ASSERT(!idle.end_sleep(1, false));
        idle.begin_sleep(0, false);
        CPPUNIT_ASSERT(idle.claim_sleeper() == nobody(0));
    }

    void a_claimed_worker_searches_whether_it_wants_to_or_not() {
        idle_set idle(2);
        idle.begin_sleep(0, false);
        CPPUNIT_ASSERT(idle.claim_sleeper() == nobody(0));
        CPPUNIT_ASSERT(idle.end_sleep(0, false));
        CPPUNIT_ASSERT(idle.end_search());
    }

    void every_sleeper_is_claimed_in_the_end() {
        idle_set idle(5);
        for (unsigned worker = 0; worker < 5; ++worker) idle.begin_sleep(worker, false);
        std::set<unsigned> claimed;
        while (const auto worker = idle.claim_sleeper()) {
            claimed.insert(*worker);
            CPPUNIT_ASSERT(idle.end_search());
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, claimed.size());
    }

    // One unit of work at a time: the producer publishes it and wakes a sleeper, if any; the workers
    // look, sleep and search by the rules. A lost wake-up leaves everybody asleep.
    void work_that_is_published_while_workers_fall_asleep_is_found() {
        constexpr unsigned workers = 2;
        constexpr int rounds = 10'000;
        idle_set idle(workers);
        std::vector<std::unique_ptr<parker>> parkers;
        for (unsigned worker = 0; worker < workers; ++worker)
            parkers.push_back(std::make_unique<parker>());
        sync::atomic<int> published{0};
        sync::atomic<int> taken{0};
        parker done;

        const auto wake_one = [&] {
            if (const auto sleeper = idle.claim_sleeper()) parkers[*sleeper]->unpark();
        };
        const auto take = [&] {
            int before = taken.load(sync::relaxed);  // Relaxed: the exchange decides.
            return published.load(sync::seq_cst) > before &&
                   taken.compare_exchange_strong(before, before + 1, sync::relaxed);
        };
        const auto work = [&](unsigned self) {
            bool searching = false;
            while (taken.load(sync::relaxed) < rounds) {
                if (!searching) searching = idle.begin_search();
                if (searching && take()) {
                    searching = false;
                    if (idle.end_search()) wake_one();
                    done.unpark();
                    continue;
                }
                idle.begin_sleep(self, searching);
                // The last look: is there work, or is it the end?
                const int before = taken.load(sync::relaxed);
                if (published.load(sync::seq_cst) <= before && before < rounds)
                    parkers[self]->park();
                searching = idle.end_sleep(self, true);
            }
        };
        std::vector<sync::thread> threads;
        for (unsigned worker = 0; worker < workers; ++worker)
            threads.emplace_back("worker-" + std::to_string(worker), [&, worker] { work(worker); });
        for (int round = 1; round <= rounds; ++round) {
            published.store(round, sync::seq_cst);  // Then looks at the idle word (I1).
            wake_one();
            while (taken.load(sync::relaxed) < round) done.park();
        }
        for (const auto& sleeper : parkers) sleeper->unpark();
        for (sync::thread& thread : threads) thread.join();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(idle_set_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
