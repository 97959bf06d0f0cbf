#include <yot_run/simulation/kernel/loopback.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>

namespace yot_run::sys_simulated {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// Everything that a program can see of a machine, when it does the same things.
std::vector<std::uint64_t> trace(std::uint64_t seed) {
    machine kernel({.seed = seed, .has_spurious_events = true});
    const machine::scope current(kernel);
    std::vector<std::uint64_t> seen;
    const descriptor epoll = epoll_create().value();
    const descriptor listening = listener();
    watch(epoll, listening, EPOLLIN | EPOLLET, 1);
    for (std::uint64_t i = 2; i < 40; ++i) {
        const connection made = connected_to(listening);
        watch(epoll, made.server, EPOLLIN | EPOLLET, i);
        seen.push_back(static_cast<std::uint64_t>(made.client.get()));
        seen.push_back(port_in(getsockname(made.client.get()).value()));
        seen.push_back(random_u64());
        static_cast<void>(send(made.client.get(), bytes("abc")).value());
        for (int wait = 0; wait < 3; ++wait) {
            for (const auto& [token, events] : events_of(epoll, milliseconds(i))) {
                seen.push_back(token);
                seen.push_back(events);
            }
        }
        seen.push_back(static_cast<std::uint64_t>(now().time_since_epoch().count()));
    }
    return seen;
}

// A machine on which somebody else does something while others wait.
class shared_machine : public machine {
public:
    std::function<void()> others;
    std::vector<std::optional<time_point>> waits;

private:
    void wait_for_something(std::optional<time_point> deadline) override {
        waits.push_back(deadline);
        others();
    }
};

}  // namespace

class machine_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(machine_test);
    CPPUNIT_TEST(without_a_machine_calls_throw);
    CPPUNIT_TEST(a_descriptor_that_outlives_its_machine_closes_nothing);
    CPPUNIT_TEST(the_machine_before_is_current_again);
    CPPUNIT_TEST(the_same_calls_give_the_same_results);
    CPPUNIT_TEST(another_seed_gives_another_run);
    CPPUNIT_TEST(the_lowest_free_number_is_next);
    CPPUNIT_TEST(at_the_limit_nothing_is_opened_and_nothing_lost);
    CPPUNIT_TEST(a_file_ends_with_its_last_number);
    CPPUNIT_TEST(time_passes_when_told_and_not_otherwise);
    CPPUNIT_TEST(a_wait_takes_its_timeout_in_whole_milliseconds);
    CPPUNIT_TEST(a_wait_takes_no_time_when_there_are_events);
    CPPUNIT_TEST(a_wait_for_ever_with_nothing_to_come_is_a_mistake);
    CPPUNIT_TEST(others_may_make_what_is_waited_for);
    CPPUNIT_TEST(a_wait_that_returns_early_goes_on);
    CPPUNIT_TEST(calls_are_counted_by_kind);
    CPPUNIT_TEST_SUITE_END();

public:
    void without_a_machine_calls_throw() {
        CPPUNIT_ASSERT_THROW(static_cast<void>(machine::current()), std::logic_error);
        CPPUNIT_ASSERT_THROW(static_cast<void>(socket(AF_INET)), std::logic_error);
        CPPUNIT_ASSERT_THROW(static_cast<void>(epoll_create()), std::logic_error);
        CPPUNIT_ASSERT_THROW(static_cast<void>(random_u64()), std::logic_error);
        CPPUNIT_ASSERT(close(3).error() == std::errc::bad_file_descriptor);
    }

    void a_descriptor_that_outlives_its_machine_closes_nothing() {
        descriptor survivor;
        {
            machine kernel;
            const machine::scope current(kernel);
            survivor = socket(AF_INET).value();
        }
        survivor.reset();
        CPPUNIT_ASSERT_EQUAL(-1, survivor.get());
    }

    void the_machine_before_is_current_again() {
        machine outer;
        const machine::scope first(outer);
        {
            machine inner;
            const machine::scope second(inner);
            CPPUNIT_ASSERT_EQUAL(&inner, &machine::current());
        }
        CPPUNIT_ASSERT_EQUAL(&outer, &machine::current());
    }

    void the_same_calls_give_the_same_results() { CPPUNIT_ASSERT(trace(7) == trace(7)); }

    void another_seed_gives_another_run() { CPPUNIT_ASSERT(trace(7) != trace(8)); }

    void the_lowest_free_number_is_next() {
        machine kernel;
        const machine::scope current(kernel);
        descriptor first = event_create().value();
        descriptor second = socket(AF_INET).value();
        const descriptor third = epoll_create().value();
        CPPUNIT_ASSERT_EQUAL(3, first.get());
        CPPUNIT_ASSERT_EQUAL(4, second.get());
        CPPUNIT_ASSERT_EQUAL(5, third.get());
        second.reset();
        first.reset();
        CPPUNIT_ASSERT_EQUAL(1, kernel.open_descriptors());
        first = socket(AF_INET).value();
        CPPUNIT_ASSERT_EQUAL(3, first.get());
        CPPUNIT_ASSERT_EQUAL(4, kernel.duplicate(5).value());
        CPPUNIT_ASSERT_EQUAL(6, kernel.duplicate(5).value());
    }

    void at_the_limit_nothing_is_opened_and_nothing_lost() {
        machine kernel({.descriptor_limit = 6});
        const machine::scope current(kernel);
        const descriptor listening = listener();
        const descriptor client = connecting_to(listening);
        descriptor last = event_create().value();
        const auto is_full = [](const auto& result) {
            CPPUNIT_ASSERT(result.error() == std::errc::too_many_files_open);
        };
        is_full(socket(AF_INET));
        is_full(epoll_create());
        is_full(event_create());
        is_full(accept(listening.get()));
        is_full(kernel.duplicate(listening.get()));
        last.reset();
        CPPUNIT_ASSERT_EQUAL(5, accept(listening.get()).value().socket.get());
    }

    void a_file_ends_with_its_last_number() {
        machine kernel;
        const machine::scope current(kernel);
        connection made = connected();
        descriptor copy(kernel.duplicate(made.client.get()).value());
        made.client.reset();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, send(copy.get(), bytes("x")).value());
        CPPUNIT_ASSERT_EQUAL(std::string("x"), received(made.server));
        copy.reset();
        CPPUNIT_ASSERT_EQUAL(std::string(), received(made.server));  // The end.
    }

    void time_passes_when_told_and_not_otherwise() {
        machine kernel({.start = time_point(seconds(5))});
        const machine::scope current(kernel);
        CPPUNIT_ASSERT(now() == time_point(seconds(5)));
        const connection made = connected();
        static_cast<void>(fill(made.client));
        CPPUNIT_ASSERT(now() == time_point(seconds(5)));
        kernel.advance(nanoseconds(1));
        CPPUNIT_ASSERT(now() == time_point(seconds(5) + nanoseconds(1)));
        kernel.advance_to(time_point(seconds(9)));
        CPPUNIT_ASSERT(now() == time_point(seconds(9)));
    }

    void a_wait_takes_its_timeout_in_whole_milliseconds() {
        machine kernel;
        const machine::scope current(kernel);
        const descriptor epoll = epoll_create().value();
        const auto waited = [&](nanoseconds timeout) {
            const time_point before = now();
            CPPUNIT_ASSERT(events_of(epoll, timeout).empty());
            return now() - before;
        };
        CPPUNIT_ASSERT(waited(nanoseconds(0)) == nanoseconds(0));
        CPPUNIT_ASSERT(waited(nanoseconds(-1)) == nanoseconds(0));
        CPPUNIT_ASSERT(waited(nanoseconds(1)) == milliseconds(1));
        CPPUNIT_ASSERT(waited(milliseconds(7)) == milliseconds(7));
        CPPUNIT_ASSERT(waited(milliseconds(7) + nanoseconds(1)) == milliseconds(8));
        CPPUNIT_ASSERT(waited(std::chrono::hours(1000)) == std::chrono::hours(1000));
    }

    void a_wait_takes_no_time_when_there_are_events() {
        machine kernel;
        const machine::scope current(kernel);
        const descriptor epoll = epoll_create().value();
        const descriptor event = event_create().value();
        watch(epoll, event, EPOLLIN);
        event_signal(event.get()).value();
        const time_point before = now();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events_of(epoll, seconds(1)).size());
        CPPUNIT_ASSERT(now() == before);
    }

    void a_wait_for_ever_with_nothing_to_come_is_a_mistake() {
        machine kernel;
        const machine::scope current(kernel);
        const descriptor epoll = epoll_create().value();
        std::array<epoll_event, 1> events;
        CPPUNIT_ASSERT_THROW(static_cast<void>(epoll_wait(epoll.get(), events, std::nullopt)),
                             std::logic_error);
    }

    void others_may_make_what_is_waited_for() {
        shared_machine kernel;
        const machine::scope current(kernel);
        const descriptor epoll = epoll_create().value();
        const descriptor event = event_create().value();
        watch(epoll, event, EPOLLIN, 7);
        kernel.others = [&] { event_signal(event.get()).value(); };
        std::array<epoll_event, 1> events;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, epoll_wait(epoll.get(), events, std::nullopt).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, kernel.waits.size());
        CPPUNIT_ASSERT(!kernel.waits.front().has_value());
    }

    void a_wait_that_returns_early_goes_on() {
        shared_machine kernel;
        const machine::scope current(kernel);
        const descriptor epoll = epoll_create().value();
        const time_point before = now();
        kernel.others = [&] { kernel.advance(milliseconds(1)); };
        CPPUNIT_ASSERT(events_of(epoll, milliseconds(3)).empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, kernel.waits.size());
        for (const auto& deadline : kernel.waits)
            CPPUNIT_ASSERT(deadline == before + milliseconds(3));
    }

    void calls_are_counted_by_kind() {
        machine kernel;
        const machine::scope current(kernel);
        const descriptor event = event_create().value();
        static_cast<void>(socket(AF_INET).value());  // And closed at once.
        CPPUNIT_ASSERT(!socket(AF_UNIX).has_value());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, kernel.calls(call::socket));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, kernel.calls(call::close));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{4}, kernel.calls());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, kernel.planned_failures());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(machine_test);

}  // namespace yot_run::sys_simulated
