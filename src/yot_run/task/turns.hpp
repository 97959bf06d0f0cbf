// yot_run/task/turns.hpp: in which order a combinator polls a fixed number of children.
//
// First to last, every time: so the outcome is reproducible, and of several that are ready the one
// written first comes first. Only a poll that runs out of budget stops half-way; the next one goes
// on with the child whose turn it was, and then with those before it. So a child that uses up
// whatever budget there is cannot keep the others from their turn.
// Checked by: turns_test.cpp.
#pragma once

#include <yot_run/task/context.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

template <std::size_t Count>
class turns {
public:
    // Calls `poll_child` with the index of each child, an integral constant, until all have had
    // their turn, or it returns false, or the budget is used up: then the waker has been called.
    template <class PollChild>
    void poll(context& cx, PollChild poll_child) {
        poll(cx, poll_child, std::make_index_sequence<Count>());
    }

private:
    template <class PollChild, std::size_t... Index>
    void poll([[maybe_unused]] context& cx, [[maybe_unused]] PollChild& poll_child,
              std::index_sequence<Index...>) {
        [[maybe_unused]] const std::size_t first = std::exchange(first_, 0);
        const bool reached_end =
            ((Index < first || poll_one<Index>(cx, poll_child)) && ... && true);
        if (!reached_end) return;
        static_cast<void>(((Index >= first || poll_one<Index>(cx, poll_child)) && ... && true));
    }

    template <std::size_t Index, class PollChild>
    bool poll_one(context& cx, PollChild& poll_child) {
        if (cx.must_yield()) {
            first_ = Index;
            return false;
        }
        return poll_child(std::integral_constant<std::size_t, Index>());
    }

    std::size_t first_ = 0;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
