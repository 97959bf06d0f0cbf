// model/wake_set.cpp: task/wake_set.hpp: which of many futures polled by one were woken.
//
// Promises, each a scenario:
//   a child that was woken is polled after that, and sees what its waker wrote before, coalesced
//   wakes included (M1, M2); no wake is lost between looking for marks and being pending;
//   wakers may be called and dropped while the combinator goes, and after it has gone.
// Bounds: two children; two and three threads, up to two wakes each.
// Not covered: more children than fit one word (wake_set_test.cpp).
#include <model/counting_waker.hpp>
#include <yot_run/task/wake_set.hpp>

#include <optional>
#include <utility>

namespace {

namespace sync = yot_run::sync;
using namespace yot_run;
using namespace yot_run::internal;
using model::check;

// Each waker makes its child ready with plain and relaxed writes only, and wakes it. The combinator
// polls when its own waker was called.
template <unsigned Wakers, int Wakes>
class woken_while_polled : public model::test {
    static constexpr std::size_t children = 2;

    void before() override {
        poll();  // All children are marked at first, and hand out their wakers.
    }
    void thread(unsigned index) override {
        if (index == 0) {
            poll_if_woken();
            poll_if_woken();
            return;
        }
        for (int i = 1; i <= Wakes; ++i) {
            ready_[child_of(index)].fetch_add(1, sync::relaxed);
            wakers_[index - 1]->wake_by_ref();
        }
    }
    void after() override {
        poll_while_woken();
        for (std::size_t child = 0; child < children; ++child)
            check(seen_[child] == ready_[child].load(sync::relaxed), "no wake is lost");
        set_.reset();
        for (auto& waker : wakers_) waker.reset();
    }
    static std::size_t child_of(unsigned thread) { return thread - 1; }

    void poll() {
        environment here;
        const waker parent = parent_.make_waker();
        context cx(parent, here);
        set_->poll(cx, [this](std::size_t child, context& inside) {
            if (child < Wakers && !wakers_[child]) wakers_[child] = inside.waker().clone();
            seen_[child] = ready_[child].load(sync::relaxed);
            return true;
        });
    }
    // A poll that meets a waker half-way asks for another one, so the thread must not insist.
    void poll_if_woken() {
        if (parent_.take_wakes() > 0) poll();
    }
    void poll_while_woken() {
        while (parent_.take_wakes() > 0) poll();
    }

    model::sleeper parent_;
    std::optional<woken_children> set_{std::in_place, children};
    std::optional<waker> wakers_[Wakers];
    sync::atomic<int> ready_[children] = {};
    int seen_[children] = {};  // The polling thread's.
};

// Two wakers of one child, of which the second may find the mark set: what it wrote is seen by the
// poll that the first one asked for, or by another.
class coalesced : public model::test {
    void before() override { poll(); }
    void thread(unsigned index) override {
        if (index == 0) {
            for (int i = 0; i < 2; ++i)
                if (parent_.take_wakes() > 0) poll();
            return;
        }
        written_[index - 1].store(1, sync::relaxed);
        wakers_[index - 1]->wake_by_ref();
    }
    void after() override {
        while (parent_.take_wakes() > 0) poll();
        check(seen_ == 2, "what was written before each wake is seen");
        set_.reset();
        for (auto& waker : wakers_) waker.reset();
    }
    void poll() {
        environment here;
        const waker parent = parent_.make_waker();
        context cx(parent, here);
        set_->poll(cx, [this](std::size_t, context& inside) {
            for (auto& waker : wakers_)
                if (!waker) waker = inside.waker().clone();
            seen_ = written_[0].load(sync::relaxed) + written_[1].load(sync::relaxed);
            return true;
        });
    }
    model::sleeper parent_;
    std::optional<woken_children> set_{std::in_place, 1};
    std::optional<waker> wakers_[2];
    sync::atomic<int> written_[2] = {};
    int seen_ = 0;
};

// Thread 0 drops the combinator; the others wake its children.
class dropped : public model::test {
    void before() override {
        environment here;
        const waker parent = parent_.make_waker();
        context cx(parent, here);
        set_->poll(cx, [this](std::size_t child, context& inside) {
            wakers_[child] = inside.waker().clone();
            return true;
        });
    }
    void thread(unsigned index) override {
        if (index == 0)
            set_.reset();
        else
            std::move(*std::exchange(wakers_[index - 1], std::nullopt)).wake();
    }
    void after() override { static_cast<void>(parent_.take_wakes()); }
    model::sleeper parent_;
    std::optional<woken_children> set_{std::in_place, std::size_t{2}};
    std::optional<waker> wakers_[2];
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(argc, argv,
                      {
                          scenario::of<woken_while_polled<1, 1>>("one_waker", {.tree = 100'000}),
                          scenario::of<woken_while_polled<1, 2>>("one_waker_twice"),
                          scenario::of<woken_while_polled<2, 1>>("two_wakers", {.threads = 3}),
                          scenario::of<coalesced>("coalesced", {.threads = 3}),
                          scenario::of<dropped>("dropped", {.threads = 3}),
                      });
}
