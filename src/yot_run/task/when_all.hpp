// yot_run/task/when_all.hpp: waits for several futures at once, and gives all their values.
//
//   when_all(f, g, ...)      gives std::tuple of the values; std::monostate stands for void
//   when_all(std::vector)    gives std::vector of the values, in the order of the futures; nothing
//                            (void) when they give nothing
//
// The children (tasks, join handles, any futures) are moved in, and polled by whoever polls the
// combinator, on its thread: they take turns, they do not run in parallel. Spawn them and wait for
// their handles for that. A child is destroyed when it has finished; what it gave is kept. Without
// children the combinator is ready at once.
//
// Errors: what a child throws is rethrown at once, the first child's in the order of turns.hpp if
// several throw in the same poll. The others are destroyed, and so cancelled, with the combinator.
// The children of the tuple are all polled whenever the combinator is; those of the vector only
// when their own waker was called (wake_set.hpp), so large sets belong there.
// Threads: as for any future, one at a time; it may be moved until it is first polled.
// Checked by: when_all_test.cpp.
#pragma once

#include <yot_run/task/describe.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/turns.hpp>
#include <yot_run/task/wake_set.hpp>

#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {

namespace internal {

// A future, or what it gave.
template <future F>
class joined_child {
public:
    explicit joined_child(F&& future) : state_(std::in_place_index<0>, std::move(future)) {}

    [[nodiscard]] bool is_finished() const noexcept { return state_.index() == 1; }
    // True: this poll was the one that finished it.
    bool poll(context& cx) {
        F* const unfinished = std::get_if<0>(&state_);
        if (unfinished == nullptr) return false;
        yot_run::poll<output_of<F>> answer = unfinished->poll(cx);
        if (answer.is_pending()) return false;
        cx.charge();
        if constexpr (std::is_void_v<output_of<F>>) state_.template emplace<1>();
        else state_.template emplace<1>(std::move(answer).value());
        return true;
    }
    void describe(description& into) const {
        if (const F* const unfinished = std::get_if<0>(&state_)) describe_future(*unfinished, into);
    }
    // REQUIRES: is_finished().
    [[nodiscard]] regular_t<output_of<F>>&& take() noexcept {
        return std::move(*std::get_if<1>(&state_));
    }

private:
    std::variant<F, regular_t<output_of<F>>> state_;
};

}  // namespace internal

template <future... F>
class [[nodiscard]] when_all_future {
public:
    using value_type = std::tuple<regular_t<output_of<F>>...>;

    explicit when_all_future(F&&... futures) : children_(std::move(futures)...) {}

    yot_run::poll<value_type> poll(context& cx) {
        turns_.poll(cx, [&](auto index) {
            std::get<index>(children_).poll(cx);
            return true;
        });
        return std::apply(
            [](auto&... child) -> yot_run::poll<value_type> {
                if (!(child.is_finished() && ...)) return poll_pending;
                return value_type(child.take()...);
            },
            children_);
    }

    void describe(description& into) const {
        into.line("all of");
        into.below([&] {
            std::apply([&](const auto&... child) { (child.describe(into), ...); }, children_);
        });
    }

private:
    std::tuple<internal::joined_child<F>...> children_;
    internal::turns<sizeof...(F)> turns_;
};

template <future F>
class [[nodiscard]] when_all_vector_future {
    static constexpr bool gives_nothing = std::is_void_v<output_of<F>>;

public:
    using value_type =
        std::conditional_t<gives_nothing, void, std::vector<regular_t<output_of<F>>>>;

    explicit when_all_vector_future(std::vector<F>&& futures)
        : unfinished_(futures.size()), woken_(futures.size()) {
        children_.reserve(futures.size());
        for (F& future : futures) children_.emplace_back(std::move(future));
    }

    yot_run::poll<value_type> poll(context& cx) {
        woken_.poll(cx, [&](std::size_t index, context& child_cx) {
            if (children_[index].poll(child_cx)) --unfinished_;
            return true;
        });
        if (unfinished_ > 0) return poll_pending;
        if constexpr (gives_nothing) {
            return {};
        } else {
            value_type values;
            values.reserve(children_.size());
            for (auto& child : children_) values.push_back(child.take());
            return values;
        }
    }

    void describe(description& into) const {
        into.line("all of " + std::to_string(unfinished_) + " that are left; the first is");
        into.below([&] {
            for (const auto& child : children_)
                if (!child.is_finished()) return child.describe(into);
        });
    }

private:
    std::size_t unfinished_;
    internal::woken_children woken_;  // Goes after the children, whose wakers point into it.
    std::vector<internal::joined_child<F>> children_;
};

// Waits for all of `futures`, which are moved in.
template <class... F>
    requires(future<F> && ...)
[[nodiscard]] auto when_all(F&&... futures) {
    static_assert((!std::is_lvalue_reference_v<F> && ...),
                  "when_all takes its futures over: pass temporaries or std::move(future)");
    return when_all_future<std::remove_cvref_t<F>...>(std::move(futures)...);
}

// Waits for all of `futures`. Throws std::bad_alloc.
template <future F>
[[nodiscard]] when_all_vector_future<F> when_all(std::vector<F>&& futures) {
    return when_all_vector_future<F>(std::move(futures));
}
template <future F>
void when_all(const std::vector<F>& /*futures*/) {
    static_assert(!future<F>,
                  "when_all takes its futures over: pass std::move(vector_of_futures)");
}

}  // namespace yot_run::inline YOT_RUN_WORLD
