// property_tests/parts/timer_wheel.cpp: reactor/timer_wheel.hpp fires what a sorted map fires, in
// its order; deadlines and steps from one tick to all of time.
#include <yot_run/reactor/timer_wheel.hpp>

#include <property_tests/parts/timer_wheel_reference.hpp>

#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <algorithm>
#include <deque>

namespace {

using reference::later;
using reference::tick;
using yot_run::internal::timer_list;
using yot_run::internal::timer_node;

struct model : reference::timer_wheel {
    int inserted = 0;
};

struct part {
    ~part() {
        timer_list rest;
        wheel.drain(rest);
        while (rest.pop_front() != nullptr) {
        }
    }
    timer_node* node(int number) { return &nodes.at(std::size_t(number)); }

    yot_run::internal::timer_wheel wheel;
    std::deque<timer_node> nodes;  // By number.
};

using command = rc::state::Command<model, part>;

// Distances of every size: a uniform choice would make nearly all of them enormous.
tick any_distance() {
    const int digits = *rc::gen::inRange(0, 65);
    if (digits == 0) return 0;
    const tick all = ~tick{0} >> (64 - digits);
    return *rc::gen::inRange<tick>(0, all) + *rc::gen::inRange<tick>(0, 2);
}

struct insert : command {
    tick distance = any_distance();
    bool is_past = *rc::gen::weightedElement<bool>({{9, false}, {1, true}});

    tick deadline(tick now) const {
        return is_past ? now - std::min(now, distance) : later(now, distance);
    }
    void apply(model& expected) const override {
        expected.insert(expected.inserted++, deadline(expected.now()));
    }
    void run(const model& before, part& actual) const override {
        actual.wheel.insert(actual.nodes.emplace_back(), deadline(before.now()));
    }
    void show(std::ostream& out) const override {
        out << "insert " << distance << (is_past ? " ago" : " from now");
    }
};

struct cancel : command {
    std::size_t which = *rc::gen::inRange<std::size_t>(0, 1000);

    void checkPreconditions(const model& before) const override { RC_PRE(!before.empty()); }
    void apply(model& expected) const override { expected.remove_nth(which); }
    void run(const model& before, part& actual) const override {
        actual.wheel.remove(*actual.node(before.nth(which)));
    }
    void show(std::ostream& out) const override { out << "cancel the " << which << "th"; }
};

struct advance : command {
    tick distance = any_distance();

    void apply(model& expected) const override {
        expected.advance(later(expected.now(), distance));
    }
    void run(const model& before, part& actual) const override {
        model expected = before;
        const tick now = later(before.now(), distance);
        timer_list fired;
        actual.wheel.advance(now, fired);
        for (const int due : expected.advance(now))
            RC_ASSERT(fired.pop_front() == actual.node(due));
        RC_ASSERT(fired.empty());
        RC_ASSERT(actual.wheel.now() == now);
    }
    void show(std::ostream& out) const override { out << "advance by " << distance; }
};

struct look : command {
    void apply(model&) const override {}
    void run(const model& before, part& actual) const override {
        RC_ASSERT(actual.wheel.size() == before.size());
        RC_ASSERT(actual.wheel.next_deadline() == before.next_deadline());
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
