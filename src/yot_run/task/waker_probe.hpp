// yot_run/task/waker_probe.hpp: for tests: wakers that tell what is done to them.
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/task/waker.hpp>

#include <chrono>
#include <functional>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// Hands out wakers and counts what becomes of them. Must outlive them; any thread may use them.
class waker_probe {
public:
    waker_probe() = default;
    waker_probe(const waker_probe&) = delete;
    waker_probe& operator=(const waker_probe&) = delete;

    // Called before the probe counts what it stands for. To be set before there are wakers.
    std::function<void()> on_clone;
    std::function<void()> on_wake;
    std::function<void()> on_drop;

    [[nodiscard]] waker make() noexcept {
        // Relaxed, as everywhere here: plain counts, which the tests read after what they wait for.
        alive_.fetch_add(1, sync::relaxed);
        return waker({this, &functions});
    }
    [[nodiscard]] int wakes() const noexcept { return wakes_.load(sync::relaxed); }
    [[nodiscard]] int clones() const noexcept { return clones_.load(sync::relaxed); }
    // Wakers that have been neither dropped nor consumed.
    [[nodiscard]] int alive() const noexcept { return alive_.load(sync::relaxed); }

private:
    [[nodiscard]] static waker_probe& of(const void* data) noexcept {
        return *static_cast<waker_probe*>(const_cast<void*>(data));
    }
    static raw_waker clone(const void* data) noexcept {
        waker_probe& probe = of(data);
        if (probe.on_clone) probe.on_clone();
        probe.clones_.fetch_add(1, sync::relaxed);
        return probe.make().release();
    }
    static void wake_by_ref(const void* data) noexcept {
        waker_probe& probe = of(data);
        probe.wakes_.fetch_add(1, sync::relaxed);
        if (probe.on_wake) probe.on_wake();
    }
    static void wake(const void* data) noexcept {
        wake_by_ref(data);
        of(data).alive_.fetch_sub(1, sync::relaxed);
    }
    static void drop(const void* data) noexcept {
        waker_probe& probe = of(data);
        if (probe.on_drop) probe.on_drop();
        probe.alive_.fetch_sub(1, sync::relaxed);
    }
    static constexpr waker_functions functions{clone, wake, wake_by_ref, drop};

    sync::atomic<int> wakes_{0};
    sync::atomic<int> clones_{0};
    sync::atomic<int> alive_{0};
};

// What a thread waits on that plays a task: a wake lets it go on.
class waiting_thread {
public:
    explicit waiting_thread(waker_probe& probe) {
        probe.on_wake = [this] {
            const sync::lock guard(mutex_);
            woken_ = true;
            changed_.notify_one();
        };
    }
    // Waits for a wake since the last call. False: there was none for a minute, so it is lost.
    [[nodiscard]] bool wait() {
        sync::lock guard(mutex_);
        const bool woken =
            changed_.wait_for(guard, std::chrono::minutes(1), [this] { return woken_; });
        woken_ = false;
        return woken;
    }

private:
    sync::mutex mutex_;
    sync::condition_variable changed_;
    bool woken_ = false;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
