// yot_run/task/join_handle.hpp: the other end of a spawned task.
//
// A future: gives the task's value once, or rethrows its exception, or throws `task_cancelled`.
// Destroying the handle detaches: the task goes on, and an exception that nobody can ask for any
// more goes to the runtime's handler.
// Threads: a handle is one thread's at a time; it may outlive the runtime.
// Checked by: join_handle_test.cpp, abort_test.cpp, core_threads_test.cpp, model/task_core.cpp.
#pragma once

#include <yot_run/task/core.hpp>
#include <yot_run/task/poll.hpp>

#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {

namespace internal {
[[noreturn]] void throw_used_handle();
}

template <class T>
class [[nodiscard]] join_handle {
public:
    using value_type = T;

    // Empty: may only be destroyed, assigned to, and asked.
    join_handle() = default;
    // Takes over the handle's reference.
    explicit join_handle(internal::typed_core<T>& core) noexcept : core_(&core) {}
    join_handle(join_handle&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
    join_handle& operator=(join_handle&& other) noexcept {
        join_handle moved(std::move(other));
        std::swap(core_, moved.core_);
        return *this;
    }
    ~join_handle() { detach(); }

    // Ready when the task has ended. Throws what the task threw, or task_cancelled;
    // std::logic_error when the value was already taken or the task detached.
    yot_run::poll<T> poll(context& cx) {
        if (core_ == nullptr) internal::throw_used_handle();
        if (!core_->poll_complete(cx.waker())) return poll_pending;
        const taken_core taken(std::exchange(core_, nullptr));
        if constexpr (std::is_void_v<T>) {
            taken.core->result.take();
            return {};
        } else {
            return taken.core->result.take();
        }
    }

    // Asks the task to end at its next suspension: its future is destroyed, and the outcome is
    // `task_cancelled`, unless the task finishes first. Does nothing to a task that has ended.
    void abort() noexcept {
        if (core_ != nullptr) core_->abort();
    }
    // True: the task has ended, and awaiting the handle would not wait.
    [[nodiscard]] bool is_finished() const noexcept {
        return core_ == nullptr || core_->is_complete();
    }
    // Lets go of the task, which goes on by itself.
    void detach() noexcept {
        if (core_ != nullptr) std::exchange(core_, nullptr)->drop_handle(false);
    }
    void describe(description& into) const {
        if (core_ == nullptr) into.line("a task, whose handle is used up");
        else into.line("the end of the task spawned at " + internal::name_of(core_->spawned_at()));
    }
    // False after the value was taken, after detach() or a move.
    [[nodiscard]] explicit operator bool() const noexcept { return core_ != nullptr; }

private:
    struct taken_core {
        explicit taken_core(internal::typed_core<T>* owned) noexcept : core(owned) {}
        taken_core(const taken_core&) = delete;
        taken_core& operator=(const taken_core&) = delete;
        ~taken_core() { core->drop_handle(true); }
        internal::typed_core<T>* core;
    };

    internal::typed_core<T>* core_ = nullptr;
};

}  // namespace yot_run::inline YOT_RUN_WORLD
