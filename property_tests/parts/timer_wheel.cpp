// property_tests/parts/timer_wheel.cpp: reactor/timer_wheel.hpp fires what a sorted map fires, in
// its order; deadlines and steps from one tick to all of time.
#include <yot_run/reactor/timer_wheel.hpp>

#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <vector>

namespace {

using yot_run::internal::timer_list;
using yot_run::internal::timer_node;
using yot_run::internal::timer_wheel;
using tick = std::uint64_t;

// By deadline; those of one tick in the order in which they came (a std::multimap keeps it).
struct model {
    std::multimap<tick, int> waiting;
    tick now = 0;
    int inserted = 0;
};

struct part {
    ~part() {
        timer_list rest;
        wheel.drain(rest);
        while (rest.pop_front() != nullptr) {
        }
    }
    timer_wheel wheel;
    std::vector<std::unique_ptr<timer_node>> nodes;  // By number.
};

using command = rc::state::Command<model, part>;

// Distances of every size: a uniform choice would make nearly all of them enormous.
tick any_distance() {
    const int digits = *rc::gen::inRange(0, 65);
    if (digits == 0) return 0;
    const tick all = ~tick{0} >> (64 - digits);
    return *rc::gen::inRange<tick>(0, all) + *rc::gen::inRange<tick>(0, 2);
}
tick later(tick from, tick distance) {
    const tick last = std::numeric_limits<tick>::max();
    return distance > last - from ? last : from + distance;
}

struct insert : command {
    tick distance = any_distance();
    bool is_past = *rc::gen::weightedElement<bool>({{9, false}, {1, true}});

    tick deadline(const model& from) const {
        return is_past ? from.now - std::min(from.now, distance) : later(from.now, distance);
    }
    void apply(model& expected) const override {
        // A deadline that has passed counts as the present.
        expected.waiting.emplace(std::max(expected.now, deadline(expected)), expected.inserted++);
    }
    void run(const model& before, part& actual) const override {
        actual.nodes.push_back(std::make_unique<timer_node>());
        actual.wheel.insert(*actual.nodes.back(), deadline(before));
    }
    void show(std::ostream& out) const override {
        out << "insert " << distance << (is_past ? " ago" : " from now");
    }
};

struct cancel : command {
    std::size_t which = *rc::gen::inRange<std::size_t>(0, 1000);

    void checkPreconditions(const model& before) const override { RC_PRE(!before.waiting.empty()); }
    auto chosen(auto& waiting) const {
        return std::next(waiting.begin(), std::ptrdiff_t(which % waiting.size()));
    }
    void apply(model& expected) const override { expected.waiting.erase(chosen(expected.waiting)); }
    void run(const model& before, part& actual) const override {
        actual.wheel.remove(*actual.nodes.at(std::size_t(chosen(before.waiting)->second)));
    }
    void show(std::ostream& out) const override { out << "cancel the " << which << "th"; }
};

struct advance : command {
    tick distance = any_distance();

    void apply(model& expected) const override {
        expected.now = later(expected.now, distance);
        expected.waiting.erase(expected.waiting.begin(),
                               expected.waiting.upper_bound(expected.now));
    }
    void run(const model& before, part& actual) const override {
        const tick now = later(before.now, distance);
        timer_list fired;
        actual.wheel.advance(now, fired);
        const auto end = before.waiting.upper_bound(now);
        for (auto due = before.waiting.begin(); due != end; ++due)
            RC_ASSERT(fired.pop_front() == actual.nodes.at(std::size_t(due->second)).get());
        RC_ASSERT(fired.empty());
        RC_ASSERT(actual.wheel.now() == now);
    }
    void show(std::ostream& out) const override { out << "advance by " << distance; }
};

struct look : command {
    void apply(model&) const override {}
    void run(const model& before, part& actual) const override {
        RC_ASSERT(actual.wheel.size() == before.waiting.size());
        const auto next = actual.wheel.next_deadline();
        RC_ASSERT(next.has_value() == !before.waiting.empty());
        if (!next) return;
        const tick first = before.waiting.begin()->first;
        RC_ASSERT(*next <= first);
        constexpr tick digit = 64;
        if (first / digit == before.now / digit) RC_ASSERT(*next == first);
    }
    void show(std::ostream& out) const override { out << "look"; }
};

}  // namespace

int main() {
    const bool holds = rc::check("a wheel fires what a sorted map fires", [] {
        part actual;
        rc::state::check(
            model{}, actual,
            rc::state::gen::execOneOfWithArgs<insert, insert, insert, cancel, advance, look>());
    });
    return holds ? 0 : 1;
}
