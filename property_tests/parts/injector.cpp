// property_tests/parts/injector.cpp: executor/injector.hpp, by one thread, is a queue that is taken
// whole.
#include <yot_run/executor/injector.hpp>

#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <vector>

namespace {

struct node {
    int number = 0;
    yot_run::sync::cell<node*> next{nullptr};
};

// Nodes that are queued, oldest first, and how many were ever made.
struct model {
    std::vector<int> queued;
    int made = 0;
};

struct part {
    yot_run::internal::injector<node> queue;
    std::vector<std::unique_ptr<node>> nodes;
};

using command = rc::state::Command<model, part>;

struct push : command {
    void apply(model& expected) const override { expected.queued.push_back(expected.made++); }
    void run(const model& before, part& actual) const override {
        actual.nodes.push_back(std::make_unique<node>());
        actual.nodes.back()->number = before.made;
        actual.queue.push(*actual.nodes.back());
    }
    void show(std::ostream& out) const override { out << "push"; }
};

struct take_all : command {
    void apply(model& expected) const override { expected.queued.clear(); }
    void run(const model& before, part& actual) const override {
        std::vector<int> taken;
        for (node* each = actual.queue.take_all(); each != nullptr; each = each->next.get())
            taken.push_back(each->number);
        RC_ASSERT(taken == before.queued);
    }
    void show(std::ostream& out) const override { out << "take_all"; }
};

struct look : command {
    void apply(model&) const override {}
    void run(const model& before, part& actual) const override {
        RC_ASSERT(actual.queue.looks_empty() == before.queued.empty());
    }
    void show(std::ostream& out) const override { out << "look"; }
};

}  // namespace

int main() {
    const bool holds = rc::check("what was pushed is taken once, oldest first", [] {
        part actual;
        rc::state::check(model{}, actual,
                         rc::state::gen::execOneOfWithArgs<push, take_all, look>());
    });
    return holds ? 0 : 1;
}
