// stress/bench/yot_run/signal.hpp: one task tells another that something has happened. Written with
// what the library offers to everybody who writes a future: a waker, stored under a lock.
//
//   raise()      remembers one event, and wakes the task that waits
//   wait()       a future that is ready when there is an event, and takes it
//
// Any thread may raise; one task at a time waits.
#pragma once

#include <yot_run/task/context.hpp>
#include <yot_run/task/poll.hpp>
#include <yot_run/task/waker.hpp>

#include <mutex>
#include <utility>

namespace bench {

class signal {
public:
    void raise() {
        yot_run::waker waiting;
        {
            const std::lock_guard guard(mutex_);
            raised_ = true;
            waiting = std::move(waiting_);
        }
        if (waiting) std::move(waiting).wake();
    }

    class [[nodiscard]] wait_future {
    public:
        explicit wait_future(signal& on) noexcept : on_(&on) {}
        yot_run::poll<> poll(yot_run::context& cx) {
            if (cx.must_yield()) return yot_run::poll_pending;
            const std::lock_guard guard(on_->mutex_);
            if (std::exchange(on_->raised_, false)) {
                cx.charge();
                return {};
            }
            on_->waiting_ = cx.waker().clone();
            return yot_run::poll_pending;
        }

    private:
        signal* on_;
    };
    wait_future wait() noexcept { return wait_future(*this); }

private:
    std::mutex mutex_;
    bool raised_ = false;
    yot_run::waker waiting_;
};

}  // namespace bench
