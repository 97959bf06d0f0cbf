#include <stress/harness/memory.hpp>

#include <stress/harness/tally.hpp>

#include <malloc.h>

#include <cstddef>
#include <cstdlib>
#include <new>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)

namespace stress {

memory_use memory_in_use() noexcept { return {}; }
scarce_memory::scarce_memory(generator& /*random*/, std::uint64_t /*once_in*/) noexcept {}
scarce_memory::~scarce_memory() = default;

}  // namespace stress

#else

namespace stress {
namespace {

constinit tally allocated;
constinit tally freed;
constinit tally allocated_bytes;
constinit tally freed_bytes;

constinit thread_local generator* failing = nullptr;
constinit thread_local std::uint64_t fails_once_in = 0;

void* allocate(std::size_t size, std::size_t alignment) {
    if (failing != nullptr && failing->once_in(fails_once_in)) throw std::bad_alloc();
    void* const block = alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__
                            ? std::malloc(size)
                            : std::aligned_alloc(alignment, (size + alignment - 1) & -alignment);
    if (block == nullptr) throw std::bad_alloc();
    allocated.add();
    allocated_bytes.add(malloc_usable_size(block));
    return block;
}

void release(void* block) noexcept {
    if (block == nullptr) return;
    freed.add();
    freed_bytes.add(malloc_usable_size(block));
    std::free(block);
}

}  // namespace

memory_use memory_in_use() noexcept {
    // What is gone first, so that the differences are not negative.
    const std::uint64_t gone = freed.total();
    const std::uint64_t gone_bytes = freed_bytes.total();
    return {allocated.total() - gone, allocated_bytes.total() - gone_bytes};
}

// Not inlined, as everything here that is the calling thread's (shard.hpp).
[[gnu::noinline]] scarce_memory::scarce_memory(generator& random, std::uint64_t once_in) noexcept {
    failing = &random;
    fails_once_in = once_in;
}

[[gnu::noinline]] scarce_memory::~scarce_memory() { failing = nullptr; }

}  // namespace stress

// The other forms of the standard library call these.
void* operator new(std::size_t size) {
    return stress::allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return stress::allocate(size, std::size_t(alignment));
}
void operator delete(void* block) noexcept { stress::release(block); }
void operator delete(void* block, std::size_t /*size*/) noexcept { stress::release(block); }
void operator delete(void* block, std::align_val_t /*alignment*/) noexcept {
    stress::release(block);
}
void operator delete(void* block, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
    stress::release(block);
}

#endif
