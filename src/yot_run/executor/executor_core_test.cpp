#include <yot_run/executor/executor_core.hpp>

#include <yot_run/executor/scripted_core.hpp>
#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::entry;
using test::gate;
using test::ledger;
using test::scripted_core;

task<> nothing() { co_return; }

std::string what_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& thrown) {
        return thrown.what();
    }
}

}  // namespace

class executor_core_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(executor_core_test);
    CPPUNIT_TEST(a_wake_on_a_worker_of_another_executor_is_injected);
    CPPUNIT_TEST(tasks_after_the_end_are_cancelled_at_once);
    CPPUNIT_TEST(an_exception_that_nobody_asks_for_goes_to_the_handler_once);
    CPPUNIT_TEST(an_exception_of_a_task_whose_handle_goes_later_goes_to_the_handler_once);
    CPPUNIT_TEST(an_exception_that_somebody_took_does_not_go_to_the_handler);
    CPPUNIT_TEST(a_handler_that_throws_is_survived);
    CPPUNIT_TEST(live_tasks_are_counted_wherever_they_were_spawned);
    CPPUNIT_TEST(the_injector_depth_is_what_nobody_has_taken);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_wake_on_a_worker_of_another_executor_is_injected() {
        scripted_core ours;
        scripted_core theirs;
        gate open;
        bool done = false;
        std::uint64_t injected = 0;
        ours.spawn([&]() -> task<> {
                co_await open.passed();
                done = true;
            })
            .detach();
        theirs
            .spawn([&]() -> task<> {
                open.unlock();
                co_return;
            })
            .detach();
        ours.log(0).on_park = [&] {
            if (done) return ours.close();
            theirs.run();
            injected = ours.core().injector_depth();
        };
        ours.run();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, injected);
        CPPUNIT_ASSERT(done);
    }

    void tasks_after_the_end_are_cancelled_at_once() {
        scripted_core core;
        core.close();
        ledger frames;
        auto handle = core.spawn([](entry) -> task<int> { co_return 1; }(entry(frames)));
        CPPUNIT_ASSERT(handle.is_finished());
        CPPUNIT_ASSERT_EQUAL(0, frames.alive());
        CPPUNIT_ASSERT_THROW(test::wait_for(handle), task_cancelled);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, core.core().spawned_outside());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, core.core().live_task_count());
    }

    void an_exception_that_nobody_asks_for_goes_to_the_handler_once() {
        std::vector<std::string> handled;
        executor_options options;
        options.on_unobserved = [&](const std::exception_ptr& error) {
            handled.push_back(what_of(error));
        };
        scripted_core core(1, options);
        core.spawn([]() -> task<> {
                throw std::runtime_error("ours");
                co_return;
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT((handled == std::vector<std::string>{"ours"}));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, core.core().unobserved_failures());
    }

    void an_exception_of_a_task_whose_handle_goes_later_goes_to_the_handler_once() {
        std::vector<std::string> handled;
        executor_options options;
        options.on_unobserved = [&](const std::exception_ptr& error) {
            handled.push_back(what_of(error));
        };
        join_handle<void> outlives_the_core;
        {
            scripted_core core(1, options);
            auto handle = core.spawn([]() -> task<> {
                throw std::runtime_error("one");
                co_return;
            });
            outlives_the_core = core.spawn([]() -> task<> {
                throw std::runtime_error("two");
                co_return;
            });
            core.run();
            CPPUNIT_ASSERT(handled.empty());
            handle.detach();
            CPPUNIT_ASSERT((handled == std::vector<std::string>{"one"}));
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, handled.size());
        outlives_the_core.detach();
        CPPUNIT_ASSERT((handled == std::vector<std::string>{"one", "two"}));
    }

    void an_exception_that_somebody_took_does_not_go_to_the_handler() {
        unsigned handled = 0;
        executor_options options;
        options.on_unobserved = [&](const std::exception_ptr&) { ++handled; };
        scripted_core core(1, options);
        auto handle = core.spawn([]() -> task<> {
            throw std::runtime_error("taken");
            co_return;
        });
        core.run();
        CPPUNIT_ASSERT_THROW(test::wait_for(handle), std::runtime_error);
        CPPUNIT_ASSERT_EQUAL(0U, handled);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, core.core().unobserved_failures());
    }

    void a_handler_that_throws_is_survived() {
        unsigned handled = 0;
        executor_options options;
        options.on_unobserved = [&](const std::exception_ptr&) {
            ++handled;
            throw std::runtime_error("the handler's own");
        };
        scripted_core core(1, options);
        bool went_on = false;
        core.spawn([]() -> task<> {
                throw std::runtime_error("the task's");
                co_return;
            })
            .detach();
        core.spawn([&]() -> task<> {
                went_on = true;
                co_return;
            })
            .detach();
        core.run();
        CPPUNIT_ASSERT_EQUAL(1U, handled);
        CPPUNIT_ASSERT(went_on);
    }

    void live_tasks_are_counted_wherever_they_were_spawned() {
        scripted_core core(3);
        for (int i = 0; i < 10; ++i) core.spawn(pending()).detach();
        std::uint64_t inside = 0;
        core.spawn([&]() -> task<> {
                for (int i = 0; i < 5; ++i) spawn(pending()).detach();
                inside = core.core().live_task_count();
                co_return;
            })
            .detach();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{11}, core.core().live_task_count());
        core.run();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{16}, inside);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, core.core().live_task_count());
    }

    void the_injector_depth_is_what_nobody_has_taken() {
        scripted_core core;
        std::uint64_t inside = 1;
        for (int i = 0; i < 4; ++i) core.spawn(nothing()).detach();
        core.spawn([&]() -> task<> {
                inside = core.core().injector_depth();
                co_return;
            })
            .detach();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{5}, core.core().injector_depth());
        core.run();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, inside);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(executor_core_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
