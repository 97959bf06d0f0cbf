// yot_run/task/poll.hpp: what polling a future gives: a value, or "not yet".
//
// Contract of every future: one that answers `poll_pending` has stored a clone of the context's
// waker where somebody will call it. One that has given its value is not polled again.
// Checked by: poll_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace yot_run::inline YOT_RUN_WORLD {

struct poll_pending_t {};
// The answer "not yet", for any `poll<T>`.
inline constexpr poll_pending_t poll_pending{};

template <class T = void>
class [[nodiscard]] poll {
    static_assert(std::is_object_v<T>, "a future gives an object or void, not a reference");

public:
    using value_type = T;

    constexpr poll(poll_pending_t) noexcept {}
    template <class U = T>
        requires(std::is_constructible_v<T, U> &&
                 !std::is_same_v<std::remove_cvref_t<U>, poll<T>> &&
                 !std::is_same_v<std::remove_cvref_t<U>, poll_pending_t>)
    constexpr explicit(!std::is_convertible_v<U, T>) poll(U&& value)
        : value_(std::in_place, std::forward<U>(value)) {}

    [[nodiscard]] constexpr bool is_ready() const noexcept { return value_.has_value(); }
    [[nodiscard]] constexpr bool is_pending() const noexcept { return !is_ready(); }
    // REQUIRES: is_ready().
    [[nodiscard]] constexpr T& value() & noexcept { return *value_; }
    [[nodiscard]] constexpr T&& value() && noexcept { return *std::move(value_); }

private:
    std::optional<T> value_;
};

template <>
class [[nodiscard]] poll<void> {
public:
    using value_type = void;

    constexpr poll(poll_pending_t) noexcept {}
    // Ready. Also what `return {}` means in a function that returns `poll<>`.
    constexpr poll() noexcept : ready_(true) {}

    [[nodiscard]] constexpr bool is_ready() const noexcept { return ready_; }
    [[nodiscard]] constexpr bool is_pending() const noexcept { return !ready_; }
    constexpr void value() const noexcept {}

private:
    bool ready_ = false;
};

// What stands for `void` where an object is needed: in the tuples and variants of combinators.
template <class T>
using regular_t = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

}  // namespace yot_run::inline YOT_RUN_WORLD
