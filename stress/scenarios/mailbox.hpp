// stress/scenarios/mailbox.hpp: where one task waits for tokens that any thread gives.
//
// A token is given, and then the receiver's waker is called; the receiver stores its waker, and
// then looks for tokens again. So a token that is never received is a wake that the runtime has
// lost. The waker stays stored while the task runs, so wakes also come in the middle of a poll.
// Order: the tokens are counted with acquire and release, so that what the giver did is the
// receiver's; the waker is under the mutex, which also orders storing it before or after a giver's
// look.
#pragma once

#include <yot_run/task/context.hpp>
#include <yot_run/task/poll.hpp>
#include <yot_run/task/waker.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <utility>

namespace stress {

class mailbox {
public:
    // Any thread. `wakes` more than one: wakes without a reason.
    void give(std::uint64_t tokens = 1, unsigned wakes = 1) noexcept {
        given_at_.store(now(), std::memory_order_relaxed);  // Published by the next line.
        given_.fetch_add(tokens, std::memory_order_acq_rel);
        for (unsigned count = 0; count < wakes; ++count) wake();
    }
    // Gives a token and wakes nobody: a mistake that a canary makes.
    void give_silently() noexcept { given_.fetch_add(1, std::memory_order_acq_rel); }

    class [[nodiscard]] receive_future {
    public:
        explicit receive_future(mailbox& box) noexcept : box_(&box) {}
        // How many tokens have come since the last time.
        yot_run::poll<std::uint64_t> poll(yot_run::context& cx) {
            if (const std::uint64_t tokens = box_->take(); tokens > 0) return tokens;
            box_->wait(cx.waker());
            if (const std::uint64_t tokens = box_->take(); tokens > 0) return tokens;
            return yot_run::poll_pending;
        }

    private:
        mailbox* box_;
    };
    // One task's at a time.
    receive_future receive() noexcept { return receive_future(*this); }

    // How many tokens were given, and received. Any thread.
    [[nodiscard]] std::uint64_t given() const noexcept {
        return given_.load(std::memory_order_acquire);
    }
    [[nodiscard]] std::uint64_t received() const noexcept {
        return received_.load(std::memory_order_acquire);
    }
    // How long ago the last token was given. The receiver.
    [[nodiscard]] std::chrono::nanoseconds since_given() const noexcept {
        return std::chrono::nanoseconds(now() - given_at_.load(std::memory_order_relaxed));
    }
    // Lets go of the waker, and with it of the task.
    void forget() noexcept {
        yot_run::waker stored;
        const std::lock_guard guard(mutex_);
        stored = std::move(waker_);
    }

private:
    static std::int64_t now() noexcept {
        return std::chrono::steady_clock::now().time_since_epoch().count();
    }
    void wake() noexcept {
        yot_run::waker stored;
        {
            const std::lock_guard guard(mutex_);
            if (!waker_) return;
            stored = waker_.clone();
        }
        std::move(stored).wake();
    }
    void wait(const yot_run::waker& waker) {
        yot_run::waker before;
        const std::lock_guard guard(mutex_);
        if (!waker_ || !waker_.will_wake(waker)) before = std::exchange(waker_, waker.clone());
    }
    std::uint64_t take() noexcept {
        const std::uint64_t all = given();
        const std::uint64_t before = received_.load(std::memory_order_relaxed);  // Our own.
        received_.store(all, std::memory_order_release);
        return all - before;
    }

    std::atomic<std::uint64_t> given_{0};
    std::atomic<std::uint64_t> received_{0};
    std::atomic<std::int64_t> given_at_{0};
    std::mutex mutex_;
    yot_run::waker waker_;  // Under the mutex.
};

}  // namespace stress
