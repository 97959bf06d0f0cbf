// yot_run/task/wake_set.hpp: many futures polled by one: which of them were woken.
//
// A combinator over a large set gives each child a waker of its own, and polls only those children
// whose waker was called. The wakers mark their child in a set of bits that all of them share, and
// wake the parent. They are valid on any thread and for ever: each holds a reference to the set,
// which holds nothing of the combinator, and lets go of the parent's waker when the combinator
// goes.
//
// Invariant: a child is marked while it is owed a poll. All are at first. Whoever marks a child
// that was not marked wakes the parent, so a marked child is always about to be found: by the poll
// that is going on, or by the one that this wake leads to.
// Order: M1 releases what the waker wrote to M2, which clears the mark before the poll that will
// see it. That a parent which finds no mark is woken again is up to waker_slot.hpp: the parent
// registers, then looks; a waker marks, then takes.
// Cost: a poll looks at one word for every 64 children, and clears one bit for each that was woken.
// Checked by: wake_set_test.cpp, model/wake_set.cpp (M1, M2).
#pragma once

#include <yot_run/sync/reference.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/task/context.hpp>
#include <yot_run/task/waker.hpp>
#include <yot_run/task/waker_slot.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// What the wakers of the children share.
class wake_set final : public sync::shared_object {
public:
    // All children are marked. Throws std::bad_alloc.
    explicit wake_set(std::size_t children);

    // The combinator's side, one thread at a time.

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    // The parent to wake from now on. Marks that are set before are then found by find_marked(), or
    // the parent is woken.
    void register_parent(const waker& parent) noexcept { parent_.register_waker(parent); }
    // The combinator is going: nobody is woken any more, but by whoever has just taken the waker.
    void forget_parent() noexcept { static_cast<void>(parent_.take()); }
    // The first marked child at or behind `from`; size() if there is none.
    [[nodiscard]] std::size_t find_marked(std::size_t from) const noexcept;
    // Before the poll that the mark asked for. REQUIRES: the child is marked.
    void clear_mark(std::size_t child) noexcept;
    // A waker that owns nothing; its clones do.
    [[nodiscard]] raw_waker waker_of(std::size_t child) noexcept;

    // The wakers' side. Any thread that holds a reference, at any time.

    void wake(std::size_t child) noexcept;

private:
    static constexpr std::size_t word_bits = 64;
    using word = sync::atomic<std::uint64_t>;

    // What the wakers of one child point to.
    struct member {
        wake_set* set = nullptr;
        std::size_t child = 0;
    };
    [[nodiscard]] static const member& member_of(const void* data) noexcept {
        return *static_cast<const member*>(data);
    }
    static raw_waker clone_waker(const void* data) noexcept;
    static void wake_and_drop(const void* data) noexcept;
    static void wake_by_ref(const void* data) noexcept;
    static void drop_waker(const void* data) noexcept;
    static const waker_functions functions;

    const std::size_t size_;
    const std::size_t word_count_;
    const std::unique_ptr<word[]> marks_;
    const std::unique_ptr<member[]> members_;
    waker_slot parent_;
};

// The combinator's end of a wake_set: polls the children that were woken, first to last. A poll
// that runs out of budget stops half-way, and the next one goes on where it stopped (as turns.hpp).
class woken_children {
public:
    explicit woken_children(std::size_t children)
        : set_(sync::make_shared_object<wake_set>(children)) {}
    woken_children(woken_children&&) = default;
    woken_children& operator=(woken_children&&) = delete;
    ~woken_children() {
        if (set_) set_->forget_parent();
    }

    // Calls `poll_child` with the index of each woken child and the context to poll it with, until
    // all have had their turn, or it returns false, or the budget is used up. Children that are
    // woken afterwards wake the waker of `cx`.
    template <class PollChild>
    void poll(context& cx, PollChild poll_child) {
        set_->register_parent(cx.waker());
        const std::size_t first = std::exchange(first_, 0);
        if (poll_range(cx, poll_child, first, set_->size()))
            static_cast<void>(poll_range(cx, poll_child, 0, first));
    }

private:
    template <class PollChild>
    bool poll_range(context& cx, PollChild& poll_child, std::size_t begin, std::size_t end) {
        for (std::size_t child = set_->find_marked(begin); child < end;
             child = set_->find_marked(child + 1)) {
            if (cx.must_yield()) {
                first_ = child;
                return false;
            }
            set_->clear_mark(child);
            const borrowed_waker waker(set_->waker_of(child));
            context child_context(waker.get(), cx);
            if (!poll_child(child, child_context)) return false;
        }
        return true;
    }

    sync::reference<wake_set> set_;
    std::size_t first_ = 0;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
