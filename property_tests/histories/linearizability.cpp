// property_tests/histories/linearizability.cpp: the verdicts of linearizability.hpp are right: on
// histories written by hand, and on random ones, where trying every order there is gives the same.
#include <property_tests/histories/linearizability.hpp>

#include <property_tests/histories/deque_specification.hpp>
#include <property_tests/histories/injector_specification.hpp>

#include <rapidcheck.h>

#include <iostream>
#include <map>
#include <numeric>
#include <string_view>

namespace {

using namespace history_property;
using deque_history = history<deque_operation>;
using injector_history = history<injector_operation>;

deque_operation pushed(int item) { return {deque_call::push, item}; }
deque_operation popped(int item) { return {deque_call::pop, item}; }
deque_operation popped_nothing() { return {deque_call::pop}; }
deque_operation stole(int item) { return {deque_call::steal, item}; }
deque_operation stole_nothing() { return {deque_call::steal}; }
deque_operation lost_race() { return {deque_call::steal, std::nullopt, true}; }

struct deque_example {
    std::string_view name;
    bool is_right;
    deque_history all;  // The owner first.
};
const std::vector<deque_example> deque_examples{
    {"nothing happens", true, {{}, {}}},
    {"the owner takes the youngest",
     true,
     {{{pushed(0), 1, 2}, {pushed(1), 3, 4}, {popped(1), 5, 6}}}},
    {"the owner takes the oldest",
     false,
     {{{pushed(0), 1, 2}, {pushed(1), 3, 4}, {popped(0), 5, 6}}}},
    {"thieves take the oldest first",
     true,
     {{{pushed(0), 1, 2}, {pushed(1), 3, 4}}, {{stole(0), 5, 6}}, {{stole(1), 7, 8}}}},
    {"thieves take the youngest first",
     false,
     {{{pushed(0), 1, 2}, {pushed(1), 3, 4}}, {{stole(1), 5, 6}}, {{stole(0), 7, 8}}}},
    {"thieves at the same time take one each",
     true,
     {{{pushed(0), 1, 2}, {pushed(1), 3, 4}}, {{stole(1), 5, 8}}, {{stole(0), 6, 7}}}},
    {"the last element goes to the thief",
     true,
     {{{pushed(0), 1, 2}, {popped_nothing(), 3, 6}}, {{stole(0), 4, 5}}}},
    {"the last element goes to both",
     false,
     {{{pushed(0), 1, 2}, {popped(0), 3, 6}}, {{stole(0), 4, 5}}}},
    {"the last element goes to nobody",
     false,
     {{{pushed(0), 1, 2}, {popped_nothing(), 3, 6}}, {{stole_nothing(), 4, 5}}}},
    {"an element is taken before it is pushed", false, {{{pushed(0), 3, 4}}, {{stole(0), 1, 2}}}},
    {"an element is taken while it is pushed", true, {{{pushed(0), 1, 3}}, {{stole(0), 2, 4}}}},
    {"an element is not found while it is pushed",
     true,
     {{{pushed(0), 1, 4}}, {{stole_nothing(), 2, 3}}}},
    {"an element is not found after it was pushed",
     false,
     {{{pushed(0), 1, 2}}, {{stole_nothing(), 3, 4}}}},
    {"an element is found and then not yet there",
     false,
     {{{pushed(0), 1, 8}, {pushed(1), 9, 10}, {popped(1), 11, 12}, {popped_nothing(), 13, 14}},
      {{stole_nothing(), 4, 5}, {stole(0), 6, 7}},
      {{stole(0), 2, 3}}}},
    {"a race is lost to the owner",
     true,
     {{{pushed(0), 1, 2}, {popped(0), 3, 5}}, {{lost_race(), 4, 6}}}},
    {"a race is lost to a thief",
     true,
     {{{pushed(0), 1, 2}}, {{lost_race(), 3, 6}}, {{stole(0), 4, 5}}}},
    {"a race is lost to one who had ended",
     false,
     {{{pushed(0), 1, 2}, {popped(0), 3, 4}}, {{lost_race(), 5, 6}}}},
    {"a race is lost to one who found nothing",
     false,
     {{{popped_nothing(), 1, 4}}, {{lost_race(), 2, 3}}}},
    {"a race is lost to one who pushed", false, {{{pushed(0), 1, 4}}, {{lost_race(), 2, 3}}}},
    {"a race is lost when nothing is left to race for",
     true,
     {{{pushed(0), 1, 2}, {popped(0), 3, 7}}, {{stole_nothing(), 4, 5}, {lost_race(), 6, 8}}}},
};

injector_operation put(int node) { return {injector_call::push, {node}}; }
injector_operation took(std::vector<int> nodes) {
    return {injector_call::take_all, std::move(nodes)};
}

struct injector_example {
    std::string_view name;
    bool is_right;
    injector_history all;
};
const std::vector<injector_example> injector_examples{
    {"all are taken, oldest first", true, {{{put(0), 1, 2}, {put(1), 3, 4}, {took({0, 1}), 5, 6}}}},
    {"all are taken, youngest first",
     false,
     {{{put(0), 1, 2}, {put(1), 3, 4}, {took({1, 0}), 5, 6}}}},
    {"pushes at the same time have either order",
     true,
     {{{put(0), 1, 3}}, {{put(1), 2, 4}}, {{took({1, 0}), 5, 6}}}},
    {"a node is left behind", false, {{{put(0), 1, 2}, {put(1), 3, 4}}, {{took({0}), 5, 6}}}},
    {"a node is left for the next one while it is pushed",
     true,
     {{{put(0), 1, 2}, {put(1), 3, 6}}, {{took({0}), 4, 5}, {took({1}), 7, 8}}}},
    {"a node overtakes another producer's",
     false,
     {{{put(0), 1, 2}}, {{put(1), 3, 4}}, {{took({1}), 5, 6}, {took({0}), 7, 8}}}},
    {"two take the same node", false, {{{put(0), 1, 2}}, {{took({0}), 3, 5}}, {{took({0}), 4, 6}}}},
    {"one takes a node, and the other one nothing",
     true,
     {{{put(0), 1, 2}}, {{took({0}), 3, 6}}, {{took({}), 4, 5}}}},
    {"a node is not found after it was pushed", false, {{{put(0), 1, 2}}, {{took({}), 3, 4}}}},
};

template <specification Specification, class Examples>
bool verdicts_are_right(const Examples& examples, auto has_other_fault) {
    bool all_right = true;
    for (const auto& [name, is_right, all] : examples) {
        const bool verdict = is_linearizable<Specification>(all) && !has_other_fault(all);
        if (verdict == is_right) continue;
        std::cout << "'" << name << "' should" << (is_right ? "" : " not") << " be right:\n";
        tell(std::cout, all);
        all_right = false;
    }
    return all_right;
}

// What a deque has done that performs one operation after the other, and when: operation i takes
// effect at i, begins at most three before and ends at most three after that.
deque_history any_true_history() {
    constexpr std::uint64_t slack = 4;
    struct span {
        std::uint64_t first;
        std::uint64_t last;
    };
    // Of moments that fall together, beginnings come first, so that more operations overlap.
    const auto begin_at = [](std::uint64_t when, std::uint64_t number) {
        return 100 * when + number;
    };
    const auto end_at = [](std::uint64_t when, std::uint64_t number) {
        return 100 * when + 50 + number;
    };
    deque_history all(3);
    std::vector<span> last_span(all.size(), {0, 0});
    std::deque<int> elements;
    const auto operations = *rc::gen::inRange<std::uint64_t>(1, 7);
    int items = 0;
    for (std::uint64_t i = 0; i < operations; ++i) {
        const auto thread = *rc::gen::inRange<std::size_t>(0, all.size());
        deque_operation done{deque_call::steal};
        if (thread == 0) done.call = *rc::gen::element(deque_call::push, deque_call::pop);
        if (done.call == deque_call::push) {
            done.item = items++;
        } else if (!elements.empty()) {
            done.item = done.call == deque_call::pop ? elements.back() : elements.front();
        }
        RC_ASSERT(deque_specification::apply(done, elements));

        const std::uint64_t effect = slack + i;
        span& before = last_span[thread];
        before.last = std::min(before.last, effect - 1);
        if (!all[thread].empty()) all[thread].back().responded = end_at(before.last, before.first);
        const auto early = *rc::gen::inRange<std::uint64_t>(0, slack);
        const auto late = *rc::gen::inRange<std::uint64_t>(0, slack);
        const std::uint64_t begin = std::max(effect - early, before.last + 1);
        all[thread].push_back({done, begin_at(begin, i), end_at(effect + late, i)});
        before = {i, effect + late};
    }
    return all;
}

// One of the operations that take has another outcome.
void falsify(deque_history& all) {
    std::vector<deque_operation*> takes;
    for (auto& of_thread : all)
        for (auto& each : of_thread)
            if (each.operation.call != deque_call::push) takes.push_back(&each.operation);
    if (takes.empty()) return;
    deque_operation& chosen = *takes[*rc::gen::inRange<std::size_t>(0, takes.size())];
    const int item = *rc::gen::inRange(-1, 3);
    chosen.item = item < 0 ? std::nullopt : std::optional(item);
}

// The definition itself.
bool some_order_is_right(const deque_history& all) {
    std::vector<event<deque_operation>> order;
    for (const auto& of_thread : all) order.insert(order.end(), of_thread.begin(), of_thread.end());
    const auto by_invocation = [](const auto& one, const auto& other) {
        return one.invoked < other.invoked;
    };
    std::ranges::sort(order, by_invocation);
    do {
        bool is_right = true;
        deque_specification::state elements;
        for (std::size_t i = 0; i < order.size() && is_right; ++i) {
            for (std::size_t later = i + 1; later < order.size(); ++later)
                is_right &= order[later].responded > order[i].invoked;
            is_right &= deque_specification::apply(order[i].operation, elements);
        }
        if (is_right) return true;
    } while (std::ranges::next_permutation(order, by_invocation).found);
    return false;
}

struct shown_history {
    const deque_history& all;
    friend std::ostream& operator<<(std::ostream& out, const shown_history& one) {
        tell(out, one.all);
        return out;
    }
};

}  // namespace

int main() {
    bool holds = verdicts_are_right<deque_specification>(
        deque_examples, [](const deque_history& all) { return !lost_races_have_winners(all); });
    holds &= verdicts_are_right<injector_specification>(
        injector_examples, [](const injector_history&) { return false; });

    holds &= rc::check("what has happened is linearizable", [] {
        const deque_history all = any_true_history();
        RC_LOG() << shown_history{all};
        RC_ASSERT(is_linearizable<deque_specification>(all));
    });
    std::map<bool, int> verdicts;
    holds &= rc::check("a history is linearizable if some order of its operations is right", [&] {
        deque_history all = any_true_history();
        falsify(all);
        RC_LOG() << shown_history{all};
        const bool expected = some_order_is_right(all);
        ++verdicts[expected];
        RC_ASSERT(is_linearizable<deque_specification>(all) == expected);
    });
    const int histories = verdicts[true] + verdicts[false];
    // A few, as when one is repeated, need not give both verdicts.
    holds &= histories < 100 || std::min(verdicts[true], verdicts[false]) > histories / 10;
    std::cout << verdicts[true] << " random histories that are linearizable, " << verdicts[false]
              << " that are not\n";
    return holds ? 0 : 1;
}
