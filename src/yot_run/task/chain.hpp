// yot_run/task/chain.hpp: the coroutines that wait for one another, polled as one future.
//
// A coroutine that awaits a task joins it to its own chain; only the innermost coroutine of a chain
// can run. The root (a task that was spawned, or polled by a combinator or block_on) keeps a
// cursor: which coroutine is innermost, and which leaf future that one waits for. Polling the root
// polls the leaf, and resumes a coroutine only when the leaf is ready: O(1), however deep the
// chain.
//
// No coroutine resumes another. Each hop returns to the loop in `drive` (a trampoline), so the
// stack stays flat in every build, also where compilers do not turn symmetric transfer into a jump.
// A hop charges the budget as a ready leaf does, so a chain that never waits still yields.
//
// An unfinished chain is destroyed innermost first, in a loop.
// Threads: one at a time, whoever polls the root.
// Checked by: chain_test.cpp, task_test.cpp.
#pragma once

#include <yot_run/task/context.hpp>
#include <yot_run/task/describe.hpp>

#include <coroutine>
#include <memory>
#include <source_location>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class promise_base;

// A leaf future that a coroutine of ours waits for, whatever its type.
class leaf_awaiter_base {
public:
    // True: ready; the coroutine that waits may be resumed, and will find value or exception.
    virtual bool poll_leaf(context& cx) noexcept = 0;
    virtual void describe(description& into) const = 0;

protected:
    ~leaf_awaiter_base() = default;
};

class chain {
public:
    chain() = default;
    chain(const chain&) = delete;
    chain& operator=(const chain&) = delete;

    // Runs the chain until it waits (false) or its root has finished (true). On false the waker of
    // `cx` has been stored, or called.
    bool drive(context& cx) noexcept;

    // Destroys the frames of an unfinished chain, innermost first, and the root's last.
    void destroy() noexcept;

    // The poll that is going on. REQUIRES: called by a coroutine of this chain.
    [[nodiscard]] context& current_poll() const noexcept { return *poll_; }

    // The innermost coroutine suspends until `leaf` is ready.
    void wait_for(leaf_awaiter_base& leaf) noexcept { leaf_ = &leaf; }
    // Execution goes on in `next`, or nowhere when the root has finished.
    void hop_to(promise_base* next) noexcept { innermost_ = next; }

    // What the innermost coroutine waits for, and where each of them does, innermost first. REQUIRES:
    // between two polls.
    void describe(description& into) const;

private:
    promise_base* innermost_ = nullptr;
    leaf_awaiter_base* leaf_ = nullptr;
    context* poll_ = nullptr;
};

// The part of every promise that its chain works with.
class promise_base {
public:
    promise_base(const promise_base&) = delete;
    promise_base& operator=(const promise_base&) = delete;

    [[nodiscard]] bool started() const noexcept { return chain_ != nullptr; }
    [[nodiscard]] chain& current_chain() const noexcept { return *chain_; }
    // REQUIRES of the promises derived from this: aligned no further, and no base in front of it.
    [[nodiscard]] std::coroutine_handle<> frame() noexcept {
        return std::coroutine_handle<promise_base>::from_promise(*this);
    }
    // Null: this is the root of its chain, or has not started.
    [[nodiscard]] promise_base* awaited_by() const noexcept {
        return is_child() ? as_child_.awaited_by : nullptr;
    }
    // Where it awaits what it waits for, if it has started.
    [[nodiscard]] const std::source_location& awaits_at() const noexcept { return awaits_at_; }

    // This coroutine is the root of a chain of its own.
    chain& start_as_root() noexcept {
        chain_ = std::construct_at(&as_root_);
        as_root_.hop_to(this);
        return as_root_;
    }
    // This coroutine joins the chain of `parent`, which awaits it; `owner` is the handle that will
    // destroy its frame, and is nulled when the chain does so first.
    void start_as_child(promise_base& parent, void*& owner) noexcept {
        chain_ = parent.chain_;
        as_child_ = {&parent, &owner};
        chain_->hop_to(this);
    }
    // The owner of this frame no longer owns it.
    void disown() noexcept {
        if (is_child()) *as_child_.owner = nullptr;
    }

    // Lazy: nothing runs until somebody awaits or polls.
    [[nodiscard]] static std::suspend_always initial_suspend() noexcept { return {}; }

    // Back to the trampoline, which goes on with the coroutine that awaits this one.
    struct final_awaiter {
        [[nodiscard]] static bool await_ready() noexcept { return false; }
        template <class Promise>
        static void await_suspend(std::coroutine_handle<Promise> frame) noexcept {
            promise_base& self = frame.promise();
            self.chain_->hop_to(self.awaited_by());
        }
        static void await_resume() noexcept {}
    };
    [[nodiscard]] static final_awaiter final_suspend() noexcept { return {}; }

protected:
    promise_base() noexcept : as_child_{} {}
    ~promise_base() = default;
    void awaits_from(const std::source_location& place) noexcept { awaits_at_ = place; }

private:
    struct child_links {
        promise_base* awaited_by;
        void** owner;
    };

    [[nodiscard]] bool is_child() const noexcept {
        return chain_ != nullptr && chain_ != &as_root_;
    }

    chain* chain_ = nullptr;
    union {
        child_links as_child_;
        chain as_root_;
    };
    std::source_location awaits_at_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
