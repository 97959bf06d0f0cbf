// yot_run/task/task.hpp: the coroutine type.
//
// `task<T>` is lazy (nothing runs before it is awaited, polled or spawned), move-only, owns its
// frame, and is itself a future. Inside, `co_await` takes any future, and any task: an awaited task
// joins the chain of the one that awaits it (chain.hpp). Destroying a task cancels it.
//
// Errors: an exception that escapes the coroutine is rethrown where the task is awaited. Awaiting,
// polling or spawning a task twice, or an empty one, throws std::logic_error.
// Threads: a task is one thread's at a time; it may be resumed on another thread after each await.
// Limits of compilers: a frame is aligned as operator new does, so what is awaited must not be
// aligned further; that does not compile. GCC 12 makes programs that crash from a `co_await` in the
// condition of `if`, `while`, `do` or `switch`, unless it is a bool and stands there alone: name
// the value first, `if (const auto v = co_await f(); v > 2)`. await_patterns_test.cpp has what
// works everywhere.
// Checked by: task_test.cpp, chain_test.cpp, await_patterns_test.cpp.
#pragma once

#include <yot_run/task/block.hpp>
#include <yot_run/task/chain.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/outcome.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {

template <class T = void>
class task;

namespace internal {

template <class T>
class promise;
template <class T>
class coroutine_core;

[[noreturn]] void throw_used_task();

// What an awaiter keeps stands in a coroutine's frame, and compilers align those no further.
template <class T>
inline constexpr bool fits_in_frame =
    alignof(regular_t<T>) <= std::size_t{__STDCPP_DEFAULT_NEW_ALIGNMENT__};

// `co_await` of a future that is not a task: polled in place, where it stands in the frame.
template <future F>
class leaf_awaiter final : public leaf_awaiter_base {
    static_assert(fits_in_frame<output_of<F>>,
                  "a coroutine cannot await a value that is aligned further than operator new "
                  "does: await a pointer to it");

public:
    leaf_awaiter(F& leaf, chain& chain) noexcept : leaf_(leaf), chain_(&chain) {}
    leaf_awaiter(const leaf_awaiter&) = delete;
    leaf_awaiter& operator=(const leaf_awaiter&) = delete;
    ~leaf_awaiter() {
        if (failed_) std::destroy_at(&error_);
    }

    // The first poll; what it throws goes straight to the coroutine.
    bool await_ready() { return poll_once(chain_->current_poll()); }
    void await_suspend(std::coroutine_handle<> /*frame*/) noexcept { chain_->wait_for(*this); }
    output_of<F> await_resume() {
        if (failed_) std::rethrow_exception(error_);
        if constexpr (!std::is_void_v<output_of<F>>) return *std::move(value_);
    }

    // The chain is not needed any more when it polls the leaf.
    bool poll_leaf(context& cx) noexcept override {
        try {
            return poll_once(cx);
        } catch (...) {
            std::construct_at(&error_, std::current_exception());
            failed_ = true;
            return true;
        }
    }

    void describe(description& into) const override { describe_future(leaf_, into); }

private:
    bool poll_once(context& cx) {
        if (cx.must_yield()) return false;
        poll<output_of<F>> answer = leaf_.poll(cx);
        if (answer.is_pending()) return false;
        cx.charge();
        if constexpr (!std::is_void_v<output_of<F>>) value_.emplace(std::move(answer).value());
        return true;
    }

    struct nothing {};
    using value_place = std::conditional_t<std::is_void_v<output_of<F>>, nothing,
                                           std::optional<regular_t<output_of<F>>>>;

    F& leaf_;
    union {
        chain* chain_;
        std::exception_ptr error_;  // If the leaf has failed.
    };
    bool failed_ = false;
    [[no_unique_address]] value_place value_;
};

// `co_await` of a task.
template <class T>
class task_awaiter {
    static_assert(fits_in_frame<T>,
                  "a coroutine cannot await a value that is aligned further than operator new "
                  "does: await a pointer to it");

public:
    explicit task_awaiter(task<T>& child) noexcept : child_(child) {}

    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <class Parent>
    void await_suspend(std::coroutine_handle<Parent> parent) {
        child_.start_as_child(parent.promise(), outcome_);
    }
    T await_resume() { return outcome_.take(); }

private:
    task<T>& child_;
    outcome<T> outcome_;
};

template <class F>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;

// What promises of all types have in common: allocation, and what `co_await` means.
template <class T>
class promise_core : public promise_base {
public:
    [[nodiscard]] static void* operator new(std::size_t size) {
        return block_head<T>::allocate(size);
    }
    static void operator delete(void* frame) noexcept { block_head<T>::release_frame(frame); }

    void deliver_to(outcome<T>& place) noexcept { outcome_ = &place; }
    void unhandled_exception() noexcept { outcome_->fail(std::current_exception()); }

    // A future stays where it is, in a variable or a temporary of the frame, and is polled there.
    template <class F>
    auto await_transform(F&& awaited, const std::source_location& place =
                                          std::source_location::current()) noexcept {
        using awaited_type = std::remove_reference_t<F>;
        this->awaits_from(place);
        static_assert(future<awaited_type>,
                      "co_await in a task takes a future: a type with poll<T> poll(context&)");
        if constexpr (is_task<awaited_type>) {
            return task_awaiter(awaited);
        } else {
            return leaf_awaiter<awaited_type>(awaited, current_chain());
        }
    }

protected:
    promise_core() = default;
    ~promise_core() = default;
    [[nodiscard]] outcome<T>& place() noexcept { return *outcome_; }

private:
    outcome<T>* outcome_ = nullptr;
};

template <class T>
class promise final : public promise_core<T> {
public:
    [[nodiscard]] task<T> get_return_object() noexcept;
    template <class U = T>
        requires std::constructible_from<T, U>
    void return_value(U&& value) {
        this->place().complete(std::forward<U>(value));
    }
};

template <>
class promise<void> final : public promise_core<void> {
public:
    [[nodiscard]] task<void> get_return_object() noexcept;
    void return_void() { place().complete(); }
};

}  // namespace internal

template <class T>
class [[nodiscard]] task {
    static_assert(std::is_void_v<T> || std::is_object_v<T>,
                  "a task gives an object or void, not a reference");

public:
    using promise_type = internal::promise<T>;
    using value_type = T;

    task() = default;
    // REQUIRES: `other` has not been awaited or polled, or has finished.
    task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    task& operator=(task&& other) noexcept {
        task(std::move(other)).swap(*this);
        return *this;
    }
    ~task() {
        if (frame_ != nullptr) destroy();
    }

    // Where the coroutine waits, and for what. See describe.hpp.
    void describe(description& into) const {
        if (frame_ == nullptr || !promise().started()) into.line("a coroutine not yet started");
        else promise().current_chain().describe(into);
    }

    // Runs the coroutine as far as it goes. See future.hpp for the contract.
    yot_run::poll<T> poll(context& cx) {
        promise_type& promise = fresh_or_root();
        internal::outcome<T> outcome;
        promise.deliver_to(outcome);
        if (!promise.current_chain().drive(cx)) return poll_pending;
        destroy();
        if constexpr (std::is_void_v<T>) {
            outcome.take();
            return {};
        } else {
            return outcome.take();
        }
    }

private:
    friend promise_type;
    friend internal::task_awaiter<T>;
    friend internal::coroutine_core<T>;

    explicit task(promise_type& promise) noexcept
        : frame_(std::coroutine_handle<promise_type>::from_promise(promise).address()) {}

    [[nodiscard]] promise_type& promise() const noexcept {
        return std::coroutine_handle<promise_type>::from_address(frame_).promise();
    }
    // The promise of a task that nobody has started. Throws std::logic_error.
    [[nodiscard]] promise_type& fresh() const {
        if (frame_ == nullptr || promise().started()) internal::throw_used_task();
        return promise();
    }
    [[nodiscard]] promise_type& fresh_or_root() const {
        if (frame_ == nullptr) internal::throw_used_task();
        if (!promise().started()) promise().start_as_root();
        if (promise().awaited_by() != nullptr) internal::throw_used_task();
        return promise();
    }
    void start_as_child(internal::promise_base& parent, internal::outcome<T>& place) {
        static_assert(alignof(promise_type) == alignof(internal::promise_base));
        promise_type& promise = fresh();
        promise.deliver_to(place);
        promise.start_as_child(parent, frame_);
    }
    void destroy() noexcept {
        auto frame = std::coroutine_handle<promise_type>::from_address(frame_);
        internal::promise_base& promise = frame.promise();
        frame_ = nullptr;
        const bool unfinished_root =
            promise.started() && promise.awaited_by() == nullptr && !frame.done();
        if (unfinished_root) promise.current_chain().destroy();
        else frame.destroy();
    }
    void swap(task& other) noexcept { std::swap(frame_, other.frame_); }

    void* frame_ = nullptr;
};

namespace internal {

template <class T>
task<T> promise<T>::get_return_object() noexcept {
    return task<T>(*this);
}
inline task<void> promise<void>::get_return_object() noexcept { return task<void>(*this); }

}  // namespace internal
}  // namespace yot_run::inline YOT_RUN_WORLD
