// yot_run/reactor/slab.hpp: slots that are found by a number and never move.
//
// Slots live in chunks, each twice as large as the one before, so that a number says which chunk it
// is in and nothing is ever copied. A released slot is handed out again, as it was left; chunks are
// given back when the slab is destroyed.
// Invariant: a slot is either with the caller who acquired it or free, never both.
// Order: the pointer to a chunk is published (S1) after the chunk was made, and found (S2) without a
// lock. Everything else is under the lock, which also orders the release of a slot before its reuse.
// Checked by: slab_test.cpp, model/slab.cpp (S1, S2), fuzz/targets/slab.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// Names one use of one slot: what travels through the kernel and back with an event.
struct slot_token {
    std::uint32_t index = 0;
    std::uint32_t generation = 0;  // Which use of the slot; the slot itself knows the present one.

    [[nodiscard]] constexpr std::uint64_t packed() const noexcept {
        return std::uint64_t{generation} << 32 | index;
    }
    [[nodiscard]] static constexpr slot_token unpacked(std::uint64_t bits) noexcept {
        return {std::uint32_t(bits), std::uint32_t(bits >> 32)};
    }
    constexpr bool operator==(const slot_token&) const = default;
};

// FirstChunk: the slots of the first chunk; fewer than 64 let a model see a slab grow.
template <class T, std::uint32_t FirstChunk = 64>
class slab {
    static constexpr unsigned chunk_count = 24;

public:
    // The index after the last: no slot has this one or a larger one.
    static constexpr std::uint32_t capacity = FirstChunk * ((std::uint32_t{1} << chunk_count) - 1);

    struct acquired {
        std::uint32_t index;
        T* slot;
    };

    slab() = default;
    slab(const slab&) = delete;
    slab& operator=(const slab&) = delete;
    // REQUIRES: nobody else uses the slab or one of its slots.
    ~slab() {
        // Relaxed: whoever destroys the slab is ordered after all its users.
        for (auto& chunk : chunks_) delete[] chunk.load(sync::relaxed);
    }

    // Takes a slot, which is the caller's until it is released. Nothing after seal(). Any thread.
    // Throws std::bad_alloc, then nothing has changed.
    [[nodiscard]] std::optional<acquired> acquire() {
        const sync::lock guard(mutex_);
        if (sealed_.get()) return std::nullopt;
        if (free_.get() != no_index) {
            const std::uint32_t index = free_.get();
            node& reused = *find_node(index);
            free_.set(std::exchange(reused.next_free, no_index));
            return acquired{index, &reused.value};
        }
        if (used_.get() == capacity) throw std::bad_alloc();
        node* fresh = find_node(used_.get());
        if (fresh == nullptr) fresh = add_chunk(used_.get());
        return acquired{used_.mut()++, &fresh->value};
    }

    // Gives a slot back. REQUIRES: the caller acquired it. Any thread.
    void release(std::uint32_t index) noexcept {
        const sync::lock guard(mutex_);
        find_node(index)->next_free = std::exchange(free_.mut(), index);
    }

    // The slot with this number, free or not; null when there has never been one. Any thread.
    [[nodiscard]] T* find(std::uint32_t index) noexcept {
        if (index >= capacity) return nullptr;
        node* found = find_node(index);
        if (found == nullptr) {
            // What was loaded may be out of date, however the caller came by the number. What is
            // read under the lock is not.
            const sync::lock guard(mutex_);
            if (index < used_.get()) found = find_node(index);
        }
        return found == nullptr ? nullptr : &found->value;
    }

    // Refuses all acquisitions from now on. Then calls visit(T&) for every slot that ever was in
    // use, free or not, without holding the lock. Any thread.
    template <class Visit>
    void seal(Visit visit) {
        std::uint32_t end = 0;
        {
            const sync::lock guard(mutex_);
            sealed_.set(true);
            end = used_.get();
        }
        for (std::uint32_t index = 0; index < end; ++index) visit(find_node(index)->value);
    }

private:
    static constexpr std::uint32_t no_index = ~std::uint32_t{0};

    // Two slots do not share a cache line: they belong to different tasks.
    struct alignas(64) node {
        T value{};
        std::uint32_t next_free = no_index;
    };
    struct position {
        unsigned chunk;
        std::uint32_t offset;
    };

    // Chunk k holds the FirstChunk << k indices from FirstChunk * (2^k - 1).
    [[nodiscard]] static constexpr position position_of(std::uint32_t index) noexcept {
        const auto chunk = unsigned(std::bit_width(index / FirstChunk + 1) - 1);
        return {chunk, index - FirstChunk * ((std::uint32_t{1} << chunk) - 1)};
    }

    [[nodiscard]] node* find_node(std::uint32_t index) noexcept {
        const position at = position_of(index);
        // S2 acquires the chunk from S1.
        node* const chunk = chunks_[at.chunk].load(sync::acquire);
        return chunk == nullptr ? nullptr : chunk + at.offset;
    }

    [[nodiscard]] node* add_chunk(std::uint32_t index) {
        const position at = position_of(index);
        node* const chunk = new node[std::size_t{FirstChunk} << at.chunk];
        // S1 releases the chunk to S2.
        chunks_[at.chunk].store(chunk, sync::release);
        return chunk + at.offset;
    }

    std::array<sync::atomic<node*>, chunk_count> chunks_{};  // Null until needed.
    sync::mutex mutex_;
    // Under the lock:
    sync::cell<std::uint32_t> free_{no_index};  // The first of the list of free slots.
    sync::cell<std::uint32_t> used_{0};         // Slots below have been in use, none above.
    sync::cell<bool> sealed_{false};
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
