// yot_run/task/spawn.hpp: makes a task that runs by itself, of a coroutine, a future, a callable.
//
// Cost: a coroutine brings its own block (block.hpp) and is spawned without allocating; another
// future is moved into one new block.
// Checked by: spawn_test.cpp, allocation_test.cpp.
#pragma once

#include <yot_run/task/environment.hpp>
#include <yot_run/task/join_handle.hpp>
#include <yot_run/task/task.hpp>

#include <concepts>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {

namespace internal {

[[noreturn]] void throw_no_runtime();

// The core of a spawned coroutine: stands in front of its frame.
template <class T>
class coroutine_core final : public typed_core<T> {
public:
    static coroutine_core& make(task<T> task) {
        promise<T>& root = task.fresh();
        block_head<T>& head = block_head<T>::of(std::exchange(task.frame_, nullptr));
        static_assert(sizeof(coroutine_core) == sizeof(head.core));
        auto* core = ::new (static_cast<void*>(head.core)) coroutine_core;
        head.outlives_frame = true;
        root.deliver_to(core->result);
        root.start_as_root();
        return *core;
    }

private:
    coroutine_core() noexcept : typed_core<T>(functions) {}

    static block_head<T>& head_of(task_core& core) noexcept {
        return *reinterpret_cast<block_head<T>*>(&static_cast<coroutine_core&>(core));
    }
    static std::coroutine_handle<promise<T>> frame_of(task_core& core) noexcept {
        return std::coroutine_handle<promise<T>>::from_address(&head_of(core) + 1);
    }
    static bool poll(task_core& core, context& cx) noexcept {
        const auto frame = frame_of(core);
        if (!frame.promise().current_chain().drive(cx)) return false;
        frame.destroy();
        return true;
    }
    static void cancel(task_core& core) noexcept {
        frame_of(core).promise().current_chain().destroy();
        static_cast<coroutine_core&>(core).result.cancel();
    }
    static void destroy(task_core& core) noexcept {
        block_head<T>& head = head_of(core);
        static_cast<coroutine_core&>(core).~coroutine_core();
        head.free();
    }
    static void describe(const task_core& core, description& into) {
        frame_of(const_cast<task_core&>(core)).promise().current_chain().describe(into);
    }
    static constexpr task_functions functions{
        poll, cancel, coroutine_core::how, coroutine_core::discard, describe, destroy};
};

// The core of any other spawned future, which stands beside it.
template <future F>
class future_core final : public typed_core<output_of<F>> {
public:
    static future_core& make(F&& future) { return *new future_core(std::move(future)); }

private:
    explicit future_core(F&& future) : typed_core<output_of<F>>(functions) {
        std::construct_at(&future_, std::move(future));
    }
    ~future_core() {}  // The future is destroyed when the task ends.

    static bool poll(task_core& core, context& cx) noexcept {
        auto& self = static_cast<future_core&>(core);
        try {
            yot_run::poll<output_of<F>> answer = self.future_.poll(cx);
            if (answer.is_pending()) return false;
            if constexpr (std::is_void_v<output_of<F>>) self.result.complete();
            else self.result.complete(std::move(answer).value());
        } catch (...) {
            self.result.fail(std::current_exception());
        }
        std::destroy_at(&self.future_);
        return true;
    }
    static void cancel(task_core& core) noexcept {
        auto& self = static_cast<future_core&>(core);
        std::destroy_at(&self.future_);
        self.result.cancel();
    }
    static void destroy(task_core& core) noexcept { delete &static_cast<future_core&>(core); }
    static void describe(const task_core& core, description& into) {
        into.line("waits for");
        into.below([&] { describe_future(static_cast<const future_core&>(core).future_, into); });
    }
    static constexpr task_functions functions{
        poll, cancel, future_core::how, future_core::discard, describe, destroy};

    union {
        F future_;
    };
};

template <class T>
coroutine_core<T>& make_core(task<T> task) {
    return coroutine_core<T>::make(std::move(task));
}
template <future F>
    requires(!is_task<F> && !std::is_reference_v<F>)
future_core<F>& make_core(F&& future) {
    return future_core<F>::make(std::move(future));
}

// A callable that gives a task, as a task that keeps the callable (and what it captured) alive.
template <class Callable>
auto call_in_task(Callable callable) -> std::invoke_result_t<Callable&> {
    co_return co_await callable();
}

template <class C>
concept task_callable = !future<C> && std::invocable<C&> && is_task<std::invoke_result_t<C&>>;

}  // namespace internal

// What can be run: a future, or a callable without arguments that returns a task. A lambda that is
// a coroutine must outlive its task; hand over the lambda itself, not what it returns.
template <class W>
concept runnable = future<std::decay_t<W>> || internal::task_callable<std::decay_t<W>>;

namespace internal {

template <runnable W>
auto as_future(W&& work) {
    if constexpr (future<std::decay_t<W>>) return std::decay_t<W>(std::forward<W>(work));
    else return call_in_task<std::decay_t<W>>(std::forward<W>(work));
}

template <class W>
using runnable_output = output_of<decltype(as_future(std::declval<W>()))>;

template <runnable W>
join_handle<runnable_output<W>> spawn_on(
    spawner& where, W&& work,
    const std::source_location& place = std::source_location::current()) {
    auto& core = make_core(as_future(std::forward<W>(work)));
    core.spawned_at(place);
    join_handle<runnable_output<W>> handle(core);
    where.adopt(core);
    return handle;
}

}  // namespace internal

// Runs `work` as a task of the current runtime, concurrently with the caller.
// Threads: in any task, and on any thread that has entered a runtime. Elsewhere it throws
// std::logic_error. After the runtime's shutdown the handle reports `task_cancelled`. The place is for
// runtime::dump().
template <runnable W>
join_handle<internal::runnable_output<W>> spawn(
    W&& work, const std::source_location& place = std::source_location::current()) {
    const environment* here = current_environment();
    if (here == nullptr || here->spawner == nullptr) internal::throw_no_runtime();
    return internal::spawn_on(*here->spawner, std::forward<W>(work), place);
}

}  // namespace yot_run::inline YOT_RUN_WORLD
