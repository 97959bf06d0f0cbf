// yot_run/task/test_doubles.hpp: what the tests of this module stand in for the world with.
//
// Used by tests only, and not installed.
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/task/context.hpp>
#include <yot_run/task/environment.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/waker.hpp>
#include <yot_run/task/waker_probe.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::test {

// Polls futures by hand, and counts how often that was asked for.
class hand {
public:
    template <class F>
    auto poll(F& future, unsigned budget = default_budget) {
        context cx(waker_, inside, budget);
        return future.poll(cx);
    }
    // Polls until the future is ready, as long as each poll has asked for another.
    template <class F>
    auto poll_to_end(F& future) {
        for (;;) {
            const int before = counts.wakes();
            auto answer = poll(future);
            if (answer.is_ready() || counts.wakes() == before) return answer;
        }
    }

    environment inside;
    internal::waker_probe counts;

private:
    waker waker_ = counts.make();
};

// Happens when the test says so. Counts the polls of those who wait for it. Any thread.
class manual_event {
public:
    class future {
    public:
        explicit future(manual_event& event) noexcept : event_(&event) {}
        yot_run::poll<> poll(context& cx) { return event_->poll(cx); }

    private:
        manual_event* event_;
    };

    [[nodiscard]] future wait() noexcept { return future(*this); }
    // Everybody who waits is ready from now on, and woken.
    void set() {
        {
            const sync::lock guard(mutex_);
            set_ = true;
        }
        wake();
    }
    // Wakes everybody who waits, ready or not.
    void wake() {
        std::vector<waker> waiting;
        {
            const sync::lock guard(mutex_);
            waiting.swap(waiting_);
        }
        for (waker& one : waiting) std::move(one).wake();
    }
    [[nodiscard]] unsigned polls() const {
        const sync::lock guard(mutex_);
        return polls_;
    }

private:
    yot_run::poll<> poll(context& cx) {
        const sync::lock guard(mutex_);
        ++polls_;
        if (set_) return {};
        waiting_.push_back(cx.waker().clone());
        return poll_pending;
    }

    mutable sync::mutex mutex_;
    bool set_ = false;
    unsigned polls_ = 0;
    std::vector<waker> waiting_;
};

// How many `tracked` objects there are, and how many were moved without being told (a compiler that
// copies an object of a coroutine's frame bit by bit, or destroys it twice). One thread at a time.
struct census {
    int alive = 0;
    int made = 0;
    int strays = 0;
};

// An object whose life is followed.
class tracked {
public:
    explicit tracked(census& seen, int label = 0) noexcept
        : number(label), census_(&seen), self_(this) {
        count();
    }
    tracked(const tracked& other) noexcept : tracked(*other.census_, other.number) {}
    tracked(tracked&& other) noexcept : tracked(*other.census_, std::exchange(other.number, -1)) {}
    tracked& operator=(const tracked& other) noexcept = delete;
    tracked& operator=(tracked&& other) noexcept = delete;
    ~tracked() {
        if (self_ != this) ++census_->strays;
        self_ = nullptr;
        --census_->alive;
    }

    int number;  // -1 after it was moved from.

private:
    void count() noexcept {
        ++census_->made;
        ++census_->alive;
    }
    census* census_;
    const tracked* self_;
};

// How far the calling function's frame is from that of `start`: how much stack lies in between.
class stack_gauge {
public:
    [[gnu::noinline]] void note() noexcept {
        const std::uintptr_t here = position();
        if (low_ == 0 || here < low_) low_ = here;
        if (here > high_) high_ = here;
    }
    [[nodiscard]] std::uintptr_t spread() const noexcept { return high_ - low_; }

private:
    [[gnu::noinline]] static std::uintptr_t position() noexcept {
        return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    }
    std::uintptr_t low_ = 0;
    std::uintptr_t high_ = 0;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::test
