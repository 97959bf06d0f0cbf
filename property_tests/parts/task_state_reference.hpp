// property_tests/parts/task_state_reference.hpp: the rules of a task (task/state.hpp), told in
// words: what is owed, who holds the run token, whose the join waker is. One thread at a time. Used
// by: the property and the fuzzer task_state.
#pragma once

#include <yot_run/task/state.hpp>

namespace reference {

class task {
public:
    using word = yot_run::internal::task_word;
    using phase = yot_run::internal::phase;
    using enqueue = yot_run::internal::enqueue;
    using after_begin = yot_run::internal::after_begin;
    using after_suspend = yot_run::internal::after_suspend;

    // What may be done now.
    [[nodiscard]] bool may_begin() const { return is_queued_; }
    [[nodiscard]] bool may_suspend() const { return is_polled_ && !is_being_cancelled_; }
    [[nodiscard]] bool may_finish() const { return is_polled_; }
    [[nodiscard]] bool has_handle() const { return has_handle_; }
    [[nodiscard]] bool may_give_join_waker() const { return has_handle_ && !task_has_waker_; }
    [[nodiscard]] bool may_take_join_waker() const { return has_handle_ && task_has_waker_; }

    // The word, as whoever may look at it sees it.
    [[nodiscard]] word seen() const {
        word result = word{}.with(current());
        if (is_aborted_) result.bits |= word::cancelled_bit;
        if (word_has_interest_) result.bits |= word::join_interest_bit;
        if (task_has_waker_) result.bits |= word::join_waker_bit;
        if (is_listed_) result.bits |= word::listed_bit;
        return result;
    }

    // Each carries out an operation and says what it must answer.

    [[nodiscard]] enqueue wake() {
        if (has_ended_) return enqueue::no;
        if (has_token()) {
            is_owed_a_poll_ = true;
            return enqueue::no;
        }
        is_queued_ = true;
        return enqueue::yes;
    }
    [[nodiscard]] enqueue abort() {
        if (!has_ended_) is_aborted_ = true;
        return wake();
    }
    // Whoever claims an idle task holds the token as one who polls.
    [[nodiscard]] bool claim() {
        if (has_ended_ || has_token()) return false;
        is_polled_ = true;
        return true;
    }
    [[nodiscard]] after_begin begin() {
        is_queued_ = false;
        is_polled_ = true;
        is_owed_a_poll_ = false;
        is_being_cancelled_ = is_aborted_;
        if (is_aborted_) return after_begin::cancel;
        return is_listed_ ? after_begin::poll : after_begin::poll_unlisted;
    }
    [[nodiscard]] after_suspend suspend() {
        is_listed_ = true;
        if (is_aborted_) {  // The worker keeps the token, and destroys the future.
            is_being_cancelled_ = true;
            return after_suspend::cancel;
        }
        is_polled_ = false;
        is_queued_ = is_owed_a_poll_;
        is_owed_a_poll_ = false;  // The run token that is in the queue says it.
        return is_queued_ ? after_suspend::reschedule : after_suspend::idle;
    }
    [[nodiscard]] word finish() {
        const word before = seen();
        is_polled_ = false;
        has_ended_ = true;
        return before;
    }
    [[nodiscard]] bool give_join_waker() {
        if (!has_ended_) task_has_waker_ = true;
        return !has_ended_;
    }
    [[nodiscard]] bool take_join_waker() {
        if (!has_ended_) task_has_waker_ = false;
        return !has_ended_;
    }
    [[nodiscard]] word drop_interest() {
        const word before = seen();
        has_handle_ = false;
        if (!has_ended_) word_has_interest_ = task_has_waker_ = false;
        return before;
    }
    // After it, is the cell of the join waker the handle's to empty?
    [[nodiscard]] bool cell_is_the_handles() const { return !has_ended_ || !task_has_waker_; }

private:
    [[nodiscard]] bool has_token() const { return is_queued_ || is_polled_; }
    [[nodiscard]] phase current() const {
        if (has_ended_) return phase::complete;
        if (!has_token()) return phase::idle;
        return is_owed_a_poll_ ? phase::notified : phase::active;
    }

    bool is_queued_ = true;        // The run token is in a queue,
    bool is_polled_ = false;       // or with whoever polls or looks; or nowhere.
    bool is_owed_a_poll_ = false;  // Woken while there was a run token.
    bool is_aborted_ = false;
    bool is_being_cancelled_ = false;  // The worker was told to destroy the future.
    bool has_ended_ = false;
    bool has_handle_ = true;
    bool word_has_interest_ = true;
    bool task_has_waker_ = false;  // The cell of the join waker is the task's, or its last worker's.
    bool is_listed_ = false;       // Has suspended.
};

}  // namespace reference
