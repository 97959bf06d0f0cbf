// property_tests/histories/injector_specification.hpp: what executor/injector.hpp promises to producers
// and takers: a push puts a node at the end, and a taker gets all nodes that are there, in their order.
// Checked by: linearizability.cpp.
#pragma once

#include <ostream>
#include <vector>

namespace history_property {

enum class injector_call { push, take_all };

struct injector_operation {
    injector_call call;
    std::vector<int> nodes = {};  // The one that was pushed, or those that were taken.

    friend std::ostream& operator<<(std::ostream& out, const injector_operation& one) {
        out << (one.call == injector_call::push ? "push" : "take_all:");
        for (const int node : one.nodes) out << ' ' << node;
        return out;
    }
};

struct injector_specification {
    using operation = injector_operation;
    using state = std::vector<int>;  // The oldest first.

    [[nodiscard]] static bool apply(const operation& one, state& nodes) {
        if (one.call == injector_call::push) {
            nodes.insert(nodes.end(), one.nodes.begin(), one.nodes.end());
            return true;
        }
        if (one.nodes != nodes) return false;
        nodes.clear();
        return true;
    }
};

}  // namespace history_property
