// yot_run/sync/deferred_count.hpp: a reference count of which one side counts for itself.
//
// The owner of many things counts those that come and go in its own hands in plain numbers, at no
// cost; others count in the shared word. Until the owner adds its own figure, the word stands around a
// number that no count reaches, so nobody takes himself for the last.
//
// Invariant: leave() or settle() answers true exactly once: when the owner has settled, and all that
// was counted anywhere has left.
// Order: C1 and C2 are read-modify-writes of one word. Each releases what its caller did before, and
// whoever is last acquires all of it.
// Checked by: deferred_count_test.cpp, model/deferred_count.cpp (C1, C2).
#pragma once

#include <yot_run/sync/sync.hpp>

#include <cstdint>

namespace yot_run::inline YOT_RUN_WORLD::sync {

class deferred_count {
public:
    deferred_count() noexcept : count_(unsettled) {}

    // One more, that others count. REQUIRES: not settled, or the caller holds one.
    void join() noexcept {
        // Relaxed: nothing is handed over, and what holds the count up does so until leave().
        count_.fetch_add(1, relaxed);
    }
    // `count` of them are gone. True: they were the last. Any thread.
    [[nodiscard]] bool leave(std::int64_t count = 1) noexcept {
        return count_.fetch_sub(count, acq_rel) == count;  // C1
    }
    // Adds what the owner has counted itself, those that came less those that went. True: none is
    // left. Once.
    [[nodiscard]] bool settle(std::int64_t count) noexcept {
        return count_.fetch_add(count - unsettled, acq_rel) == unsettled - count;  // C2
    }

private:
    static constexpr std::int64_t unsettled = std::int64_t{1} << 62;

    atomic<std::int64_t> count_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
