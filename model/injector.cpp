// model/injector.cpp: executor/injector.hpp: what producers push comes out once, in their order.
//
// Promise: every node is in exactly one taken batch, with what its producer wrote to it (J1, J3);
// nodes of one producer come out in the order in which they went in; a node can be pushed again by
// whoever took it; once closed, nodes are refused.
// Bounds: one and two producers of two nodes each, one and two takers; one node that goes round.
// Not covered: sleeping (J1 against J2), which is idle_set.cpp.
#include <model/harness.hpp>
#include <yot_run/executor/injector.hpp>

namespace {

namespace sync = yot_run::sync;
using model::check;
using yot_run::internal::injector;

struct node {
    sync::cell<node*> next{nullptr};
    sync::cell<int> payload{0};
    unsigned producer = 0;
    int number = 0;
    int taken = 0;  // Plain: the payload shows the races.
};

template <unsigned Producers>
class producers_and_takers : public model::test {
    void thread(unsigned index) override {
        if (index < Producers) produce(index);
        else take_twice();
    }
    void after() override {
        take_all();
        check(injector_.looks_empty(), "an empty injector looks empty");
        for (const auto& own : nodes_)
            for (const node& each : own) check(each.taken == 1, "nothing is lost");
    }
    void produce(unsigned producer) {
        int number = 0;
        for (node& each : nodes_[producer]) {
            each.producer = producer;
            each.number = ++number;
            each.payload.set(number);
            injector_.push(each);
        }
    }
    void take_twice() {
        take_all();
        take_all();
    }
    void take_all() {
        int last[Producers] = {};
        for (node* each = injector_.take_all(); each != nullptr;) {
            node* const newer = each->next.get();
            check(each->payload.get() == each->number, "a node is as it was pushed");
            each->payload.set(-1);
            check(++each->taken == 1, "a node is taken once");
            check(each->number > last[each->producer], "a batch is oldest first");
            last[each->producer] = each->number;
            each = newer;
        }
    }

    node nodes_[Producers][2];
    injector<node> injector_;
};

// Both threads push back what they take, once: the pointer at the top of the stack comes back.
class node_goes_round : public model::test {
    void before() override {
        for (node& each : nodes_) injector_.push(each);
    }
    void thread(unsigned) override {
        for (node* each = injector_.take_all(); each != nullptr;) {
            node* const newer = each->next.get();
            each->payload.set(each->payload.get() + 1);
            injector_.push(*each);
            each = newer;
        }
    }
    void after() override {
        int count = 0;
        for (node* each = injector_.take_all(); each != nullptr; each = each->next.get()) ++count;
        check(count == 2, "nothing is lost or doubled");
    }
    node nodes_[2];
    injector<node> injector_;
};

// Each node is taken, comes with the close, or is refused and still its producer's.
template <unsigned Producers>
class closed : public model::test {
    void thread(unsigned index) override {
        if (index < Producers) {
            for (node& each : nodes_[index]) {
                each.payload.set(7);
                if (!injector_.push(each)) take(each);
            }
        } else if (index == Producers) {
            take_all(injector_.close());
        } else {
            take_all(injector_.take_all());
        }
    }
    void after() override {
        check(injector_.looks_empty() && injector_.take_all() == nullptr, "a closed one is empty");
        for (const auto& own : nodes_)
            for (const node& each : own) check(each.taken == 1, "nothing is lost");
    }
    static void take_all(node* each) {
        while (each != nullptr) {
            node* const newer = each->next.get();
            take(*each);
            each = newer;
        }
    }
    static void take(node& taken) {
        check(taken.payload.get() == 7, "a node is as it was pushed");
        taken.payload.set(-1);
        check(++taken.taken == 1, "a node is taken once");
    }

    node nodes_[Producers][2];
    injector<node> injector_;
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(
        argc, argv,
        {
            scenario::of<producers_and_takers<1>>("one_producer_one_taker", {.tree = 100'000}),
            scenario::of<producers_and_takers<1>>("one_producer_two_takers", {.threads = 3}),
            scenario::of<producers_and_takers<2>>("two_producers_one_taker", {.threads = 3}),
            scenario::of<producers_and_takers<2>>("two_producers_two_takers", {.threads = 4}),
            scenario::of<node_goes_round>("node_goes_round", {.tree = 100'000}),
            scenario::of<closed<1>>("closed", {.threads = 3}),
            scenario::of<closed<2>>("closed_two_producers", {.threads = 4}),
        });
}
