// yot_run/executor/deque.hpp: a worker's own queue, from which others steal.
//
// The dynamic circular deque of Chase and Lev (SPAA 2005), with orders after Le, Pop, Cohen and
// Zappa Nardelli (PPoPP 2013), but on sequentially consistent accesses instead of fences. The owner
// pushes and pops at the bottom, last in first out; thieves take from the top, the oldest first.
//
//   top_ <= index < bottom_: the elements, each in slot `index modulo capacity` of the ring.
//
// Invariants: top_ only grows, and every increment hands the element at the old top to the one who
// made it. Only the owner writes bottom_, the slots and the ring pointer. A full ring is replaced by
// one of twice the size; the old ones stay until the deque dies, for thieves that still read them.
// Order: taking the last element is a store/load race between the owner (D3 bottom, then D4 top) and
// a thief (D6 top, then D7 bottom): sequential consistency on both sides lets at least one of them
// see the other, and the exchange of top_ (D5, D8) decides. Every store of the owner to bottom_ is at
// least release, so that whichever of them a thief reads, it finds the element behind it: C++20 no
// longer lets a later store of the same thread continue an earlier one's release sequence.
// Checked by: deque_test.cpp, model/deque.cpp (D1-D10), model/idle_set.cpp (D2, D11).
#pragma once

#include <yot_run/sync/sync.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

enum class steal_status { stolen, empty, lost_race };

template <class T>
class deque {
public:
    struct steal_result {
        steal_status status;
        T* item;  // Null unless stolen.
    };

    // Capacities are rounded up to a power of two. Indices count up from `first_index` and may wrap.
    explicit deque(std::size_t initial_capacity = 256, std::uint64_t first_index = 0)
        : top_(first_index),
          bottom_(first_index),
          ring_(new ring(std::bit_ceil(initial_capacity), nullptr)) {}
    deque(const deque&) = delete;
    deque& operator=(const deque&) = delete;
    ~deque() {
        // Relaxed: nobody else is here any more.
        for (ring* oldest = ring_.load(sync::relaxed); oldest != nullptr;)
            delete std::exchange(oldest, oldest->previous);
    }

    // Owner only. The element is visible to every thief that looks afterwards, in the single total
    // order of sequentially consistent operations. True: the ring had to grow.
    bool push(T& item) {
        const std::uint64_t bottom = bottom_.load(sync::relaxed);  // Our own last store.
        // D1 acquires from D5, D8: whoever took the element that this slot held has read it.
        const std::uint64_t top = top_.load(sync::acquire);
        ring* current = ring_.load(sync::relaxed);  // Our own last store.
        const bool full = bottom - top >= current->capacity;
        if (full) current = grow(*current, top, bottom);
        current->put(bottom, &item);
        // D2 releases the element and the ring to D7; sequentially consistent, because the next thing
        // a producer does is to look for a sleeper (idle_set.hpp, I1).
        bottom_.store(bottom + 1, sync::seq_cst);
        return full;
    }

    // Owner only. As push() of each, first to last, but visible all at once. `next` gives the one after,
    // or null. How often the ring had to grow.
    template <class Next>
    unsigned push_all(T* first, Next next) {
        std::uint64_t bottom = bottom_.load(sync::relaxed);     // Our own last store.
        const std::uint64_t top = top_.load(sync::acquire);     // D1 again.
        ring* current = ring_.load(sync::relaxed);              // Our own last store.
        unsigned grown = 0;
        for (T* item = first; item != nullptr; item = next(*item)) {
            if (bottom - top >= current->capacity) {
                current = grow(*current, top, bottom);
                ++grown;
            }
            current->put(bottom++, item);
        }
        bottom_.store(bottom, sync::seq_cst);  // D2 again.
        return grown;
    }

    // Owner only. The youngest element, or null.
    [[nodiscard]] T* pop() {
        const std::uint64_t bottom = bottom_.load(sync::relaxed);  // Our own last store.
        // Relaxed: top_ only grows, so an old value that says "empty" is right.
        if (distance(top_.load(sync::relaxed), bottom) <= 0) return nullptr;
        const std::uint64_t last = bottom - 1;
        ring* const current = ring_.load(sync::relaxed);  // Our own last store.
        // D3 announces the claim before D4 looks at the thieves'; pairs with D6, D7.
        bottom_.store(last, sync::seq_cst);
        std::uint64_t top = top_.load(sync::seq_cst);  // D4
        T* item = nullptr;
        if (distance(top, last) >= 0) {
            item = current->get(last);
            if (top != last) return item;
            // D5 decides about the last element against D8.
            if (!top_.compare_exchange_strong(top, top + 1, sync::seq_cst, sync::relaxed))
                item = nullptr;
        }
        // D9 releases as every store to bottom_ does: a thief that reads it may go on to an element.
        bottom_.store(bottom, sync::release);
        return item;
    }

    // Any thread. The oldest element; `lost_race` means that there may be others.
    [[nodiscard]] steal_result steal() {
        std::uint64_t top = top_.load(sync::seq_cst);              // D6, see D3.
        const std::uint64_t bottom = bottom_.load(sync::seq_cst);  // D7, see D3; acquires from D2.
        if (distance(top, bottom) <= 0) return {steal_status::empty, nullptr};
        // D10 acquires the slots of a ring from the store in grow().
        T* const item = ring_.load(sync::acquire)->get(top);
        // D8 takes the element, and releases that we have read the slot to D1.
        if (!top_.compare_exchange_strong(top, top + 1, sync::seq_cst, sync::relaxed))
            return {steal_status::lost_race, nullptr};
        return {steal_status::stolen, item};
    }

    // Any thread, for the last look before sleeping: what was pushed before, in the single total
    // order, is seen.
    [[nodiscard]] bool looks_empty() const {
        // Relaxed: a top that is out of date makes the deque look fuller, never emptier.
        const std::uint64_t top = top_.load(sync::relaxed);
        return distance(top, bottom_.load(sync::seq_cst)) <= 0;  // D11 pairs with D2.
    }

    // Any thread: a guess. The owner: never less than there is.
    [[nodiscard]] std::size_t approximate_size() const noexcept {
        const std::uint64_t top = top_.load(sync::relaxed);  // An old one: the deque looks fuller.
        const std::int64_t size = distance(top, bottom_.load(sync::relaxed));
        return size > 0 ? std::size_t(size) : 0;
    }

private:
    struct ring {
        ring(std::size_t slots_wanted, ring* before)
            : capacity(slots_wanted),
              slots(std::make_unique<sync::atomic<T*>[]>(slots_wanted)),
              previous(before) {}
        // Relaxed: whoever reads a slot has acquired the store to bottom_ that came after it.
        void put(std::uint64_t index, T* item) {
            slots[index & (capacity - 1)].store(item, sync::relaxed);
        }
        [[nodiscard]] T* get(std::uint64_t index) const {
            return slots[index & (capacity - 1)].load(sync::relaxed);
        }
        std::size_t capacity;
        std::unique_ptr<sync::atomic<T*>[]> slots;
        ring* previous;
    };

    // From `first` to `second`, also where the indices have wrapped.
    [[nodiscard]] static std::int64_t distance(std::uint64_t first, std::uint64_t second) noexcept {
        return std::int64_t(second - first);
    }

    ring* grow(ring& full, std::uint64_t top, std::uint64_t bottom) {
        auto* larger = new ring(full.capacity * 2, &full);
        for (std::uint64_t index = top; index != bottom; ++index)
            larger->put(index, full.get(index));
        ring_.store(larger, sync::release);  // Releases the copied slots to D10.
        return larger;
    }

    alignas(64) sync::atomic<std::uint64_t> top_;
    alignas(64) sync::atomic<std::uint64_t> bottom_;
    sync::atomic<ring*> ring_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
