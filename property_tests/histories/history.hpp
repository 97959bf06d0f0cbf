// property_tests/histories/history.hpp: what threads did to an object: for each operation when it began,
// when it ended, and with what outcome.
//
// Moments are numbers that grow; no two are the same. An operation that ended before another one began
// comes before it; otherwise the two overlap.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iomanip>
#include <ostream>
#include <utility>
#include <vector>

namespace history_property {

template <class Operation>
struct event {
    Operation operation;
    std::uint64_t invoked;
    std::uint64_t responded;
};

// By thread; those of one thread in the order in which it performed them. All have ended.
template <class Operation>
using history = std::vector<std::vector<event<Operation>>>;

template <class Operation>
[[nodiscard]] bool overlap(const event<Operation>& one, const event<Operation>& other) {
    return one.invoked < other.responded && other.invoked < one.responded;
}

// True: some operation of another thread than `thread` overlaps `one`, and is as `is_wanted` says.
template <class Operation, class Predicate>
[[nodiscard]] bool overlaps_another(const history<Operation>& all, std::size_t thread,
                                    const event<Operation>& one, Predicate is_wanted) {
    for (std::size_t other = 0; other < all.size(); ++other) {
        if (other == thread) continue;
        for (const event<Operation>& each : all[other])
            if (overlap(one, each) && std::invoke(is_wanted, each.operation)) return true;
    }
    return false;
}

// A line for each operation, in the order in which they began.
template <class Operation>
void tell(std::ostream& out, const history<Operation>& all) {
    std::vector<std::pair<const event<Operation>*, std::size_t>> lines;
    for (std::size_t thread = 0; thread < all.size(); ++thread)
        for (const event<Operation>& each : all[thread]) lines.emplace_back(&each, thread);
    std::ranges::sort(lines, {}, [](const auto& line) { return line.first->invoked; });
    for (const auto& [each, thread] : lines)
        out << std::setw(5) << each->invoked << " to " << std::setw(3) << each->responded
            << "  thread " << thread << "  " << each->operation << '\n';
}

}  // namespace history_property
