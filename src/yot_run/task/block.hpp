// yot_run/task/block.hpp: one allocation for a coroutine that is spawned: core, output, frame.
//
//   block:  [ storage for typed_core<T> | outlives_frame | padding ][ coroutine frame ]
//
// The promise's operator new makes the block and hands out the part for the frame. Spawning
// constructs the core in front of it, in place; from then on the block outlives the frame, which is
// destroyed when the task ends, while the core stays until the last waker or handle lets go. A
// coroutine that is never spawned leaves the room for the core unused.
//
// A compiler may place a frame elsewhere (elision) only when it sees its whole life, which it does
// not once the handle has been stored in a task that escapes; the block is touched by nothing else.
// Checked by: allocation_test.cpp, spawn_test.cpp.
#pragma once

#include <yot_run/task/core.hpp>
#include <yot_run/task/frame_pool.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>

namespace yot_run::inline YOT_RUN_WORLD::internal {

template <class T>
struct alignas(std::max(alignof(typed_core<T>), std::size_t{__STDCPP_DEFAULT_NEW_ALIGNMENT__}))
    block_head {
    std::byte core[sizeof(typed_core<T>)];
    bool outlives_frame = false;
    std::uint8_t size_class = 0;  // Of the whole block (frame_pool.hpp).

    static constexpr std::align_val_t alignment() noexcept {
        return std::align_val_t{alignof(block_head)};
    }
    static constexpr bool is_over_aligned = alignof(block_head) > __STDCPP_DEFAULT_NEW_ALIGNMENT__;

    // The frame's memory, `frame_size` bytes.
    static void* allocate(std::size_t frame_size) {
        const std::size_t size = sizeof(block_head) + frame_size;
        frame_pool::block memory{};
        if constexpr (is_over_aligned) memory.memory = ::operator new(size, alignment());
        else memory = frame_pool::allocate(size);
        auto* const head = ::new (memory.memory) block_head;
        head->size_class = memory.size_class;
        return head + 1;
    }
    static block_head& of(void* frame) noexcept { return static_cast<block_head*>(frame)[-1]; }
    // The frame has been destroyed: frees the block unless a core still needs it.
    static void release_frame(void* frame) noexcept {
        if (!of(frame).outlives_frame) of(frame).free();
    }
    void free() noexcept {
        if constexpr (is_over_aligned) ::operator delete(this, alignment());
        else frame_pool::free({this, size_class});
    }
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
