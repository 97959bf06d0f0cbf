// A future written by hand: any type with `poll<T> poll(context&)`. It works in coroutines, and can
// be spawned without any.
#include <yot_run/yot_run.hpp>

#include <iostream>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

// One value, handed from any thread to whoever waits for it.
class mailbox {
public:
    void put(int value) {
        yot_run::waker waiting;
        {
            const std::lock_guard guard(mutex_);
            value_ = value;
            waiting = std::move(waiting_);
        }
        if (waiting) std::move(waiting).wake();  // Outside the lock: a waker may do anything.
    }

    class take_future {
    public:
        explicit take_future(mailbox& from) : from_(&from) {}
        yot_run::poll<int> poll(yot_run::context& cx) {
            const std::lock_guard guard(from_->mutex_);
            if (from_->value_) return *std::exchange(from_->value_, std::nullopt);
            // Pending: keep a waker where put() will find it. Under the lock, so no value slips by.
            from_->waiting_ = cx.waker().clone();
            return yot_run::poll_pending;
        }

    private:
        mailbox* from_;
    };
    take_future take() { return take_future(*this); }

private:
    std::mutex mutex_;
    std::optional<int> value_;
    yot_run::waker waiting_;
};

yot_run::task<> async_main() {
    mailbox box;
    std::thread sender([&box] { box.put(42); });  // Not a thread of the runtime: any will do.
    const int in_a_coroutine = co_await box.take();
    sender.join();

    auto spawned = yot_run::spawn(box.take());
    box.put(43);
    const int spawned_alone = co_await spawned;
    std::cout << "Received " << in_a_coroutine << " and " << spawned_alone << ".\n";
}

YOT_RUN_MAIN(async_main, {.show_ui = false});
