#include <yot_run/task/frame_pool.hpp>

#include <algorithm>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

struct pool_tag;
using current_pool = sync::thread_slot<frame_pool, pool_tag>;

}  // namespace

// Stands at the start of its memory; what follows is cut into blocks.
struct alignas(frame_pool::granule) frame_pool::chunk {
    frame_pool* pool;
    chunk* older;

    static chunk* make(frame_pool& pool, chunk* older) {
        void* const memory = ::operator new(chunk_size, std::align_val_t{chunk_size});
        return ::new (memory) chunk{&pool, older};
    }
    static void free(chunk* freed) noexcept {
        ::operator delete(freed, std::align_val_t{chunk_size});
    }
};

frame_pool::frame_pool() = default;

frame_pool::~frame_pool() {
    for (free_block* first : free_) end(first);
    while (chunks_ != nullptr) chunk::free(std::exchange(chunks_, chunks_->older));
}

frame_pool::owner::owner() : pool_(new frame_pool), outside_(current_pool::get()) {
    current_pool::set(pool_);
}

frame_pool::owner::~owner() {
    current_pool::set(outside_);
    pool_->retire();
}

frame_pool::block frame_pool::allocate(std::size_t size) {
    if constexpr (sync::recycles_memory) {
        frame_pool* here = current_pool::get();
        // The owner makes itself current, and stays it until the thread ends.
        if (here == nullptr) {
            if (owner* const own = sync::thread_object<owner>::get()) here = &own->pool();
        }
        if (here != nullptr) return here->take(size);
    }
    return {::operator new(size), 0};
}

void frame_pool::free(block freed) noexcept {
    if (freed.size_class == 0) return ::operator delete(freed.memory);
    if (frame_pool* const here = current_pool::get(); here != nullptr) return here->put(freed);
    auto* const node = ::new (freed.memory) free_block{.size_class = freed.size_class};
    origin_of(freed.memory).give_back(*node, *node, 1);
}

frame_pool& frame_pool::origin_of(void* memory) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    return *reinterpret_cast<chunk*>(address & ~(std::uintptr_t{chunk_size} - 1))->pool;
}

frame_pool::block frame_pool::take(std::size_t size) {
    const std::size_t size_class = (std::max(size, sizeof(free_block)) + granule - 1) / granule;
    if (size_class > size_classes) return {::operator new(size), 0};
    free_block*& free = free_[size_class];
    if (free == nullptr) outside_ -= sort_in(returned_.take_all());
    void* memory = free;
    if (free == nullptr) memory = cut(size_class * granule);
    else std::destroy_at(std::exchange(free, free->next.get()));
    ++outside_;
    return {memory, std::uint8_t(size_class)};
}

void* frame_pool::cut(std::size_t size) {
    if (std::size_t(cut_until_ - cut_from_) < size) {
        chunks_ = chunk::make(*this, chunks_);
        cut_from_ = reinterpret_cast<std::byte*>(chunks_ + 1);
        cut_until_ = reinterpret_cast<std::byte*>(chunks_) + chunk_size;
    }
    return std::exchange(cut_from_, cut_from_ + size);
}

void frame_pool::put(block freed) noexcept {
    if (freed.size_class == 0) return ::operator delete(freed.memory);
    if (&origin_of(freed.memory) != this) return put_foreign(freed);
    auto* const node = ::new (freed.memory) free_block{.size_class = freed.size_class};
    node->next.set(std::exchange(free_[freed.size_class], node));
    --outside_;
}

void frame_pool::put_foreign(block freed) noexcept {
    frame_pool& origin = origin_of(freed.memory);
    if (foreign_.origin != &origin || foreign_.count == foreign_limit) return_foreign();
    auto* const node = ::new (freed.memory) free_block{.size_class = freed.size_class};
    node->next.set(foreign_.first);
    if (foreign_.first == nullptr) foreign_ = {&origin, node, node, 0};
    foreign_.first = node;
    ++foreign_.count;
}

void frame_pool::return_foreign() noexcept {
    if (foreign_.count == 0) return;
    const chain returned = std::exchange(foreign_, {});
    returned.origin->give_back(*returned.first, *returned.last, returned.count);
}

void frame_pool::give_back(free_block& first, free_block& last, std::int64_t count) noexcept {
    if (returned_.push(first, last)) return;
    last.next.set(nullptr);
    end(&first);
    if (remaining_.leave(count)) delete this;
}

// Ends the lives of nodes that stand in free blocks, where that is more than nothing.
void frame_pool::end(free_block* first) noexcept {
    if constexpr (!std::is_trivially_destructible_v<free_block>) {
        while (first != nullptr) std::destroy_at(std::exchange(first, first->next.get()));
    }
}

// Into the owner's lists. Gives how many they were.
std::int64_t frame_pool::sort_in(free_block* returned) noexcept {
    std::int64_t count = 0;
    while (returned != nullptr) {
        free_block* const next = returned->next.get();
        returned->next.set(std::exchange(free_[returned->size_class], returned));
        returned = next;
        ++count;
    }
    return count;
}

void frame_pool::retire() noexcept {
    return_foreign();
    outside_ -= sort_in(returned_.close());  // From here on, others count.
    if (remaining_.settle(outside_)) delete this;
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
