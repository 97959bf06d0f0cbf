// yot_run/task/waker.hpp: the one thing a future must know of whoever polls it.
//
// A waker is a pointer and a table of functions. It owns its pointer: `drop` runs exactly once for
// every waker made or cloned, or `wake` runs instead and consumes it.
// Threads: different wakers of one task may be used at the same time on any threads; one waker
// object is one thread's at a time, but `wake_by_ref`, `clone` and `will_wake` are const and may
// overlap.
// Checked by: waker_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {

struct waker_functions;

// The parts of a waker, for those who implement one.
struct raw_waker {
    const void* data = nullptr;
    const waker_functions* functions = nullptr;
};

// What a waker does. All of them may be called on any thread, and none may throw or block.
struct waker_functions {
    raw_waker (*clone)(const void* data) noexcept;    // Another owner of the same wake.
    void (*wake)(const void* data) noexcept;          // Wakes, and gives up ownership.
    void (*wake_by_ref)(const void* data) noexcept;   // Wakes, and keeps ownership.
    void (*drop)(const void* data) noexcept;          // Gives up ownership.
};

// Move-only: cloning costs an atomic increment, so it is spelled out. An empty waker (default
// constructed or moved from) cannot be cloned or called; everything else may be done with it.
class waker {
public:
    waker() = default;
    // Takes over the ownership that `raw` stands for.
    explicit waker(raw_waker raw) noexcept : raw_(raw) {}
    waker(waker&& other) noexcept : raw_(std::exchange(other.raw_, {})) {}
    waker& operator=(waker&& other) noexcept {
        waker(std::move(other)).swap(*this);
        return *this;
    }
    ~waker() {
        if (raw_.functions != nullptr) raw_.functions->drop(raw_.data);
    }

    [[nodiscard]] waker clone() const noexcept { return waker(raw_.functions->clone(raw_.data)); }
    // Wakes the task and consumes this waker, which is empty afterwards.
    void wake() && noexcept {
        const raw_waker raw = std::exchange(raw_, {});
        raw.functions->wake(raw.data);
    }
    void wake_by_ref() const noexcept { raw_.functions->wake_by_ref(raw_.data); }
    // True: waking either is known to wake the same task. False says nothing.
    [[nodiscard]] bool will_wake(const waker& other) const noexcept {
        return raw_.data == other.raw_.data && raw_.functions == other.raw_.functions;
    }
    [[nodiscard]] explicit operator bool() const noexcept { return raw_.functions != nullptr; }
    // Gives the parts away without dropping them; `waker(raw)` takes them back.
    [[nodiscard]] raw_waker release() noexcept { return std::exchange(raw_, {}); }
    void swap(waker& other) noexcept { std::swap(raw_, other.raw_); }

private:
    raw_waker raw_;
};

// A waker that owns nothing: for the duration of a poll, whose caller owns the task anyway.
class borrowed_waker {
public:
    explicit borrowed_waker(raw_waker raw) noexcept : waker_(raw) {}
    borrowed_waker(const borrowed_waker&) = delete;
    borrowed_waker& operator=(const borrowed_waker&) = delete;
    ~borrowed_waker() { static_cast<void>(waker_.release()); }
    [[nodiscard]] const waker& get() const noexcept { return waker_; }

private:
    waker waker_;
};

// A waker that does nothing, for polling by hand.
[[nodiscard]] waker noop_waker() noexcept;

}  // namespace yot_run::inline YOT_RUN_WORLD
