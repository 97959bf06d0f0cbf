// property_tests/histories/deque_specification.hpp: what executor/deque.hpp promises to an owner and
// thieves.
//
//   push         puts an element at the bottom.
//   pop          takes the youngest element; finds nothing only if there is none.
//   steal        takes the oldest element; `empty` only if there is none.
//   lost_race    has no effect. The steal overlaps an operation of another thread that took an element.
//
// A lost race says nothing else about its moment; not even that the deque has an element then. A pop
// has lowered bottom to claim the last element, and a thief finds nothing: so the pop comes before
// that. The thief tries again, still reads the old top, then the bottom that the pop has put back by
// now, and loses to the pop, although in every order the deque is empty all the time.
// Checked by: linearizability.cpp.
#pragma once

#include <property_tests/histories/history.hpp>

#include <deque>
#include <optional>
#include <ostream>

namespace history_property {

enum class deque_call { push, pop, steal };

struct deque_operation {
    deque_call call;
    std::optional<int> item = std::nullopt;  // What was pushed or taken.
    bool lost_race = false;
    bool grew = false;  // By this push, and only counted.

    [[nodiscard]] bool has_taken() const { return call != deque_call::push && item.has_value(); }
    friend std::ostream& operator<<(std::ostream& out, const deque_operation& one) {
        switch (one.call) {
            case deque_call::push:
                return out << "push " << *one.item << (one.grew ? ", grew" : "");
            case deque_call::pop:
                out << "pop: ";
                break;
            case deque_call::steal:
                out << "steal: ";
                break;
        }
        if (one.item) return out << *one.item;
        return out << (one.lost_race ? "lost race" : "empty");
    }
};

struct deque_specification {
    using operation = deque_operation;
    using state = std::deque<int>;  // The oldest first.

    [[nodiscard]] static bool apply(const operation& one, state& elements) {
        if (one.call == deque_call::push) {
            elements.push_back(*one.item);
            return true;
        }
        if (one.lost_race) return true;
        if (!one.item) return elements.empty();
        const bool takes_youngest = one.call == deque_call::pop;
        if (elements.empty()) return false;
        if (*one.item != (takes_youngest ? elements.back() : elements.front())) return false;
        if (takes_youngest)
            elements.pop_back();
        else
            elements.pop_front();
        return true;
    }
};

// Whoever loses a race loses it to somebody.
[[nodiscard]] inline bool lost_races_have_winners(const history<deque_operation>& all) {
    for (std::size_t thread = 0; thread < all.size(); ++thread)
        for (const event<deque_operation>& each : all[thread])
            if (each.operation.lost_race &&
                !overlaps_another(all, thread, each, &deque_operation::has_taken))
                return false;
    return true;
}

}  // namespace history_property
