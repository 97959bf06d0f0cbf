// property_tests/parts/injector_reference.hpp: what executor/injector.hpp promises to one thread.
// Nodes are numbers. Used by: the property and the fuzzer injector.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace reference {

class injector {
public:
    [[nodiscard]] bool empty() const { return queued_.empty(); }
    // A node that is queued must not be pushed. One that was taken may be, at once.
    [[nodiscard]] bool may_push(int node) const {
        return std::find(queued_.begin(), queued_.end(), node) == queued_.end();
    }
    void push(int node) { queued_.push_back(node); }
    // Oldest first.
    std::vector<int> take_all() { return std::exchange(queued_, {}); }

private:
    std::vector<int> queued_;
};

}  // namespace reference
