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
    [[nodiscard]] bool may_return_join_waker() const { return worker_wakes_; }
    [[nodiscard]] bool has_handle() const { return has_handle_; }
    [[nodiscard]] bool may_give_join_waker() const { return has_handle_ && !task_has_waker_; }
    [[nodiscard]] bool may_take_join_waker() const { return has_handle_ && task_has_waker_; }

    // The word, as whoever may look at it sees it.
    [[nodiscard]] word seen() const {
        word result = word{}.with(current());
        if (is_aborted_) result.bits |= word::cancelled_bit;
        if (has_handle_) result.bits |= word::join_interest_bit;
        if (task_has_waker_) result.bits |= word::join_waker_bit;
        return result;
    }

    // Each carries out an operation and says what it must answer.

    [[nodiscard]] enqueue wake() {
        if (has_ended_) return enqueue::no;
        is_owed_a_poll_ = true;
        if (is_queued_ || is_polled_) return enqueue::no;
        is_queued_ = true;
        return enqueue::yes;
    }
    [[nodiscard]] enqueue abort() {
        if (!has_ended_) is_aborted_ = true;
        return wake();
    }
    [[nodiscard]] after_begin begin() {
        is_queued_ = false;
        is_polled_ = true;
        is_owed_a_poll_ = false;
        is_being_cancelled_ = is_aborted_;
        return is_aborted_ ? after_begin::cancel : after_begin::poll;
    }
    [[nodiscard]] after_suspend suspend() {
        if (is_aborted_) {  // The worker keeps the token, and destroys the future.
            is_being_cancelled_ = true;
            return after_suspend::cancel;
        }
        is_polled_ = false;
        is_queued_ = is_owed_a_poll_;
        return is_queued_ ? after_suspend::reschedule : after_suspend::idle;
    }
    [[nodiscard]] word finish() {
        const word before = seen();
        is_polled_ = false;
        has_ended_ = true;
        worker_wakes_ = task_has_waker_;
        return before;
    }
    // Is the handle still there, to which the cell goes back?
    [[nodiscard]] bool return_join_waker() {
        worker_wakes_ = task_has_waker_ = false;
        return has_handle_;
    }
    [[nodiscard]] bool give_join_waker() {
        task_has_waker_ = !has_ended_;
        return !has_ended_;
    }
    [[nodiscard]] bool take_join_waker() {
        task_has_waker_ = has_ended_;
        return !has_ended_;
    }
    [[nodiscard]] word drop_interest() {
        const word before = seen();
        has_handle_ = false;
        if (!has_ended_) task_has_waker_ = false;
        return before;
    }
    // After it, is the cell of the join waker the handle's to clear?
    [[nodiscard]] bool cell_is_the_handles() const { return !worker_wakes_; }

private:
    [[nodiscard]] phase current() const {
        if (has_ended_) return phase::complete;
        if (is_polled_) return is_owed_a_poll_ ? phase::notified : phase::running;
        return is_queued_ ? phase::scheduled : phase::idle;
    }

    bool is_queued_ = true;       // The run token is in a queue,
    bool is_polled_ = false;      // or with a worker that polls; or nowhere.
    bool is_owed_a_poll_ = true;  // Woken since the last poll began.
    bool is_aborted_ = false;
    bool is_being_cancelled_ = false;  // The worker was told to destroy the future.
    bool has_ended_ = false;
    bool has_handle_ = true;
    bool task_has_waker_ = false;  // The cell of the join waker is the task's.
    bool worker_wakes_ = false;    // The worker that ended the task has yet to give the cell back.
};

}  // namespace reference
