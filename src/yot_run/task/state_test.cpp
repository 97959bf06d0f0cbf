#include <yot_run/task/state.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <string>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using enum phase;

constexpr std::array phases{idle, scheduled, running, notified, complete};
constexpr std::uint32_t all_flags =
    task_word::cancelled_bit | task_word::join_interest_bit | task_word::join_waker_bit;

// The table at the head of state.hpp, phase for phase. Where it says '.', nothing is promised.
constexpr std::array after_wake_table{scheduled, scheduled, notified, notified, complete};
constexpr phase after_begin_of_scheduled = running;
constexpr phase after_suspend_of_running = idle;
constexpr phase after_suspend_of_notified = scheduled;

constexpr task_word word(phase current, std::uint32_t flags = 0) {
    return {std::uint32_t(current) | flags};
}

// Calls `holds` with every phase and every combination of flags.
template <class Predicate>
constexpr bool for_every_word(Predicate holds) {
    for (const phase current : phases)
        for (std::uint32_t flags = 0; flags <= all_flags; flags += task_word::cancelled_bit)
            if (!holds(current, flags)) return false;
    return true;
}

static_assert(for_every_word([](phase current, std::uint32_t flags) {
    const task_word now = word(current, flags);
    return now.current() == current && now.complete() == (current == complete) &&
           now.cancelled() == ((flags & task_word::cancelled_bit) != 0) &&
           now.join_interest() == ((flags & task_word::join_interest_bit) != 0) &&
           now.join_waker() == ((flags & task_word::join_waker_bit) != 0);
}));
static_assert(for_every_word([](phase current, std::uint32_t flags) {
    return word(current, flags).after_wake() ==
           word(after_wake_table[std::size_t(current)], flags);
}));
static_assert(for_every_word([](phase current, std::uint32_t flags) {
    const task_word expected =
        current == complete ? word(complete, flags)
                            : word(after_wake_table[std::size_t(current)],
                                   flags | task_word::cancelled_bit);
    return word(current, flags).after_abort() == expected;
}));
static_assert(for_every_word([](phase current, std::uint32_t flags) {
    return current != scheduled ||
           word(current, flags).after_begin() == word(after_begin_of_scheduled, flags);
}));
static_assert(for_every_word([](phase current, std::uint32_t flags) {
    if (current != running && current != notified) return true;
    const phase expected = (flags & task_word::cancelled_bit) != 0 ? current
                           : current == running                    ? after_suspend_of_running
                                                                   : after_suspend_of_notified;
    return word(current, flags).after_suspend() == word(expected, flags);
}));
static_assert(for_every_word([](phase current, std::uint32_t flags) {
    if (current != running && current != notified) return true;
    return word(current, flags).after_finish() == word(complete, flags);
}));
static_assert(for_every_word([](phase current, std::uint32_t flags) {
    const task_word now = word(current, flags);
    return now.with_join_waker(true) == word(current, flags | task_word::join_waker_bit) &&
           now.with_join_waker(false) == word(current, flags & ~task_word::join_waker_bit);
}));
static_assert(for_every_word([](phase current, std::uint32_t flags) {
    const std::uint32_t kept = current == complete
                                   ? task_word::cancelled_bit | task_word::join_waker_bit
                                   : task_word::cancelled_bit;
    const bool worker_has_cell = current == complete && (flags & task_word::join_waker_bit) != 0;
    const task_word now = word(current, flags);
    return now.without_interest() == word(current, flags & kept) &&
           now.cell_is_the_handles() == !worker_has_cell;
}));

// A state that has come to `wanted` by the public transitions.
void bring_to(task_state& state, phase wanted) {
    if (wanted == scheduled) return;
    static_cast<void>(state.begin());
    if (wanted == idle) static_cast<void>(state.suspend());
    if (wanted == notified) static_cast<void>(state.wake());
    if (wanted == complete) static_cast<void>(state.finish());
}

std::string name_of(phase current) {
    return std::array{"idle", "scheduled", "running", "notified", "complete"}[std::size_t(current)];
}

}  // namespace

class state_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(state_test);
    CPPUNIT_TEST(a_task_is_born_scheduled_and_with_a_handle);
    CPPUNIT_TEST(a_wake_follows_the_table);
    CPPUNIT_TEST(an_abort_follows_the_table);
    CPPUNIT_TEST(only_an_idle_task_is_enqueued);
    CPPUNIT_TEST(a_wake_during_a_poll_is_kept);
    CPPUNIT_TEST(many_wakes_before_a_poll_make_one_run_token);
    CPPUNIT_TEST(an_aborted_task_begins_with_its_cancellation);
    CPPUNIT_TEST(an_abort_during_a_poll_is_told_at_its_end);
    CPPUNIT_TEST(an_abort_during_the_last_poll_loses);
    CPPUNIT_TEST(finishing_tells_who_waits);
    CPPUNIT_TEST(the_join_waker_goes_to_and_fro_until_the_task_is_complete);
    CPPUNIT_TEST(a_handle_that_goes_first_takes_the_join_waker_along);
    CPPUNIT_TEST(a_handle_that_goes_during_the_wake_leaves_the_join_waker_to_the_worker);
    CPPUNIT_TEST(a_join_waker_that_was_returned_is_the_handles);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_task_is_born_scheduled_and_with_a_handle() {
        task_state state;
        CPPUNIT_ASSERT(state.observe() == word(scheduled, task_word::join_interest_bit));
    }

    void a_wake_follows_the_table() {
        for (const phase from : phases) {
            task_state state;
            bring_to(state, from);
            CPPUNIT_ASSERT_MESSAGE(name_of(from), state.observe().current() == from);
            const enqueue answer = state.wake();
            CPPUNIT_ASSERT_MESSAGE(
                name_of(from), state.observe().current() == after_wake_table[std::size_t(from)]);
            CPPUNIT_ASSERT_MESSAGE(name_of(from), (answer == enqueue::yes) == (from == idle));
            CPPUNIT_ASSERT(!state.observe().cancelled());
        }
    }

    void an_abort_follows_the_table() {
        for (const phase from : phases) {
            task_state state;
            bring_to(state, from);
            const enqueue answer = state.abort();
            CPPUNIT_ASSERT_MESSAGE(
                name_of(from), state.observe().current() == after_wake_table[std::size_t(from)]);
            CPPUNIT_ASSERT_MESSAGE(name_of(from), (answer == enqueue::yes) == (from == idle));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name_of(from), from != complete,
                                         state.observe().cancelled());
        }
    }

    void only_an_idle_task_is_enqueued() {
        task_state state;
        CPPUNIT_ASSERT(state.begin() == after_begin::poll);
        CPPUNIT_ASSERT(state.suspend() == after_suspend::idle);
        CPPUNIT_ASSERT(state.wake() == enqueue::yes);
        CPPUNIT_ASSERT(state.wake() == enqueue::no);
        CPPUNIT_ASSERT(state.abort() == enqueue::no);
    }

    void a_wake_during_a_poll_is_kept() {
        task_state state;
        CPPUNIT_ASSERT(state.begin() == after_begin::poll);
        CPPUNIT_ASSERT(state.wake() == enqueue::no);
        CPPUNIT_ASSERT(state.suspend() == after_suspend::reschedule);
        CPPUNIT_ASSERT(state.observe().current() == scheduled);
    }

    void many_wakes_before_a_poll_make_one_run_token() {
        task_state state;
        for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(state.wake() == enqueue::no);
        CPPUNIT_ASSERT(state.begin() == after_begin::poll);
        for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(state.wake() == enqueue::no);
        CPPUNIT_ASSERT(state.suspend() == after_suspend::reschedule);
        CPPUNIT_ASSERT(state.begin() == after_begin::poll);
        CPPUNIT_ASSERT(state.suspend() == after_suspend::idle);
    }

    void an_aborted_task_begins_with_its_cancellation() {
        task_state state;
        CPPUNIT_ASSERT(state.abort() == enqueue::no);
        CPPUNIT_ASSERT(state.begin() == after_begin::cancel);
        CPPUNIT_ASSERT(state.finish() ==
                       word(running, task_word::cancelled_bit | task_word::join_interest_bit));
    }

    void an_abort_during_a_poll_is_told_at_its_end() {
        task_state state;
        CPPUNIT_ASSERT(state.begin() == after_begin::poll);
        CPPUNIT_ASSERT(state.abort() == enqueue::no);
        CPPUNIT_ASSERT(state.suspend() == after_suspend::cancel);
        // Still the caller's: a wake does not make a second token.
        CPPUNIT_ASSERT(state.wake() == enqueue::no);
        static_cast<void>(state.finish());
        CPPUNIT_ASSERT(state.observe().complete());
    }

    void an_abort_during_the_last_poll_loses() {
        task_state state;
        CPPUNIT_ASSERT(state.begin() == after_begin::poll);
        CPPUNIT_ASSERT(state.abort() == enqueue::no);
        static_cast<void>(state.finish());
        CPPUNIT_ASSERT(state.observe().complete());
        CPPUNIT_ASSERT(state.wake() == enqueue::no);
        CPPUNIT_ASSERT(state.abort() == enqueue::no);
    }

    void finishing_tells_who_waits() {
        for (const bool interested : {true, false}) {
            for (const bool waiting : {true, false}) {
                task_state state;
                if (waiting) CPPUNIT_ASSERT(state.give_join_waker());
                if (!interested) static_cast<void>(state.drop_interest());
                CPPUNIT_ASSERT(state.begin() == after_begin::poll);
                const task_word before = state.finish();
                CPPUNIT_ASSERT_EQUAL(interested, before.join_interest());
                CPPUNIT_ASSERT_EQUAL(interested && waiting, before.join_waker());
            }
        }
    }

    void the_join_waker_goes_to_and_fro_until_the_task_is_complete() {
        for (const phase from : phases) {
            task_state state;
            bring_to(state, from);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name_of(from), from != complete, state.give_join_waker());
            CPPUNIT_ASSERT_EQUAL(from != complete, state.observe().join_waker());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name_of(from), from != complete, state.take_join_waker());
            CPPUNIT_ASSERT(!state.observe().join_waker());
            CPPUNIT_ASSERT(state.observe().current() == from);
        }
    }

    void a_handle_that_goes_first_takes_the_join_waker_along() {
        task_state state;
        CPPUNIT_ASSERT(state.give_join_waker());
        CPPUNIT_ASSERT(state.drop_interest().cell_is_the_handles());
        CPPUNIT_ASSERT(state.begin() == after_begin::poll);
        const task_word before = state.finish();
        CPPUNIT_ASSERT(!before.join_interest());
        CPPUNIT_ASSERT(!before.join_waker());
    }

    void a_handle_that_goes_during_the_wake_leaves_the_join_waker_to_the_worker() {
        task_state state;
        CPPUNIT_ASSERT(state.give_join_waker());
        CPPUNIT_ASSERT(state.begin() == after_begin::poll);
        CPPUNIT_ASSERT(state.finish().join_waker());
        CPPUNIT_ASSERT(!state.drop_interest().cell_is_the_handles());
        CPPUNIT_ASSERT(!state.return_join_waker());
    }

    void a_join_waker_that_was_returned_is_the_handles() {
        task_state state;
        CPPUNIT_ASSERT(state.give_join_waker());
        CPPUNIT_ASSERT(state.begin() == after_begin::poll);
        CPPUNIT_ASSERT(state.finish().join_waker());
        CPPUNIT_ASSERT(state.return_join_waker());
        const task_word before = state.drop_interest();
        CPPUNIT_ASSERT(before.complete());
        CPPUNIT_ASSERT(before.cell_is_the_handles());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(state_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
