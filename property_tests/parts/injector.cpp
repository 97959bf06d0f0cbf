// property_tests/parts/injector.cpp: executor/injector.hpp, by one thread, is a queue that is taken
// whole, from which nodes may go back at once.
#include <yot_run/executor/injector.hpp>

#include <property_tests/parts/injector_reference.hpp>

#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <array>
#include <vector>

namespace {

struct node {
    yot_run::sync::cell<node*> next{nullptr};
};

using model = reference::injector;

constexpr int node_count = 20;

struct part {
    yot_run::internal::injector<node> queue;
    std::array<node, node_count> nodes;
};

using command = rc::state::Command<model, part>;

struct push : command {
    int number = *rc::gen::inRange(0, node_count);

    void checkPreconditions(const model& before) const override { RC_PRE(before.may_push(number)); }
    void apply(model& expected) const override { expected.push(number); }
    void run(const model&, part& actual) const override {
        actual.queue.push(actual.nodes.at(std::size_t(number)));
    }
    void show(std::ostream& out) const override { out << "push " << number; }
};

struct take_all : command {
    void apply(model& expected) const override { expected.take_all(); }
    void run(const model& before, part& actual) const override {
        model expected = before;
        std::vector<int> taken;
        // A batch that goes round for ever is cut off.
        for (node* each = actual.queue.take_all(); each != nullptr && taken.size() <= node_count;
             each = each->next.get())
            taken.push_back(int(each - actual.nodes.data()));
        RC_ASSERT(taken == expected.take_all());
    }
    void show(std::ostream& out) const override { out << "take_all"; }
};

struct look : command {
    void apply(model&) const override {}
    void run(const model& before, part& actual) const override {
        RC_ASSERT(actual.queue.looks_empty() == before.empty());
    }
    void show(std::ostream& out) const override { out << "look"; }
};

}  // namespace

int main() {
    const bool holds = rc::check("what was pushed is taken once, oldest first", [] {
        part actual;
        rc::state::check(model{}, actual,
                         rc::state::gen::execOneOfWithArgs<push, push, take_all, look>());
    });
    return holds ? 0 : 1;
}
