// yot_run/reactor/wake_batch.hpp: wakers that are collected under a lock and called outside it.
//
// A waker may do anything a task may do: arm a timer, drop a socket. So it is called where no lock is
// held. The batch has a fixed size, so that collecting cannot fail and a lock is not held for long.
//
// Invariant: whoever fills the batch calls it before anybody adds to it again. So it never comes full
// from one function to the next.
// Checked by: wake_batch_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/task/waker.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class wake_batch {
public:
    static constexpr std::size_t capacity = 64;

    wake_batch() = default;
    wake_batch(const wake_batch&) = delete;
    wake_batch& operator=(const wake_batch&) = delete;
    // Calls what is left.
    ~wake_batch() { wake_all(); }

    [[nodiscard]] bool full() const noexcept { return size_ == capacity; }
    // An empty waker is ignored. REQUIRES: not full.
    void add(waker&& waker) noexcept {
        if (waker) wakers_[size_++] = std::move(waker);
    }
    // Calls all wakers, in the order in which they were added. REQUIRES: the caller holds no lock.
    void wake_all() noexcept {
        for (std::size_t i = 0; i < size_; ++i) std::move(wakers_[i]).wake();
        called_ += std::exchange(size_, 0);
    }
    // How many wakers have been called so far.
    [[nodiscard]] std::size_t called() const noexcept { return called_; }

private:
    std::array<waker, capacity> wakers_;
    std::size_t size_ = 0;
    std::size_t called_ = 0;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
