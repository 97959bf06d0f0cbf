#include <yot_run/executor/executor.hpp>

#include <yot_run/executor/parking.hpp>
#include <yot_run/executor/process_figures.hpp>
#include <yot_run/executor/running_executor.hpp>
#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <pthread.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::entry;
using test::eventually;
using test::ledger;
using test::running_executor;
using test::tally;
using test::wait_for;

// Doubles itself `depth` times.
task<> grow(int depth, tally& leaves, entry) {
    if (depth == 0) {
        leaves.add();
        co_return;
    }
    ledger own;
    auto left = spawn(grow(depth - 1, leaves, entry(own)));
    auto right = spawn(grow(depth - 1, leaves, entry(own)));
    co_await left;
    co_await right;
}

// A parking that can be looked into.
class watched_parking final : public parking {
public:
    struct watch {
        sync::mutex mutex;
        sync::condition_variable changed;
        bool parked = false;
        bool notified = false;
        std::uint64_t unparks = 0;
        clockid_t processor_time{};  // Of the worker's thread, once it has parked.
    };

    explicit watched_parking(watch& seen) : seen_(seen) {}
    void park() noexcept override {
        sync::lock guard(seen_.mutex);
        pthread_getcpuclockid(pthread_self(), &seen_.processor_time);
        seen_.parked = true;
        seen_.changed.wait(guard, [this] { return seen_.notified; });
        seen_.parked = seen_.notified = false;
    }
    void unpark() noexcept override {
        const sync::lock guard(seen_.mutex);
        ++seen_.unparks;
        seen_.notified = true;
        seen_.changed.notify_one();
    }

private:
    watch& seen_;
};

// The parkings of all workers.
class watches {
public:
    explicit watches(unsigned workers) : all_(workers) {}
    [[nodiscard]] auto make_parking() {
        return [this](unsigned index) { return std::make_unique<watched_parking>(all_[index]); };
    }
    [[nodiscard]] std::uint64_t unparks() {
        std::uint64_t sum = 0;
        for (auto& one : all_) {
            const sync::lock guard(one.mutex);
            sum += one.unparks;
        }
        return sum;
    }
    // All workers sleep, and nobody is about to wake one: each was seen asleep, and none was woken
    // while we looked.
    [[nodiscard]] bool all_asleep() {
        const std::uint64_t before = unparks();
        for (auto& one : all_) {
            const sync::lock guard(one.mutex);
            if (!one.parked || one.notified) return false;
        }
        return unparks() == before;
    }
    [[nodiscard]] std::chrono::nanoseconds processor_time() const;

private:
    std::vector<watched_parking::watch> all_;
};

std::chrono::nanoseconds time_on(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::chrono::nanoseconds watches::processor_time() const {
    std::chrono::nanoseconds sum{0};
    for (const auto& one : all_) sum += time_on(one.processor_time);
    return sum;
}

}  // namespace

class idle_executor_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(idle_executor_test);
    CPPUNIT_TEST(an_idle_executor_uses_no_processor_time);
    CPPUNIT_TEST_SUITE_END();

public:
    // While this thread uses up a good deal of processor time, and another executor works.
    void an_idle_executor_uses_no_processor_time() {
        constexpr unsigned workers = 8;
        watches watch(workers);
        executor_options options = running_executor::with(workers);
        options.make_parking = watch.make_parking();
        running_executor idle(options);
        tally leaves;
        ledger frames;
        auto warm_up = idle.spawn(grow(8, leaves, entry(frames)));
        wait_for(warm_up);
        CPPUNIT_ASSERT(eventually([&] { return watch.all_asleep(); }));
        const std::uint64_t unparks = watch.unparks();
        const auto used = watch.processor_time();

        running_executor busy(2);
        const auto until = time_on(CLOCK_THREAD_CPUTIME_ID) + std::chrono::milliseconds(50);
        while (time_on(CLOCK_THREAD_CPUTIME_ID) < until) {
            auto work = busy.spawn(grow(4, leaves, entry(frames)));
            wait_for(work);
        }
        CPPUNIT_ASSERT(watch.all_asleep());
        CPPUNIT_ASSERT_EQUAL(unparks, watch.unparks());
        // What is left of going to sleep is less than one that does not sleep would use.
        CPPUNIT_ASSERT(watch.processor_time() - used < std::chrono::milliseconds(10));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(idle_executor_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
