// model/parker.cpp: executor/parker.hpp, and runtime/block_on.hpp's waker on top of it: sleep and
// be woken.
//
// Promise: an unpark before or during a park ends it, and what was written before the unpark is
// seen after it (P1 to P4); wakers of a blocked thread may outlive the call, and the last one to go
// takes the parker with it.
// Bounds: one sleeper, one and two wakers, one or two unparks each; spurious wake-ups of the
// condition variable in random searches.
// Not covered: timed waits; the parker has none.
#include <model/harness.hpp>
#include <yot_run/executor/parker.hpp>
#include <yot_run/runtime/block_on.hpp>

#include <optional>
#include <utility>

namespace {

namespace sync = yot_run::sync;
using model::check;
using namespace yot_run;
using namespace yot_run::internal;

// Thread 0 sleeps until it has seen what all the others wrote. A lost unpark is a deadlock.
template <int Wakers, int Unparks>
class sleeper_and_wakers : public model::test {
    void thread(unsigned index) override {
        if (index != 0) {
            for (int i = 1; i <= Unparks; ++i) {
                written_[index - 1].store(i, sync::relaxed);
                parker_.unpark();
            }
            return;
        }
        while (!seen_all()) parker_.park();
    }
    [[nodiscard]] bool seen_all() {
        int seen = 0;
        for (auto& each : written_) seen += each.load(sync::relaxed);
        return seen == Wakers * Unparks;
    }
    parker parker_;
    sync::atomic<int> written_[Wakers] = {};
};

// One unpark answers for what was written before it, in plain memory.
class plain_message : public model::test {
    void thread(unsigned index) override {
        if (index == 0) {
            // A park may also return for no reason, by contract; this one does not.
            parker_.park();
            check(message_.get() == 1, "what was written before the unpark is seen");
        } else {
            message_.set(1);
            parker_.unpark();
        }
    }
    parker parker_;
    sync::cell<int> message_{0};
};

// Ready when the other thread has said so; keeps the waker of the last poll where that one finds
// it.
struct shared_promise {
    sync::mutex mutex;
    bool ready = false;
    std::optional<waker> waiting;
};
class promised_future {
public:
    explicit promised_future(shared_promise& promise) : promise_(&promise) {}
    yot_run::poll<int> poll(context& cx) {
        const sync::lock guard(promise_->mutex);
        if (promise_->ready) return 7;
        promise_->waiting = cx.waker().clone();
        return poll_pending;
    }

private:
    shared_promise* promise_;
};

// Thread 1 keeps a clone of the waker beyond the call.
class blocked_on : public model::test {
    void thread(unsigned index) override {
        if (index == 0) {
            environment here;
            promised_future future(promise_);
            check(block_on_here(here, future) == 7, "the future's value is given");
            return;
        }
        std::optional<waker> waiting;
        {
            const sync::lock guard(promise_.mutex);
            promise_.ready = true;
            waiting = std::move(promise_.waiting);
        }
        if (!waiting) return;
        const waker kept = waiting->clone();
        std::move(*waiting).wake();
        kept.wake_by_ref();
    }
    shared_promise promise_;
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(argc, argv,
                      {
                          scenario::of<sleeper_and_wakers<1, 1>>("one_waker", {.tree = 100'000}),
                          scenario::of<sleeper_and_wakers<1, 2>>("one_waker_twice"),
                          scenario::of<sleeper_and_wakers<2, 1>>("two_wakers", {.threads = 3}),
                          scenario::of<plain_message>("plain_message", {.tree = 100'000}),
                          scenario::of<blocked_on>("blocked_on", {.tree = 100'000}),
                      });
}
