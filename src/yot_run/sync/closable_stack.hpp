// yot_run/sync/closable_stack.hpp: where many threads leave nodes for one, until it stops taking them.
//
// An intrusive stack. Anybody pushes; a taker takes the whole of it with one exchange, so no single
// node is ever removed from the shared stack, and there is no ABA problem. Closing it takes what is
// there and leaves a mark in its place that every later push finds.
//
// Invariant: a node that was pushed is in exactly one batch, that of a take_all() or of close(); a
// node that was refused is in none.
// Order: S1 releases the node, its link, and what the caller did before, to S2.
// Checked by: closable_stack_test.cpp, model/closable_stack.cpp (S1, S2).
#pragma once

#include <yot_run/sync/sync.hpp>

namespace yot_run::inline YOT_RUN_WORLD::sync {

template <class T, cell<T*> T::*Next>
class closable_stack {
public:
    closable_stack() = default;
    closable_stack(const closable_stack&) = delete;
    closable_stack& operator=(const closable_stack&) = delete;

    // Any thread. False: closed, and the node is still the caller's.
    [[nodiscard]] bool push(T& node) noexcept { return push(node, node); }
    // A chain of nodes that are linked from `first` to `last`.
    [[nodiscard]] bool push(T& first, T& last) noexcept {
        T* newest = newest_.load(relaxed);  // A guess, which the exchange confirms.
        while (newest != closed()) {
            (last.*Next).set(newest);
            // S1 releases the nodes and their links to S2, also through later pushes: they are
            // read-modify-writes, which continue its release sequence.
            if (newest_.compare_exchange_weak(newest, &first, release, relaxed)) return true;
        }
        return false;
    }

    // One thread at a time, before close(). Everything that is here, youngest first, ended by null.
    [[nodiscard]] T* take_all() noexcept {
        // Relaxed: only saves the exchange. What the caller knows to be here, it sees.
        if (newest_.load(relaxed) == nullptr) return nullptr;
        return newest_.exchange(nullptr, acquire);  // S2
    }
    // Refuses from now on; gives what was here. Once.
    [[nodiscard]] T* close() noexcept { return newest_.exchange(closed(), acquire); }  // S2

private:
    // An address that no node has.
    [[nodiscard]] T* closed() noexcept { return reinterpret_cast<T*>(&newest_); }

    atomic<T*> newest_{nullptr};
};

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
