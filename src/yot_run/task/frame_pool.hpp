// yot_run/task/frame_pool.hpp: memory for tasks and coroutine frames, recycled by the thread that
// makes them.
//
// Each worker has a pool. It cuts blocks from chunks, and keeps those that are freed in a list for
// each size, youngest first: the next task of that size finds its block in the cache. A block that is
// freed on another thread goes back to the pool it came from; workers collect such blocks and return
// them in one go. What a pool has taken from the system it keeps for blocks of the same size, until
// it ends: when its worker has returned and the last block has come back, wherever that is.
// Other threads get a pool of theirs with the first task that they make, until they end. Blocks that
// are large are of operator new.
//
//   free_[size]   the owner's list
//   returned_     what others gave back, which the owner takes as a whole when its own list is empty;
//                 closed when the owner goes
//   outside_      the blocks that are somebody's or on their way back, counted by the owner; once it
//                 has gone, by those who bring them (deferred_count.hpp)
//
// Invariant: a block is in one list, or somebody's. The pool is deleted once, after every block has
// come back and the owner has gone.
// Order: that of closable_stack.hpp, which hands over the blocks, and of deferred_count.hpp, which hands
// over what is needed to delete the pool.
// Checked by: frame_pool_test.cpp, allocation_test.cpp, model/frame_pool.cpp.
#pragma once

#include <yot_run/sync/closable_stack.hpp>
#include <yot_run/sync/deferred_count.hpp>
#include <yot_run/sync/sync.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class frame_pool {
public:
    // Sizes are rounded up to multiples of this, which is how all blocks are aligned.
    static constexpr std::size_t granule = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
    // Larger blocks come from operator new.
    static constexpr std::size_t largest_block = 1024;
    // Size, and alignment: a block's address tells its chunk.
    static constexpr std::size_t chunk_size = std::size_t{64} * 1024;

    struct block {
        void* memory;
        std::uint8_t size_class;  // 0: of operator new.
    };

    // At least `size` bytes, from the calling thread's pool. Throws std::bad_alloc.
    [[nodiscard]] static block allocate(std::size_t size);
    // Any thread.
    static void free(block freed) noexcept;

    // Makes a pool the calling thread's as long as this lives. Nests.
    class owner {
    public:
        owner();
        ~owner();
        owner(const owner&) = delete;
        owner& operator=(const owner&) = delete;
        [[nodiscard]] frame_pool& pool() const noexcept { return *pool_; }

    private:
        frame_pool* pool_;
        frame_pool* outside_;
    };

    // The owner only: gives back what it holds of other pools. Before it sleeps.
    void return_foreign() noexcept;

    // The owner's side of allocate() and free(), also where blocks are not recycled by default.
    [[nodiscard]] block take(std::size_t size);
    void put(block freed) noexcept;
    // Any thread but the owner's: a chain of `count` blocks that came from this pool.
    struct free_block {
        sync::cell<free_block*> next{nullptr};
        std::uint8_t size_class = 0;
    };
    void give_back(free_block& first, free_block& last, std::int64_t count) noexcept;
    // The pool that a block of a size class other than 0 came from.
    [[nodiscard]] static frame_pool& origin_of(void* memory) noexcept;

    frame_pool(const frame_pool&) = delete;
    frame_pool& operator=(const frame_pool&) = delete;

private:
    static constexpr std::size_t size_classes = largest_block / granule;
    static constexpr std::int64_t foreign_limit = 32;

    // Blocks of one other pool, on their way back.
    struct chain {
        frame_pool* origin = nullptr;
        free_block* first = nullptr;
        free_block* last = nullptr;
        std::int64_t count = 0;
    };
    struct chunk;

    frame_pool();
    ~frame_pool();
    // The owner goes. Deletes the pool, or leaves that to whoever returns the last block.
    void retire() noexcept;
    void put_foreign(block freed) noexcept;
    static void end(free_block* first) noexcept;
    std::int64_t sort_in(free_block* returned) noexcept;
    [[nodiscard]] void* cut(std::size_t size);

    // The owner's.
    std::array<free_block*, size_classes + 1> free_{};
    std::byte* cut_from_ = nullptr;
    std::byte* cut_until_ = nullptr;
    std::int64_t outside_ = 0;
    chain foreign_;
    chunk* chunks_ = nullptr;
    // Everybody's.
    alignas(64) sync::closable_stack<free_block, &free_block::next> returned_;
    sync::deferred_count remaining_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
