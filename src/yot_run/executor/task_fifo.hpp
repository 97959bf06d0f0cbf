// yot_run/executor/task_fifo.hpp: a queue of one thread's, first in first out, linked through `next`.
// Checked by: task_fifo_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

template <class T>
class task_fifo {
public:
    [[nodiscard]] bool empty() const noexcept { return oldest_ == nullptr; }

    void push(T& node) noexcept {
        node.next.set(nullptr);
        if (oldest_ == nullptr) oldest_ = &node;
        else newest_->next.set(&node);
        newest_ = &node;
    }
    // The oldest, or null.
    [[nodiscard]] T* pop() noexcept {
        if (oldest_ == nullptr) return nullptr;
        T* const node = oldest_;
        oldest_ = node->next.get();
        return node;
    }
    // All of them, oldest first, linked by `next` and ended by null.
    [[nodiscard]] T* take_all() noexcept { return std::exchange(oldest_, nullptr); }

private:
    T* oldest_ = nullptr;
    T* newest_ = nullptr;  // Meaningless while empty.
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
