#include <yot_run/task/state.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <string>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using enum phase;

constexpr std::array phases{idle, active, notified, complete};
constexpr std::uint32_t all_flags = task_word::cancelled_bit | task_word::join_interest_bit |
                                    task_word::join_waker_bit | task_word::listed_bit;

// The table at the head of state.hpp, phase for phase. Where it says '.', nothing is promised.
constexpr std::array after_wake_table{active, notified, notified, complete};
constexpr phase after_suspend_of_active = idle;
constexpr phase after_suspend_of_notified = active;

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
           now.join_waker() == ((flags & task_word::join_waker_bit) != 0) &&
           now.listed() == ((flags & task_word::listed_bit) != 0);
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
    if (current != active && current != notified) return true;
    return word(current, flags).after_begin() == word(active, flags);
}));
static_assert(for_every_word([](phase current, std::uint32_t flags) {
    if (current != active && current != notified) return true;
    const phase expected = (flags & task_word::cancelled_bit) != 0 ? current
                           : current == active                     ? after_suspend_of_active
                                                                   : after_suspend_of_notified;
    return word(current, flags).after_suspend() == word(expected, flags | task_word::listed_bit);
}));
static_assert(for_every_word([](phase current, std::uint32_t flags) {
    if (current != active && current != notified) return true;
    return word(current, flags).after_finish() == word(complete, flags);
}));
static_assert(for_every_word([](phase current, std::uint32_t flags) {
    const task_word now = word(current, flags);
    return now.with_join_waker(true) == word(current, flags | task_word::join_waker_bit) &&
           now.with_join_waker(false) == word(current, flags & ~task_word::join_waker_bit);
}));
static_assert(for_every_word([](phase current, std::uint32_t flags) {
    const std::uint32_t kept =
        current == complete ? all_flags : task_word::cancelled_bit | task_word::listed_bit;
    const bool worker_has_cell = current == complete && (flags & task_word::join_waker_bit) != 0;
    const task_word now = word(current, flags);
    return now.without_interest() == word(current, flags & kept) &&
           now.cell_is_the_handles() == !worker_has_cell;
}));

// A state that has come to `wanted` by the public transitions.
void bring_to(task_state& state, phase wanted) {
    static_cast<void>(state.begin());
    if (wanted == idle) static_cast<void>(state.suspend());
    if (wanted == notified) static_cast<void>(state.wake());
    if (wanted == complete) static_cast<void>(state.finish());
}

// To be polled, whether it is in a list or not.
bool begins(task_state& state) {
    const after_begin begun = state.begin();
    return begun == after_begin::poll || begun == after_begin::poll_unlisted;
}

std::string name_of(phase current) {
    return std::array{"idle", "active", "notified", "complete"}[std::size_t(current)];
}

}  // namespace

class state_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(state_test);
    CPPUNIT_TEST(a_task_is_born_active_and_with_a_handle);
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
    CPPUNIT_TEST(a_handle_that_goes_after_the_end_leaves_the_join_waker_to_the_worker);
    CPPUNIT_TEST(a_handle_that_took_the_join_waker_back_keeps_it);
    CPPUNIT_TEST(a_task_is_listed_when_it_first_suspends);
    CPPUNIT_TEST(a_task_that_ends_in_its_first_poll_was_never_listed);
    CPPUNIT_TEST(a_task_from_outside_is_born_listed);
    CPPUNIT_TEST(a_cancelled_task_that_suspends_is_listed);
    CPPUNIT_TEST(only_an_idle_task_can_be_claimed);
    CPPUNIT_TEST(what_comes_while_a_task_is_claimed_is_kept);
    CPPUNIT_TEST(a_poll_begins_without_the_wakes_it_is_owed_to);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_task_is_born_active_and_with_a_handle() {
        task_state state;
        CPPUNIT_ASSERT(state.observe() == word(active, task_word::join_interest_bit));
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
        CPPUNIT_ASSERT(begins(state));
        CPPUNIT_ASSERT(state.suspend() == after_suspend::idle);
        CPPUNIT_ASSERT(state.wake() == enqueue::yes);
        CPPUNIT_ASSERT(state.wake() == enqueue::no);
        CPPUNIT_ASSERT(state.abort() == enqueue::no);
    }

    void a_wake_during_a_poll_is_kept() {
        task_state state;
        CPPUNIT_ASSERT(begins(state));
        CPPUNIT_ASSERT(state.wake() == enqueue::no);
        CPPUNIT_ASSERT(state.suspend() == after_suspend::reschedule);
        CPPUNIT_ASSERT(state.observe().current() == active);
    }

    void many_wakes_before_a_poll_make_one_run_token() {
        task_state state;
        for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(state.wake() == enqueue::no);
        CPPUNIT_ASSERT(begins(state));
        for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(state.wake() == enqueue::no);
        CPPUNIT_ASSERT(state.suspend() == after_suspend::reschedule);
        CPPUNIT_ASSERT(begins(state));
        CPPUNIT_ASSERT(state.suspend() == after_suspend::idle);
    }

    void an_aborted_task_begins_with_its_cancellation() {
        task_state state;
        CPPUNIT_ASSERT(state.abort() == enqueue::no);
        CPPUNIT_ASSERT(state.begin() == after_begin::cancel);
        CPPUNIT_ASSERT(state.finish() ==
                       word(active, task_word::cancelled_bit | task_word::join_interest_bit));
    }

    void an_abort_during_a_poll_is_told_at_its_end() {
        task_state state;
        CPPUNIT_ASSERT(begins(state));
        CPPUNIT_ASSERT(state.abort() == enqueue::no);
        CPPUNIT_ASSERT(state.suspend() == after_suspend::cancel);
        // Still the caller's: a wake does not make a second token.
        CPPUNIT_ASSERT(state.wake() == enqueue::no);
        static_cast<void>(state.finish());
        CPPUNIT_ASSERT(state.observe().complete());
    }

    void an_abort_during_the_last_poll_loses() {
        task_state state;
        CPPUNIT_ASSERT(begins(state));
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
                CPPUNIT_ASSERT(begins(state));
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
        CPPUNIT_ASSERT(begins(state));
        const task_word before = state.finish();
        CPPUNIT_ASSERT(!before.join_interest());
        CPPUNIT_ASSERT(!before.join_waker());
    }

    void a_handle_that_goes_after_the_end_leaves_the_join_waker_to_the_worker() {
        task_state state;
        CPPUNIT_ASSERT(state.give_join_waker());
        CPPUNIT_ASSERT(begins(state));
        CPPUNIT_ASSERT(state.finish().join_waker());
        const task_word before = state.drop_interest();
        CPPUNIT_ASSERT(before.complete());
        CPPUNIT_ASSERT(!before.cell_is_the_handles());
    }

    void a_handle_that_took_the_join_waker_back_keeps_it() {
        task_state state;
        CPPUNIT_ASSERT(state.give_join_waker());
        CPPUNIT_ASSERT(state.take_join_waker());
        CPPUNIT_ASSERT(begins(state));
        CPPUNIT_ASSERT(!state.finish().join_waker());
        CPPUNIT_ASSERT(!state.give_join_waker());
        CPPUNIT_ASSERT(state.drop_interest().cell_is_the_handles());
    }

    void a_task_is_listed_when_it_first_suspends() {
        task_state state;
        CPPUNIT_ASSERT(state.begin() == after_begin::poll_unlisted);
        CPPUNIT_ASSERT(state.suspend() == after_suspend::idle);
        CPPUNIT_ASSERT(state.observe().listed());
        CPPUNIT_ASSERT(state.wake() == enqueue::yes);
        CPPUNIT_ASSERT(state.begin() == after_begin::poll);
        CPPUNIT_ASSERT(state.finish().listed());
    }

    void a_task_that_ends_in_its_first_poll_was_never_listed() {
        task_state state;
        CPPUNIT_ASSERT(state.begin() == after_begin::poll_unlisted);
        CPPUNIT_ASSERT(!state.finish().listed());
    }

    void a_task_from_outside_is_born_listed() {
        task_state state;
        state.born_listed();
        CPPUNIT_ASSERT(state.begin() == after_begin::poll);
    }

    void a_cancelled_task_that_suspends_is_listed() {
        task_state state;
        CPPUNIT_ASSERT(state.begin() == after_begin::poll_unlisted);
        static_cast<void>(state.abort());
        CPPUNIT_ASSERT(state.suspend() == after_suspend::cancel);
        CPPUNIT_ASSERT(state.finish().listed());
    }

    void only_an_idle_task_can_be_claimed() {
        for (const phase from : phases) {
            task_state state;
            bring_to(state, from);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name_of(from), from == idle, state.claim());
            CPPUNIT_ASSERT(state.observe().current() == (from == idle ? active : from));
        }
    }

    void what_comes_while_a_task_is_claimed_is_kept() {
        task_state state;
        bring_to(state, idle);
        CPPUNIT_ASSERT(state.claim());
        CPPUNIT_ASSERT(state.wake() == enqueue::no);
        CPPUNIT_ASSERT(state.suspend() == after_suspend::reschedule);
        CPPUNIT_ASSERT(state.suspend() == after_suspend::idle);
        CPPUNIT_ASSERT(state.claim());
        CPPUNIT_ASSERT(state.abort() == enqueue::no);
        CPPUNIT_ASSERT(state.suspend() == after_suspend::cancel);
    }

    void a_poll_begins_without_the_wakes_it_is_owed_to() {
        task_state state;
        CPPUNIT_ASSERT(state.wake() == enqueue::no);
        CPPUNIT_ASSERT(state.observe().current() == notified);
        CPPUNIT_ASSERT(begins(state));
        CPPUNIT_ASSERT(state.observe().current() == active);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(state_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
