// yot_run/task/context.hpp: what a future is given when it is polled.
//
// It carries the waker to store, the environment to look things up in, and the cooperative budget:
// how many more things may be found ready before the task has to give others a turn. A future must
// not keep a reference to the context after its poll returns.
// Checked by: context_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/task/environment.hpp>
#include <yot_run/task/waker.hpp>

namespace yot_run::inline YOT_RUN_WORLD {

// How many ready leaves and coroutine hops one poll of a task may use.
inline constexpr unsigned default_budget = 128;

class context {
public:
    // Who polls may be told of a yield by setting `yielded`; null: by the waker.
    context(const yot_run::waker& waker, environment& environment,
            unsigned budget = default_budget, bool* yielded = nullptr) noexcept
        : waker_(&waker),
          environment_(&environment),
          own_budget_(budget),
          budget_(&own_budget_),
          yielded_(yielded) {}
    // The same poll with another waker: for a combinator that tells its children apart. Shares the
    // budget of `parent`, which must outlive it.
    context(const yot_run::waker& waker, context& parent) noexcept
        : waker_(&waker), environment_(parent.environment_), budget_(parent.budget_) {}
    context(const context&) = delete;
    context& operator=(const context&) = delete;

    [[nodiscard]] const yot_run::waker& waker() const noexcept { return *waker_; }
    [[nodiscard]] yot_run::environment& environment() const noexcept { return *environment_; }

    // True: this poll has used its budget. The caller answers `poll_pending`, and will be polled
    // again. Asked before something is attempted, so nothing ready is ever thrown away.
    [[nodiscard]] bool must_yield() const noexcept {
        if (*budget_ > 0) return false;
        yield();
        return true;
    }
    // The caller is going to answer `poll_pending`, and wants to be polled again after others had
    // their turn: as a call of the waker, but costs nothing where a task polls with its own waker.
    void yield() const noexcept {
        if (yielded_ != nullptr) *yielded_ = true;
        else waker_->wake_by_ref();
    }
    // Charges one unit for something that was found ready. Whatever that was may have used up the
    // budget itself: then there is nothing left to charge.
    void charge() noexcept {
        if (*budget_ > 0) --*budget_;
    }

private:
    const yot_run::waker* waker_;
    yot_run::environment* environment_;
    unsigned own_budget_ = 0;
    unsigned* budget_;
    bool* yielded_ = nullptr;
};

}  // namespace yot_run::inline YOT_RUN_WORLD
