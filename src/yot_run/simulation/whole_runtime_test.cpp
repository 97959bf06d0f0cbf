#include <yot_run/simulation/simulation.hpp>
#include <yot_run/yot_run.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using namespace std::chrono_literals;
using simulation::exploration, simulation::explore;
using sys_simulated::call;

task<> echo_once(net::tcp_listener listener) {
    auto accepted = co_await listener.accept();
    auto stream = std::move(accepted.value().first);
    std::array<std::byte, 100> buffer;
    for (;;) {
        const auto received = co_await stream.read(buffer);
        if (!received || *received == 0) co_return;
        if (!co_await stream.write_all(std::span(buffer).first(*received))) co_return;
    }
}

// Is what comes back what was sent, if anything comes back?
task<bool> is_echoed() {
    auto listener = net::tcp_listener::bind(net::socket_address::loopback(0)).value();
    const auto address = listener.local_address().value();
    auto serving = spawn(echo_once(std::move(listener)));
    const std::string text(1000, 'x');
    std::string answer(text.size(), '\0');
    {
        auto stream = co_await net::tcp_stream::connect(address);
        if (!stream) co_return false;
        co_await sleep_for(10s);
        const auto sent = co_await stream->write_all(net::as_bytes(text));
        if (!sent) co_return false;
        const auto received =
            co_await stream->read_exact(std::as_writable_bytes(std::span(answer)));
        if (!received) co_return false;
    }
    co_await serving;
    if (answer != text) simulation::fail("another answer");
    co_return true;
}

}  // namespace

class whole_runtime_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(whole_runtime_test);
    CPPUNIT_TEST(a_whole_runtime_with_timers_and_tcp_runs);
    CPPUNIT_TEST(a_whole_runtime_repeats_its_run);
    CPPUNIT_TEST(a_failure_inside_a_task_ends_the_program);
    CPPUNIT_TEST(random_faults_strike_connections);
    CPPUNIT_TEST(short_counts_are_no_faults_and_change_nothing);
    CPPUNIT_TEST(faults_everywhere_also_strike_what_a_runtime_is_made_of);
    CPPUNIT_TEST(random_faults_strike_only_while_they_are_allowed);
    CPPUNIT_TEST(a_plan_chooses_the_call_that_fails);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_whole_runtime_with_timers_and_tcp_runs() {
        for (const auto placement :
             {reactor_placement::own_thread, reactor_placement::idle_workers}) {
            const auto total = explore({.runs = 60}, [&] {
                runtime on({.workers = 2, .placement = placement});
                CPPUNIT_ASSERT(on.block_on(is_echoed()));
            });
            CPPUNIT_ASSERT(total.virtual_time >= 60 * 10s);
            CPPUNIT_ASSERT(total.calls > 60 * 10);
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, total.faults);
        }
    }

    void a_whole_runtime_repeats_its_run() {
        simulation::options with{.seed = 8, .faults = {.short_counts_one_in = 3}};
        const auto once = [&] {
            const auto seen = simulation::run(with, [] {
                runtime on({.workers = 2});
                CPPUNIT_ASSERT(on.block_on(is_echoed()));
            });
            CPPUNIT_ASSERT(!seen.failure);
            return seen;
        };
        const auto first = once();
        explore({.runs = 20}, [] { runtime on({.workers = 3}); });
        const auto second = once();
        CPPUNIT_ASSERT_EQUAL(first.fingerprint, second.fingerprint);
        CPPUNIT_ASSERT(first.last_calls == second.last_calls);
    }

    void a_failure_inside_a_task_ends_the_program() {
        const auto failing = []() -> task<> {
            co_await sleep_for(1s);
            simulation::fail("in a task");
        };
        const auto seen = simulation::run({}, [&] {
            runtime on({.workers = 2});
            on.block_on([&]() -> task<> { co_await spawn(failing()); });
        });
        CPPUNIT_ASSERT_EQUAL(std::string("in a task"), seen.failure.value());
        CPPUNIT_ASSERT(!seen.last_calls.empty());
    }

    void random_faults_strike_connections() {
        int echoed = 0;
        exploration what{.runs = 200};
        what.with.faults.connections_one_in = 20;
        const auto total = explore(what, [&] {
            runtime on({.workers = 2});
            echoed += on.block_on(timeout(1min, is_echoed())).value_or(false);
        });
        CPPUNIT_ASSERT(total.faults > 100);
        CPPUNIT_ASSERT(echoed > 10 && echoed < 200);
    }

    void short_counts_are_no_faults_and_change_nothing() {
        exploration what{.runs = 30};
        what.with.faults.short_counts_one_in = 2;
        const auto total = explore(what, [] {
            runtime on({.workers = 2});
            CPPUNIT_ASSERT(on.block_on(is_echoed()));
        });
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, total.faults);
    }

    void faults_everywhere_also_strike_what_a_runtime_is_made_of() {
        int refused = 0;
        exploration what{.runs = 100};
        what.with.faults.everywhere_one_in = 5;
        explore(what, [&] {
            try {
                const runtime on({.workers = 2});
            } catch (const std::system_error&) {
                ++refused;
            }
        });
        CPPUNIT_ASSERT(refused > 10 && refused < 100);
    }

    void random_faults_strike_only_while_they_are_allowed() {
        exploration what{.runs = 10};
        what.with.faults.everywhere_one_in = 1;
        explore(what, [] {
            CPPUNIT_ASSERT(!sys::event_create());
            simulation::allow_faults(false);
            CPPUNIT_ASSERT(sys::event_create());
            simulation::allow_faults(true);
            CPPUNIT_ASSERT(!sys::event_create());
        });
    }

    void a_plan_chooses_the_call_that_fails() {
        const auto seen = simulation::run(
            {.plan = sys_simulated::fail_calls(call::connect, ENETUNREACH)}, [] {
                runtime on({.workers = 1});
                CPPUNIT_ASSERT(!on.block_on(timeout(1min, is_echoed())).value());
            });
        CPPUNIT_ASSERT(!seen.failure);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, seen.faults);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(whole_runtime_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
