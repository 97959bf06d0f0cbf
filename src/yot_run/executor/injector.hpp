// yot_run/executor/injector.hpp: where tasks arrive from outside the workers.
//
// An intrusive stack of nodes that have a `sync::cell<T*> next`. Producers push one at a time and
// allocate nothing; a taker takes the whole stack with one exchange and gets it oldest first. Nobody
// ever removes a single node from the shared stack, so there is no ABA problem.
//
// Closing it takes what is there and leaves a mark in its place that every later push finds.
//
// Invariant: a pushed node is in exactly one taken batch; one producer's nodes come out in the order
// in which they went in. A node that was refused is still its producer's.
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

    // Any thread. `node` is in no other queue. False: closed.
    bool push(T& node) noexcept {
        T* newest = newest_.load(sync::relaxed);  // A guess, which the exchange confirms.
        while (newest != closed()) {
            node.next.set(newest);
            // J1 releases the node and its link to J3, also through later pushes: they are
            // read-modify-writes, which continue its release sequence.
            if (newest_.compare_exchange_weak(newest, &node, sync::seq_cst, sync::relaxed))
                return true;
        }
        return false;
    }

    // Any thread. Everything that is here, oldest first, linked by `next` and ended by null.
    [[nodiscard]] T* take_all() noexcept {
        // Relaxed: only saves the exchange; the look that matters is looks_empty().
        T* seen = newest_.load(sync::relaxed);
        do {
            if (seen == nullptr || seen == closed()) return nullptr;
            // J3; a failure only tells what to expect next.
        } while (!newest_.compare_exchange_weak(seen, nullptr, sync::acquire, sync::relaxed));
        return oldest_first(seen);
    }
    // Refuses from now on, and gives what was here. Once, any thread.
    [[nodiscard]] T* close() noexcept {
        return oldest_first(newest_.exchange(closed(), sync::acquire));  // J3
    }

    // Any thread, for the last look before sleeping: a node that was pushed before, in the single
    // total order, and not taken, is seen.
    [[nodiscard]] bool looks_empty() const noexcept {
        const T* const newest = newest_.load(sync::seq_cst);  // J2 pairs with J1.
        return newest == nullptr || newest == closed();
    }

private:
    // An address that no node has.
    [[nodiscard]] T* closed() const noexcept {
        return reinterpret_cast<T*>(const_cast<sync::atomic<T*>*>(&newest_));
    }
    [[nodiscard]] static T* oldest_first(T* node) noexcept {
        T* oldest = nullptr;
        while (node != nullptr) {
            T* const older = node->next.get();
            node->next.set(oldest);
            oldest = node;
            node = older;
        }
        return oldest;
    }

    alignas(64) sync::atomic<T*> newest_{nullptr};
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
