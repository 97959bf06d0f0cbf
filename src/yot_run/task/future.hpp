// yot_run/task/future.hpp: what a future is, and the three smallest ones.
//
// A future is any type with `poll<T> poll(context&)`. It never moves after its first poll, is not
// polled after it has given its value, and is cancelled by destroying it.
// Checked by: future_test.cpp.
#pragma once

#include <yot_run/task/context.hpp>
#include <yot_run/task/poll.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {

namespace internal {
template <class P>
inline constexpr bool is_poll = false;
template <class T>
inline constexpr bool is_poll<poll<T>> = true;
}  // namespace internal

template <class F>
concept future = requires(std::remove_reference_t<F>& f, context& cx) {
    requires internal::is_poll<std::remove_cvref_t<decltype(f.poll(cx))>>;
};

// What a future gives: T of its `poll<T>`.
template <future F>
using output_of = typename std::remove_cvref_t<decltype(
    std::declval<std::remove_reference_t<F>&>().poll(std::declval<context&>()))>::value_type;

// A future that is ready at once.
template <class T>
class [[nodiscard]] ready_future {
public:
    explicit ready_future(T value) : value_(std::move(value)) {}
    yot_run::poll<T> poll(context& /*cx*/) { return std::move(value_); }

private:
    T value_;
};

template <>
class [[nodiscard]] ready_future<void> {
public:
    yot_run::poll<> poll(context& /*cx*/) noexcept { return {}; }
};

template <class T>
[[nodiscard]] ready_future<std::decay_t<T>> ready(T&& value) {
    return ready_future<std::decay_t<T>>(std::forward<T>(value));
}
[[nodiscard]] inline ready_future<void> ready() noexcept { return {}; }

// A future that is never ready: it ends only by being destroyed.
template <class T = void>
class [[nodiscard]] pending_future {
public:
    yot_run::poll<T> poll(context& /*cx*/) noexcept { return poll_pending; }
};

template <class T = void>
[[nodiscard]] pending_future<T> pending() noexcept {
    return {};
}

// A future that is pending once, and asks at once to be polled again: whatever else is runnable on
// this worker gets its turn in between.
class [[nodiscard]] yield_future {
public:
    yot_run::poll<> poll(context& cx) noexcept {
        if (std::exchange(yielded_, true)) return {};
        cx.yield();
        return poll_pending;
    }

private:
    bool yielded_ = false;
};

[[nodiscard]] inline yield_future yield_now() noexcept { return {}; }

}  // namespace yot_run::inline YOT_RUN_WORLD
