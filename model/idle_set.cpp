// model/idle_set.cpp: executor/idle_set.hpp, with the injector, the deque and the parker around it:
// no state in which there is work and everybody sleeps.
//
// Promise: work that was published (J1, D2) is found by a worker that looks once more after it
// announced its sleep (I2), or a sleeping worker is claimed and unparked for it (I1, I5), also when
// wake-ups are left out because somebody searches (I3, I4); and the same for the end, which is
// published as work is. What breaks it shows as a deadlock.
// And work in the queue of a worker that is held up is found by another one (D2, I3), where the
// worker had it from the injector or made it itself.
// Bounds: one and two workers, one producer of one and two nodes. A worker takes the whole
// injector, keeps one node and pushes the others for somebody else.
// Not covered: the worker's own loop (executor.cpp), from which the one here is cut down.
#include <model/harness.hpp>
#include <yot_run/executor/deque.hpp>
#include <yot_run/executor/idle_set.hpp>
#include <yot_run/executor/injector.hpp>
#include <yot_run/executor/parker.hpp>

#include <utility>

namespace {

namespace sync = yot_run::sync;
using model::check;
using namespace yot_run::internal;

struct node {
    sync::cell<node*> next{nullptr};
    sync::cell<bool> done{false};
};

enum class second_node {
    comes_along,    // Is injected like the first.
    awaited,        // So, and whoever has found the first one waits until it is done.
    made_by_first,  // Is pushed by whoever has found the first one, and then waits as well.
};

template <unsigned Workers, int Nodes, second_node Second = second_node::comes_along>
class producer_and_workers : public model::test {
    void thread(unsigned index) override {
        if (index < Workers) return work(index);
        for (node& each : nodes_) {
            if (Second == second_node::made_by_first && &each == &nodes_[1]) break;
            injector_.push(each);
            wake_one();
        }
    }
    void after() override {
        for (const node& each : nodes_) check(each.done.get(), "all work is done");
    }

    void work(unsigned self) {
        bool searching = false;
        for (;;) {
            node* found = queues_[self].pop();
            if (found == nullptr && !searching) searching = idle_.begin_search();
            if (found == nullptr && searching) found = search(self);
            if (found != nullptr) {
                if (std::exchange(searching, false) && idle_.end_search()) wake_one();
                if (found == &nodes_[0]) run_first(self);
                finish(*found);
                continue;
            }
            if (is_over()) return;
            idle_.begin_sleep(self, std::exchange(searching, false));
            if (!has_visible_work()) parkers_[self].park();
            searching = idle_.end_sleep(self, true);
        }
    }
    [[nodiscard]] node* search(unsigned self) {
        node* const oldest = injector_.take_all();
        if (oldest == nullptr) return queues_[1 - self].steal().item;
        for (node* each = oldest->next.get(); each != nullptr;) {
            node* const newer = each->next.get();
            queues_[self].push(*each);
            each = newer;
        }
        if (oldest->next.get() != nullptr) wake_one();
        return oldest;
    }
    void run_first(unsigned self) {
        if (Second == second_node::comes_along) return;
        if (Second == second_node::made_by_first) {
            queues_[self].push(nodes_[1]);
            wake_one();
        }
        second_is_done_.park();
    }
    void finish(node& found) {
        check(!found.done.get(), "work is done once");
        found.done.set(true);
        if (Second != second_node::comes_along && &found == &nodes_[1]) second_is_done_.unpark();
        if (left_.fetch_sub(1, sync::seq_cst) != 1) return;
        for (parker& each : parkers_) each.unpark();
    }
    void wake_one() {
        if (const auto sleeper = idle_.claim_sleeper()) parkers_[*sleeper].unpark();
    }
    [[nodiscard]] bool is_over() const { return left_.load(sync::seq_cst) == 0; }
    [[nodiscard]] bool has_visible_work() const {
        if (!injector_.looks_empty() || is_over()) return true;
        for (const auto& queue : queues_)
            if (!queue.looks_empty()) return true;
        return false;
    }

    node nodes_[Nodes];
    sync::atomic<int> left_{Nodes};
    injector<node> injector_;
    deque<node> queues_[2] = {deque<node>(2), deque<node>(2)};
    idle_set idle_{Workers};
    parker parkers_[Workers];
    parker second_is_done_;
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(
        argc, argv,
        {
            scenario::of<producer_and_workers<1, 1>>("one_worker", {.tree = 100'000}),
            scenario::of<producer_and_workers<1, 2>>("one_worker_two_nodes"),
            scenario::of<producer_and_workers<2, 1>>("two_workers", {.threads = 3}),
            scenario::of<producer_and_workers<2, 2>>("two_workers_two_nodes", {.threads = 3}),
            scenario::of<producer_and_workers<2, 2, second_node::awaited>>("second_awaited",
                                                                           {.threads = 3}),
            scenario::of<producer_and_workers<2, 2, second_node::made_by_first>>("made_by_first",
                                                                                 {.threads = 3}),
        });
}
