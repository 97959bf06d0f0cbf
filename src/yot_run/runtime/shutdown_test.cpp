#include <yot_run/runtime/runtime.hpp>

#include <yot_run/executor/child_process_test.hpp>
#include <yot_run/executor/process_figures.hpp>
#include <yot_run/executor/test_doubles.hpp>
#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/reactor/timer.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using namespace std::chrono_literals;
using test::entry;
using test::eventually;
using test::gate;
using test::ledger;

constexpr reactor_placement placements[] = {reactor_placement::own_thread,
                                            reactor_placement::idle_workers};

// Two ends of a connection, made inside a runtime.
task<std::pair<net::tcp_stream, net::tcp_stream>> connect_pair() {
    auto listener = net::tcp_listener::bind(net::socket_address::loopback(0)).value();
    const auto address = listener.local_address().value();
    auto client = (co_await net::tcp_stream::connect(address)).value();
    auto accepted = (co_await listener.accept()).value();
    co_return std::pair(std::move(client), std::move(accepted.first));
}

task<> accept_for_ever(entry, test::tally& begun) {
    auto listener = net::tcp_listener::bind(net::socket_address::loopback(0)).value();
    begun.add();
    [[maybe_unused]] const auto never = co_await listener.accept();
}
task<> read_for_ever(entry, test::tally& begun) {
    auto ends = co_await connect_pair();
    std::array<std::byte, 16> into;
    begun.add();
    [[maybe_unused]] const auto never = co_await ends.first.read(into);
}
task<> write_for_ever(entry, test::tally& begun) {
    auto ends = co_await connect_pair();
    const std::vector<std::byte> much(1 << 20);
    begun.add();
    for (;;) {
        auto written = co_await ends.first.write(much);
        if (!written) co_return;
    }
}
task<> sleep_for_ever(entry, test::tally& begun) {
    begun.add();
    co_await sleep_for(24h);
}

task<> block(gate& begun, gate& go_on) {
    begun.unlock();
    go_on.wait();
    co_return;
}

bool no_thread_is_left(const std::string& name) {
    return eventually([&] { return test::thread_names(name).empty(); });
}

}  // namespace

class shutdown_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(shutdown_test);
    CPPUNIT_TEST(tasks_in_the_middle_of_io_are_cancelled);
    CPPUNIT_TEST(a_socket_that_outlives_the_runtime_answers_canceled);
    CPPUNIT_TEST(an_endless_timeout_waits_for_the_end);
    CPPUNIT_TEST(a_negative_timeout_is_over_at_once);
    CPPUNIT_TEST(as_many_as_are_stuck_are_reported);
    CPPUNIT_TEST(a_task_of_another_runtime_may_end_it);
    CPPUNIT_TEST(a_start_that_lacks_threads_leaves_nothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void tasks_in_the_middle_of_io_are_cancelled() {
        const std::size_t descriptors = test::descriptor_count();
        for (const reactor_placement placement : placements) {
            constexpr int each = 5;
            ledger frames;
            test::tally begun;
            std::vector<join_handle<void>> handles;
            {
                runtime runtime(
                    {.workers = 2, .thread_name = "busy", .placement = placement});
                for (int i = 0; i < each; ++i) {
                    handles.push_back(runtime.spawn(accept_for_ever(entry(frames), begun)));
                    handles.push_back(runtime.spawn(read_for_ever(entry(frames), begun)));
                    handles.push_back(runtime.spawn(write_for_ever(entry(frames), begun)));
                    handles.push_back(runtime.spawn(sleep_for_ever(entry(frames), begun)));
                }
                CPPUNIT_ASSERT(eventually([&] { return begun.get() == 4 * each; }));
                CPPUNIT_ASSERT(test::descriptor_count() > descriptors);
            }
            CPPUNIT_ASSERT_EQUAL(0, frames.alive());
            for (auto& handle : handles) CPPUNIT_ASSERT(test::is_cancelled(handle));
            CPPUNIT_ASSERT(no_thread_is_left("busy-"));
        }
        CPPUNIT_ASSERT_EQUAL(descriptors, test::descriptor_count());
    }

    void a_socket_that_outlives_the_runtime_answers_canceled() {
        for (const reactor_placement placement : placements) {
            std::optional<std::pair<net::tcp_stream, net::tcp_stream>> ends;
            {
                runtime gone({.workers = 1, .placement = placement});
                ends = gone.block_on(connect_pair());
            }
            runtime another({.workers = 1});
            std::array<std::byte, 16> into;
            const auto read = another.block_on(ends->first.read(into));
            CPPUNIT_ASSERT(!read.has_value());
            CPPUNIT_ASSERT(read.error() == std::errc::operation_canceled);
        }
    }

    // The longest duration there is: a deadline that far ahead is beyond the clock.
    void an_endless_timeout_waits_for_the_end() {
        gate begun;
        gate go_on;
        runtime runtime({.workers = 2});
        runtime.spawn(block(begun, go_on)).detach();
        begun.wait();
        std::thread later([&] {
            // Once nothing is accepted any more the shutdown has begun.
            while (!runtime.spawn(ready()).is_finished()) std::this_thread::yield();
            go_on.unlock();
        });
        const shutdown_report report = runtime.shutdown_timeout(sys::duration::max());
        later.join();
        CPPUNIT_ASSERT(report.complete());
    }

    void a_negative_timeout_is_over_at_once() {
        gate begun;
        gate go_on;
        runtime runtime({.workers = 1});
        runtime.spawn(block(begun, go_on)).detach();
        begun.wait();
        const shutdown_report first = runtime.shutdown_timeout(-1h);
        const shutdown_report second = runtime.shutdown_timeout(sys::duration::min());
        go_on.unlock();
        CPPUNIT_ASSERT_EQUAL(1U, first.stuck_workers);
        CPPUNIT_ASSERT_EQUAL(1U, second.stuck_workers);
    }

    void as_many_as_are_stuck_are_reported() {
        for (const reactor_placement placement : placements) {
            gate begun(2);
            gate go_on;
            runtime runtime({.workers = 4, .placement = placement});
            for (int i = 0; i < 2; ++i) runtime.spawn(block(begun, go_on)).detach();
            begun.wait();
            // The others may still be on their way to sleep.
            const bool two = eventually(
                [&] { return runtime.shutdown_timeout(0s).stuck_workers == 2; });
            const shutdown_report report = runtime.shutdown_timeout(1ms);
            go_on.unlock();
            CPPUNIT_ASSERT(two);
            CPPUNIT_ASSERT(!report.complete());
            CPPUNIT_ASSERT_EQUAL(2U, report.stuck_workers);
            CPPUNIT_ASSERT(runtime.shutdown_timeout(24h).complete());
        }
    }

    void a_task_of_another_runtime_may_end_it() {
        ledger frames;
        test::tally begun;
        runtime ours({.workers = 1});
        std::optional<runtime> theirs(std::in_place, runtime_options{.workers = 2});
        for (int i = 0; i < 10; ++i)
            theirs->spawn(sleep_for_ever(entry(frames), begun)).detach();
        ours.block_on(ours.spawn([&]() -> task<> {
            theirs.reset();
            co_return;
        }));
        CPPUNIT_ASSERT_EQUAL(0, frames.alive());
    }

    void a_start_that_lacks_threads_leaves_nothing() {
        for (const reactor_placement placement : placements) {
            for (const unsigned allowed : {0U, 1U, 2U}) {
                const test::child_result child = test::in_child([placement, allowed] {
                    // Held for later: another user may not look at its own descriptors.
                    test::limit_threads(allowed);
                    try {
                        const runtime attempt(
                            {.workers = 8, .thread_name = "attempt", .placement = placement});
                    } catch (const std::system_error& error) {
                        if (error.code() != std::errc::resource_unavailable_try_again) return 1;
                        return no_thread_is_left("attempt-") ? 0 : 2;
                    }
                    return 3;
                });
                CPPUNIT_ASSERT_EQUAL_MESSAGE(child.output, 0, child.status);
            }
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(shutdown_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
