// model/waker_slot.cpp: task/waker_slot.hpp: news and the task that waits for it.
//
// Promise: after news and take(), either the waker that was registered last is called after the
// news, or the registration that follows sees it; the poll that such a call leads to sees it, too,
// though the call itself orders nothing here; no waker is called twice or leaked (W1 to W4).
// Bounds: one task, polled up to three times; one and two givers of news, one or two pieces each.
// The waker changes from poll to poll, or does not.
// Not covered: two threads that register at the same time, which is not allowed.
#include <model/counting_waker.hpp>
#include <yot_run/task/waker_slot.hpp>

namespace {

namespace sync = yot_run::sync;
using model::check;
using yot_run::internal::waker_slot;

template <unsigned Givers, int Pieces, bool ChangesWakers>
class news : public model::test {
    // Thread 0 is the task. It is polled once, and then again only when it was woken.
    void thread(unsigned index) override {
        if (index == 0) {
            poll();
            for (int i = 0; i < 2 && !seen_all_; ++i)
                if (take_wakes() > 0) poll();
            return;
        }
        for (int piece = 1; piece <= Pieces; ++piece) {
            news_[index - 1].store(piece, sync::relaxed);
            slot_.wake();
        }
    }
    void after() override {
        check(seen_all_ || take_wakes() > 0, "news is seen, or the task is woken after it");
        slot_.wake();
    }
    // Registers, then looks.
    void poll() {
        model::sleeper& sleeper = ChangesWakers && ++polls_ % 2 == 0 ? second_ : first_;
        slot_.register_waker(sleeper.make_waker());
        int seen = 0;
        for (auto& each : news_) seen += each.load(sync::relaxed);
        seen_all_ = seen == int(Givers) * Pieces;
    }
    [[nodiscard]] int take_wakes() { return first_.take_wakes() + second_.take_wakes(); }

    model::sleeper first_;
    model::sleeper second_;
    waker_slot slot_;
    sync::atomic<int> news_[Givers] = {};
    int polls_ = 0;
    bool seen_all_ = false;
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(
        argc, argv,
        {
            scenario::of<news<1, 1, false>>("one_giver", {.tree = 100'000}),
            scenario::of<news<1, 2, true>>("one_giver_twice", {.tree = 100'000}),
            scenario::of<news<2, 1, false>>("two_givers", {.threads = 3}),
            scenario::of<news<2, 1, true>>("two_givers_changing_wakers", {.threads = 3}),
        });
}
