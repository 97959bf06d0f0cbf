// yot_run/executor/injector.hpp: where tasks arrive from outside the workers.
//
// An intrusive stack of nodes that have a `sync::cell<T*> next`. Producers push one at a time and
// allocate nothing; a taker takes the whole stack with one exchange and gets it oldest first. Nobody
// ever removes a single node from the shared stack, so there is no ABA problem.
//
// Invariant: a pushed node is in exactly one taken batch; one producer's nodes come out in the order
// in which they went in.
// Order: J1 releases the node to J3. J1 and J2 are sequentially consistent: pushing and then looking
// for a sleeper races with announcing sleep and then looking here (idle_set.hpp).
// Checked by: injector_test.cpp, model/injector.cpp (J1, J3), model/idle_set.cpp (J1, J2).
#pragma once

#include <yot_run/sync/sync.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {

template <class T>
class injector {
public:
    injector() = default;
    injector(const injector&) = delete;
    injector& operator=(const injector&) = delete;

    // Any thread. `node` is in no other queue.
    void push(T& node) noexcept {
        T* newest = newest_.load(sync::relaxed);  // A guess, which the exchange confirms.
        do {
            node.next.set(newest);
            // J1 releases the node and its link to J3, also through later pushes: they are
            // read-modify-writes, which continue its release sequence.
        } while (!newest_.compare_exchange_weak(newest, &node, sync::seq_cst, sync::relaxed));
    }

    // Any thread. Everything that is here, oldest first, linked by `next` and ended by null.
    [[nodiscard]] T* take_all() noexcept {
        // Relaxed: only saves the exchange; the look that matters is looks_empty().
        if (newest_.load(sync::relaxed) == nullptr) return nullptr;
        T* node = newest_.exchange(nullptr, sync::acquire);  // J3
        T* oldest = nullptr;
        while (node != nullptr) {
            T* const older = node->next.get();
            node->next.set(oldest);
            oldest = node;
            node = older;
        }
        return oldest;
    }

    // Any thread, for the last look before sleeping: a node that was pushed before, in the single
    // total order, and not taken, is seen.
    [[nodiscard]] bool looks_empty() const noexcept {
        return newest_.load(sync::seq_cst) == nullptr;  // J2 pairs with J1.
    }

private:
    alignas(64) sync::atomic<T*> newest_{nullptr};
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
