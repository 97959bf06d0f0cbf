#include <yot_run/runtime/block_on.hpp>

#include <yot_run/runtime/runtime.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

task<int> answer() { co_return 42; }

task<int> fails() {
    co_await yield_now();
    throw std::runtime_error("out of luck");
}

// Ready once somebody has set it; keeps the waker of its last poll.
class flag {
public:
    yot_run::poll<> poll(context& cx) {
        const sync::lock guard(mutex_);
        if (set_) return {};
        waiting_ = cx.waker().clone();
        return poll_pending;
    }
    void set() {
        waker waiting;
        {
            const sync::lock guard(mutex_);
            set_ = true;
            waiting = std::move(waiting_);
        }
        if (waiting) std::move(waiting).wake();
    }

private:
    sync::mutex mutex_;
    bool set_ = false;
    waker waiting_;
};

class flag_future {
public:
    explicit flag_future(flag& on) : on_(&on) {}
    yot_run::poll<> poll(context& cx) { return on_->poll(cx); }

private:
    flag* on_;
};

// Gives away the waker that it was polled with, and is ready.
class waker_thief {
public:
    explicit waker_thief(waker& to) : to_(&to) {}
    yot_run::poll<> poll(context& cx) {
        *to_ = cx.waker().clone();
        return {};
    }

private:
    waker* to_;
};

template <class Call>
std::string logic_error_of(Call call) {
    try {
        call();
    } catch (const std::logic_error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

class block_on_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(block_on_test);
    CPPUNIT_TEST(gives_the_value_of_a_task_a_future_or_a_callable);
    CPPUNIT_TEST(throws_what_the_task_threw);
    CPPUNIT_TEST(sleeps_until_another_thread_wakes_it);
    CPPUNIT_TEST(several_threads_block_at_the_same_time);
    CPPUNIT_TEST(inside_a_task_it_is_refused_and_says_what_to_do);
    CPPUNIT_TEST(inside_another_block_on_it_is_refused_and_says_what_to_do);
    CPPUNIT_TEST(after_a_refusal_the_thread_can_block_again);
    CPPUNIT_TEST(a_waker_that_outlives_the_call_and_the_runtime_is_harmless);
    CPPUNIT_TEST_SUITE_END();

public:
    void gives_the_value_of_a_task_a_future_or_a_callable() {
        runtime runtime({.workers = 1});
        CPPUNIT_ASSERT_EQUAL(42, runtime.block_on(answer()));
        CPPUNIT_ASSERT_EQUAL(7, runtime.block_on(ready(7)));
        const int captured = 3;
        CPPUNIT_ASSERT_EQUAL(3, runtime.block_on([captured]() -> task<int> {
            co_await yield_now();
            co_return captured;
        }));
        runtime.block_on(yield_now());
    }

    void throws_what_the_task_threw() {
        runtime runtime({.workers = 1});
        CPPUNIT_ASSERT_THROW(runtime.block_on(fails()), std::runtime_error);
        CPPUNIT_ASSERT_THROW(runtime.block_on(runtime.spawn(fails())), std::runtime_error);
    }

    void sleeps_until_another_thread_wakes_it() {
        runtime runtime({.workers = 1});
        for (int round = 0; round < 1000; ++round) {
            flag done;
            std::thread other([&done] { done.set(); });
            runtime.block_on(flag_future(done));
            other.join();
        }
    }

    void several_threads_block_at_the_same_time() {
        runtime runtime({.workers = 2});
        flag start;
        std::vector<std::thread> threads;
        std::vector<int> results(4);
        for (int& result : results) {
            threads.emplace_back([&runtime, &result] {
                result = runtime.block_on([]() -> task<int> {
                    int sum = 0;
                    for (int count = 0; count < 100; ++count) sum += co_await spawn(answer());
                    co_return sum;
                });
            });
        }
        for (std::thread& thread : threads) thread.join();
        for (const int result : results) CPPUNIT_ASSERT_EQUAL(4200, result);
    }

    void inside_a_task_it_is_refused_and_says_what_to_do() {
        runtime runtime({.workers = 1});
        const std::string error = runtime.block_on(runtime.spawn([&runtime]() -> task<std::string> {
            co_return logic_error_of([&runtime] { runtime.block_on(answer()); });
        }));
        CPPUNIT_ASSERT_MESSAGE(error, error.find("co_await") != std::string::npos);
    }

    void inside_another_block_on_it_is_refused_and_says_what_to_do() {
        runtime runtime({.workers = 1});
        class runtime other({.workers = 1});
        const std::string error = runtime.block_on([&other]() -> task<std::string> {
            co_return logic_error_of([&other] { other.block_on(answer()); });
        });
        CPPUNIT_ASSERT_MESSAGE(error, error.find("co_await") != std::string::npos);
    }

    void after_a_refusal_the_thread_can_block_again() {
        runtime runtime({.workers = 1});
        inside_another_block_on_it_is_refused_and_says_what_to_do();
        CPPUNIT_ASSERT_THROW(runtime.block_on(fails()), std::runtime_error);
        CPPUNIT_ASSERT_EQUAL(42, runtime.block_on(answer()));
    }

    void a_waker_that_outlives_the_call_and_the_runtime_is_harmless() {
        waker kept;
        {
            runtime runtime({.workers = 1});
            runtime.block_on(waker_thief(kept));
            kept.wake_by_ref();
            CPPUNIT_ASSERT_EQUAL(42, runtime.block_on(answer()));
        }
        kept.wake_by_ref();
        waker another = kept.clone();
        std::move(kept).wake();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(block_on_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
