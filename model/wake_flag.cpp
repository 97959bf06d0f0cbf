// model/wake_flag.cpp: reactor/wake_flag.hpp: many requests to wake a waiting thread become one
// signal.
//
// Promise: after raise() either the caller signals or a signal is on its way; the waiter that has
// answered it sees what was written before (F1, F2). So nobody's request is lost.
// Bounds: one waiter, one and two wakers with one or two requests each. The signal, an eventfd in
// the epoll selector, is a counter with a mutex and a condition variable to sleep on. The mutex
// orders those who signal before the waiter, which the kernel does not promise; so the order that
// the flag gives shows in those who found it up.
// Not covered: the kernel.
#include <model/harness.hpp>
#include <yot_run/reactor/wake_flag.hpp>

namespace {

namespace sync = yot_run::sync;
using yot_run::internal::wake_flag;

class event_counter {
public:
    void signal() {
        count_.fetch_add(1, sync::relaxed);
        const sync::lock guard(mutex_);
        arrived_.notify_one();
    }
    void await() {
        sync::lock guard(mutex_);
        while (count_.load(sync::relaxed) == 0) arrived_.wait(guard);
    }
    void drain() { count_.exchange(0, sync::relaxed); }

private:
    sync::atomic<int> count_{0};
    sync::mutex mutex_;
    sync::condition_variable arrived_;
};

// Thread 0 waits until it has seen every request. A lost one is a deadlock.
template <int Wakers, int Requests>
class waiter_and_wakers : public model::test {
    void thread(unsigned index) override {
        if (index != 0) {
            for (int i = 1; i <= Requests; ++i) {
                requests_[index - 1].store(i, sync::relaxed);
                if (flag_.raise()) event_.signal();
            }
            return;
        }
        while (!seen_all()) {
            event_.await();
            event_.drain();
            if (!flag_.lower()) event_.signal();
        }
    }
    [[nodiscard]] bool seen_all() {
        int seen = 0;
        for (auto& each : requests_) seen += each.load(sync::relaxed);
        return seen == Wakers * Requests;
    }

    wake_flag flag_;
    event_counter event_;
    sync::atomic<int> requests_[Wakers] = {};
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(argc, argv,
                      {
                          scenario::of<waiter_and_wakers<1, 1>>("one_waker", {.tree = 100'000}),
                          scenario::of<waiter_and_wakers<1, 2>>("one_waker_twice"),
                          scenario::of<waiter_and_wakers<2, 1>>("two_wakers", {.threads = 3}),
                          scenario::of<waiter_and_wakers<2, 2>>("two_wakers_twice", {.threads = 3}),
                      });
}
