// stress/bench/harness/gate.hpp: lets a thread outside a runtime wait for something inside it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace bench {

// Opened once, by any thread; may be destroyed as soon as wait() has returned.
class gate {
public:
    void open() {
        const std::lock_guard guard(mutex_);
        open_ = true;
        opened_.notify_all();
    }
    void wait() {
        std::unique_lock guard(mutex_);
        opened_.wait(guard, [this] { return open_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool open_ = false;
};

// A gate that opens when it has been counted down `count` times.
class latch_gate {
public:
    explicit latch_gate(std::uint64_t count) noexcept : left_(count) {}
    void count_down() {
        // Acquire and release: the last one passes on what all the others wrote.
        if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) gate_.open();
    }
    void wait() { gate_.wait(); }

private:
    std::atomic<std::uint64_t> left_;
    gate gate_;
};

}  // namespace bench
