#include <yot_run/task/wake_set.hpp>

#include <algorithm>
#include <bit>

namespace yot_run::inline YOT_RUN_WORLD::internal {

constinit const waker_functions wake_set::functions{clone_waker, wake_and_drop, wake_by_ref,
                                                    drop_waker};

wake_set::wake_set(std::size_t children)
    : size_(children),
      word_count_((children + word_bits - 1) / word_bits),
      marks_(std::make_unique<word[]>(word_count_)),
      members_(std::make_unique<member[]>(children)) {
    for (std::size_t child = 0; child < children; ++child) members_[child] = {this, child};
    for (std::size_t index = 0; index < word_count_; ++index) {
        const std::size_t bits = std::min(children - index * word_bits, word_bits);
        // Relaxed: nobody else knows of the set yet.
        marks_[index].store(~std::uint64_t{0} >> (word_bits - bits), sync::relaxed);
    }
}

std::size_t wake_set::find_marked(std::size_t from) const noexcept {
    std::uint64_t wanted = ~std::uint64_t{0} << (from % word_bits);
    for (std::size_t index = from / word_bits; index < word_count_; ++index) {
        // Relaxed: a mark that is found is cleared by M2, which acquires. One that is missed was
        // set by a waker that has yet to take the parent's waker, and will call it: had it taken it
        // before the parent registered, registering would have made the mark visible here.
        const std::uint64_t marked = marks_[index].load(sync::relaxed) & wanted;
        if (marked != 0) return index * word_bits + std::size_t(std::countr_zero(marked));
        wanted = ~std::uint64_t{0};
    }
    return size_;
}

void wake_set::clear_mark(std::size_t child) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << (child % word_bits);
    // M2 acquires what the wakers wrote before each M1 since the last M2. A waker that comes later
    // finds the mark clear, and sets it for another poll.
    marks_[child / word_bits].fetch_and(~bit, sync::acquire);
}

raw_waker wake_set::waker_of(std::size_t child) noexcept { return {&members_[child], &functions}; }

void wake_set::wake(std::size_t child) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << (child % word_bits);
    // M1 releases what the waker wrote to M2, also when the child is marked already: then whoever
    // marked it wakes the parent.
    const std::uint64_t before = marks_[child / word_bits].fetch_or(bit, sync::release);
    if ((before & bit) == 0) parent_.wake();
}

raw_waker wake_set::clone_waker(const void* data) noexcept {
    member_of(data).set->references().add();
    return {data, &functions};
}

void wake_set::wake_by_ref(const void* data) noexcept {
    const member& self = member_of(data);
    self.set->wake(self.child);
}

void wake_set::drop_waker(const void* data) noexcept {
    static_cast<void>(sync::reference<wake_set>::adopt(member_of(data).set));
}

void wake_set::wake_and_drop(const void* data) noexcept {
    wake_by_ref(data);
    drop_waker(data);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
