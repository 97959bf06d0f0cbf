// model/worlds/allocation.cpp: every form of operator new and delete, on Relacy's tracked memory.
//
// Relacy defines the four basic forms only, and inline; the others would go to the standard
// library, whose free() would then get a pointer of Relacy's. Linked into every model.
//
// A sized delete fills the memory with a pattern, so that whoever follows a pointer found there
// faults (search.cpp) instead of reading what was.
#include <model/worlds/engine.hpp>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

// Uses of the inline forms that no compiler can resolve: so they exist, for libraries to bind to.
using allocate = void* (*)(std::size_t);
using deallocate = void (*)(void*);
[[gnu::used]] volatile allocate keep_new = &::operator new;
[[gnu::used]] volatile allocate keep_new_array = &::operator new[];
[[gnu::used]] volatile deallocate keep_delete = &::operator delete;
[[gnu::used]] volatile deallocate keep_delete_array = &::operator delete[];

void spoil(void* memory, std::size_t size) {
    if (memory == nullptr) return;
    std::memset(memory, 0xDD, size);
    asm volatile("" : : "r"(memory) : "memory");  // Or the stores are dead, and left out.
}

// Relacy aligns to 16 bytes. The pointer that it gave stands before the aligned one.
void* new_aligned(std::size_t size, std::align_val_t alignment) {
    const auto align = std::size_t(alignment);
    char* const given = static_cast<char*>(::operator new(size + align + sizeof(void*)));
    const auto first = reinterpret_cast<std::uintptr_t>(given) + sizeof(void*);
    void* const aligned = given + sizeof(void*) + ((align - first % align) % align);
    static_cast<void**>(aligned)[-1] = given;
    return aligned;
}
void delete_aligned(void* memory) {
    if (memory != nullptr) ::operator delete(static_cast<void**>(memory)[-1]);
}

}  // namespace

void operator delete(void* memory, std::size_t size) noexcept {
    spoil(memory, size);
    ::operator delete(memory);
}
void operator delete[](void* memory, std::size_t size) noexcept {
    spoil(memory, size);
    ::operator delete[](memory);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return new_aligned(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return new_aligned(size, alignment);
}
void operator delete(void* memory, std::align_val_t) noexcept { delete_aligned(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { delete_aligned(memory); }
void operator delete(void* memory, std::size_t size, std::align_val_t) noexcept {
    spoil(memory, size);
    delete_aligned(memory);
}
void operator delete[](void* memory, std::size_t size, std::align_val_t) noexcept {
    spoil(memory, size);
    delete_aligned(memory);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return ::operator new(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return ::operator new[](size);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept { ::operator delete(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
    ::operator delete[](memory);
}
