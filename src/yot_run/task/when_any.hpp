// yot_run/task/when_any.hpp: waits for the first of several futures (also known as select).
//
//   when_any(f, g, ...)      gives std::variant of the values, whose index() is the winner's;
//                            std::monostate stands for void
//   when_any(std::vector)    gives the winner's index and its value
//
// The children (tasks, join handles, any futures) are moved in, and polled by whoever polls the
// combinator. Once a child is ready all of them are destroyed, the losers thereby cancelled, and
// only then is the value given. Of several that are ready in one poll the first wins, in the order
// of turns.hpp: the one named first, so that a program does the same every time.
//
// Errors: what a child throws before any is ready is rethrown, after all of them were destroyed.
// Without children nothing could ever win: that does not compile, and for a vector it throws
// std::invalid_argument.
// The children of the variant are all polled whenever the combinator is; those of the vector only
// when their own waker was called (wake_set.hpp), so large sets belong there.
// Threads: as for any future, one at a time; it may be moved until it is first polled.
// Checked by: when_any_test.cpp.
#pragma once

#include <yot_run/task/describe.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/turns.hpp>
#include <yot_run/task/wake_set.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {

namespace internal {
[[noreturn]] void throw_nothing_to_wait_for();
}

template <future... F>
class [[nodiscard]] when_any_future {
public:
    using value_type = std::variant<regular_t<output_of<F>>...>;

    explicit when_any_future(F&&... futures) : children_(std::in_place, std::move(futures)...) {}

    yot_run::poll<value_type> poll(context& cx) {
        std::optional<value_type> winner;
        try {
            turns_.poll(cx, [&](auto index) { return !poll_child<index>(cx, winner); });
        } catch (...) {
            children_.reset();
            throw;
        }
        if (!winner) return poll_pending;
        children_.reset();
        return *std::move(winner);
    }

    void describe(description& into) const {
        into.line("any of");
        into.below([&] {
            if (!children_) return;
            std::apply(
                [&](const auto&... child) { (internal::describe_future(child, into), ...); },
                *children_);
        });
    }

private:
    template <std::size_t Index>
    bool poll_child(context& cx, std::optional<value_type>& winner) {
        auto answer = std::get<Index>(*children_).poll(cx);
        if (answer.is_pending()) return false;
        cx.charge();
        if constexpr (std::is_void_v<typename decltype(answer)::value_type>)
            winner.emplace(std::in_place_index<Index>);
        else winner.emplace(std::in_place_index<Index>, std::move(answer).value());
        return true;
    }

    std::optional<std::tuple<F...>> children_;
    internal::turns<sizeof...(F)> turns_;
};

// Who won, and what it gave.
template <class T>
struct when_any_result {
    std::size_t index;
    T value;
};

template <future F>
class [[nodiscard]] when_any_vector_future {
public:
    using value_type = when_any_result<regular_t<output_of<F>>>;

    // Throws std::invalid_argument when there are none.
    explicit when_any_vector_future(std::vector<F>&& futures)
        : woken_(futures.size()), children_(std::move(futures)) {
        if (children_.empty()) internal::throw_nothing_to_wait_for();
    }

    yot_run::poll<value_type> poll(context& cx) {
        std::optional<value_type> winner;
        try {
            woken_.poll(cx, [&](std::size_t index, context& child_cx) {
                return !poll_child(index, child_cx, winner);
            });
        } catch (...) {
            children_.clear();
            throw;
        }
        if (!winner) return poll_pending;
        children_.clear();
        return *std::move(winner);
    }

    void describe(description& into) const {
        into.line("any of " + std::to_string(children_.size()) + ", of which the first is");
        into.below([&] {
            if (!children_.empty()) internal::describe_future(children_.front(), into);
        });
    }

private:
    bool poll_child(std::size_t index, context& cx, std::optional<value_type>& winner) {
        yot_run::poll<output_of<F>> answer = children_[index].poll(cx);
        if (answer.is_pending()) return false;
        cx.charge();
        if constexpr (std::is_void_v<output_of<F>>) winner.emplace(value_type{index, {}});
        else winner.emplace(value_type{index, std::move(answer).value()});
        return true;
    }

    internal::woken_children woken_;  // Goes after the children, whose wakers point into it.
    std::vector<F> children_;
};

// Waits for the first of `futures`, which are moved in.
template <class... F>
    requires(future<F> && ...)
[[nodiscard]] auto when_any(F&&... futures) {
    static_assert(sizeof...(F) > 0, "when_any needs a future to wait for");
    static_assert((!std::is_lvalue_reference_v<F> && ...),
                  "when_any takes its futures over: pass temporaries or std::move(future)");
    return when_any_future<std::remove_cvref_t<F>...>(std::move(futures)...);
}

// Waits for the first of `futures`. Throws std::invalid_argument when there are none, and
// std::bad_alloc.
template <future F>
[[nodiscard]] when_any_vector_future<F> when_any(std::vector<F>&& futures) {
    return when_any_vector_future<F>(std::move(futures));
}
template <future F>
void when_any(const std::vector<F>& /*futures*/) {
    static_assert(!future<F>, "when_any takes its futures over: pass std::move(vector_of_futures)");
}

}  // namespace yot_run::inline YOT_RUN_WORLD
