// property_tests/histories/linearizability.hpp: is a history what an object could have done that
// performs one operation after the other?
//
// It is, if its operations can be put in an order in which each has the outcome that the specification
// allows there, and which keeps: what had ended before another operation began comes first (Herlihy and
// Wing, TOPLAS 1990). The search for such an order is Wing and Gong's (JPDC 1993): take any operation
// before which no other has to come, and go on; with Lowe's refinement (CCPE 2017), by which nothing is
// searched twice. What is still to be done depends on the operations that were taken, for each thread
// its first few, and on the state they have led to: not on their order.
// Checked by: linearizability.cpp.
#pragma once

#include <property_tests/histories/history.hpp>

#include <algorithm>
#include <compare>
#include <concepts>
#include <limits>
#include <set>
#include <utility>

namespace history_property {

// A sequential specification: `apply` says whether the operation may have its outcome in this state, and
// if so, makes the state the one after it. At first the state is as made.
template <class S>
concept specification =
    std::default_initializable<typename S::state> && std::three_way_comparable<typename S::state> &&
    requires(const typename S::operation& operation, typename S::state& state) {
        { S::apply(operation, state) } -> std::same_as<bool>;
    };

template <specification Specification>
[[nodiscard]] bool is_linearizable(const history<typename Specification::operation>& all) {
    struct position {
        std::vector<std::size_t> taken;  // How many of each thread's operations.
        typename Specification::state state;
        auto operator<=>(const position&) const = default;
    };
    const auto has_next = [&](const position& at, std::size_t thread) {
        return at.taken[thread] < all[thread].size();
    };

    std::set<position> seen;
    std::vector<position> open{{std::vector<std::size_t>(all.size()), {}}};
    while (!open.empty()) {
        const position at = std::move(open.back());
        open.pop_back();
        bool is_complete = true;
        auto first_response = std::numeric_limits<std::uint64_t>::max();
        for (std::size_t thread = 0; thread < all.size(); ++thread) {
            if (!has_next(at, thread)) continue;
            is_complete = false;
            first_response = std::min(first_response, all[thread][at.taken[thread]].responded);
        }
        if (is_complete) return true;
        for (std::size_t thread = 0; thread < all.size(); ++thread) {
            if (!has_next(at, thread)) continue;
            const auto& next = all[thread][at.taken[thread]];
            if (next.invoked > first_response) continue;
            position after = at;
            if (!Specification::apply(next.operation, after.state)) continue;
            ++after.taken[thread];
            if (seen.insert(after).second) open.push_back(std::move(after));
        }
    }
    return false;
}

}  // namespace history_property
