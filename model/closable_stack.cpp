// model/closable_stack.cpp: sync/closable_stack.hpp: what is pushed comes out once, or is refused.
//
// Promise: every node is in exactly one batch, with what its pusher wrote to it (S1, S2), or was
// refused and is still its pusher's; a chain arrives whole.
// Bounds: one and two pushers of two nodes each, alone or as a chain; a taker that takes and closes.
// Not covered: two takers at a time, which is against the contract.
#include <model/harness.hpp>
#include <yot_run/sync/closable_stack.hpp>

namespace {

namespace sync = yot_run::sync;
using model::check;

struct node {
    sync::cell<node*> next{nullptr};
    sync::cell<int> payload{0};
    int outcomes = 0;  // Plain: the payload shows the races.
};

template <unsigned Pushers, bool Chains>
class pushers_and_taker : public model::test {
    void thread(unsigned index) override {
        if (index < Pushers) return push(nodes_[index]);
        count(stack_.take_all());
        count(stack_.close());
    }
    void after() override {
        for (const auto& own : nodes_)
            for (const node& each : own) check(each.outcomes == 1, "taken or refused, once");
    }
    void push(node (&own)[2]) {
        for (node& each : own) each.payload.set(7);
        if (Chains) {
            own[0].next.set(&own[1]);
            if (!stack_.push(own[0], own[1]))
                for (node& each : own) refused(each);
        } else {
            for (node& each : own)
                if (!stack_.push(each)) refused(each);
        }
    }
    static void refused(node& own) {
        check(own.payload.get() == 7, "what is refused was touched by nobody");
        ++own.outcomes;
    }
    static void count(node* each) {
        while (each != nullptr) {
            node* const older = each->next.get();
            check(each->payload.get() == 7, "a node is as it was pushed");
            each->payload.set(-1);
            check(++each->outcomes == 1, "a node is taken once");
            each = older;
        }
    }

    node nodes_[Pushers][2];
    sync::closable_stack<node, &node::next> stack_;
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(
        argc, argv,
        {
            scenario::of<pushers_and_taker<1, false>>("one_pusher", {.tree = 100'000}),
            scenario::of<pushers_and_taker<1, true>>("a_chain", {.tree = 100'000}),
            scenario::of<pushers_and_taker<2, false>>("two_pushers", {.threads = 3}),
            scenario::of<pushers_and_taker<2, true>>("two_chains", {.threads = 3}),
        });
}
