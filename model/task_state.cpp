// model/task_state.cpp: task/state.hpp: polls, wakes, aborts and the end of a task.
//
// Promises, each a scenario:
//   polls never overlap, no wake is lost, and the poll that a wake leads to sees what was written
//   before it, coalesced wakes included (T1, T3, T4); who enqueues the task may write its link;
//   abort() ends the task in a cancellation or loses against completion, and the future is
//   destroyed once, knowing all that the aborter wrote before (T2, T3, T4);
//   whoever claims an idle task may look at its future until it gives the token back, and what comes
//   meanwhile is kept (T10).
// Bounds: two and three threads, one or two wakes each.
// Not covered: queues between wake and poll (whoever gets `enqueue::yes` writes the link, as a queue
// would, and polls at once); whoever waits for the end of the task, which is task_core.cpp.
#include <model/harness.hpp>
#include <yot_run/task/state.hpp>

namespace {

namespace sync = yot_run::sync;
using namespace yot_run::internal;
using model::check;

// Each thread makes one thing ready, with relaxed stores only, and wakes. The task ends when it has
// seen everything; if it misses one there is nobody left to run it.
template <unsigned Threads, int Wakes>
class wakers_against_polls : public model::test {
    void before() override { pass_through_queue(); }  // A task is born scheduled.
    void thread(unsigned index) override {
        for (int i = 1; i <= Wakes; ++i) {
            ready_[index].store(i, sync::relaxed);
            if (state_.wake() == enqueue::yes) pass_through_queue();
        }
    }
    void after() override {
        check(state_.observe().complete(), "no wake was lost");
        check(state_.wake() == enqueue::no, "a wake after the end does nothing");
    }
    // Whoever has the run token writes the link, and takes it out again: a queue of one.
    void pass_through_queue() {
        do link_.set(link_.get() + 1);
        while (run() == after_suspend::reschedule);
    }
    after_suspend run() {
        check(state_.begin() != after_begin::cancel, "nobody aborted");
        frame_.set(frame_.get() + 1);
        if (!poll()) return state_.suspend();
        static_cast<void>(state_.finish());
        return after_suspend::idle;
    }
    [[nodiscard]] bool poll() {
        int seen = 0;
        for (auto& each : ready_) seen += each.load(sync::relaxed);
        return seen == int(Threads) * Wakes;
    }

    task_state state_;
    sync::cell<int> link_{0};  // As the link of an intrusive queue.
    sync::cell<int> frame_{0};
    sync::atomic<int> ready_[Threads] = {};
};

// Thread 0 wakes, thread 1 aborts; the task never ends by itself, or at the first poll that sees
// the wake.
template <bool Completes>
class abort_against_polls : public model::test {
    void before() override { pass_through_queue(); }
    void thread(unsigned index) override {
        if (index == 0) {
            ready_.store(1, sync::relaxed);
            if (state_.wake() == enqueue::yes) pass_through_queue();
        } else {
            reason_.set(1);
            if (state_.abort() == enqueue::yes) pass_through_queue();
        }
    }
    void after() override {
        check(state_.observe().complete(), "an abort is not lost");
        check(ended_.get() == 1, "the end is reached once");
    }
    void pass_through_queue() {
        do link_.set(link_.get() + 1);
        while (run() == after_suspend::reschedule);
    }
    after_suspend run() {
        if (state_.begin() == after_begin::cancel) return cancel();
        frame_.set(frame_.get() + 1);
        if (Completes && ready_.load(sync::relaxed) == 1) {
            ended_.set(ended_.get() + 1);
            static_cast<void>(state_.finish());
            return after_suspend::idle;
        }
        const after_suspend next = state_.suspend();
        return next == after_suspend::cancel ? cancel() : next;
    }
    after_suspend cancel() {
        frame_.set(-1);
        check(reason_.get() == 1, "what came before the abort is seen");
        ended_.set(ended_.get() + 1);
        static_cast<void>(state_.finish());
        return after_suspend::idle;
    }

    task_state state_;
    sync::cell<int> link_{0};
    sync::cell<int> frame_{0};
    sync::cell<int> reason_{0};
    sync::cell<int> ended_{0};
    sync::atomic<int> ready_{0};
};

// Thread 0 wakes twice, and the task ends with the second; thread 1 looks at the future while the task is
// idle, if it is.
class claimed : public model::test {
    void before() override { pass_through_queue(); }
    void thread(unsigned index) override {
        if (index == 0) {
            for (int news = 1; news <= 2; ++news) {
                ready_.store(news, sync::relaxed);
                if (state_.wake() == enqueue::yes) pass_through_queue();
            }
        } else if (state_.claim()) {
            frame_.set(frame_.get() + 1);
            if (state_.suspend() == after_suspend::reschedule) pass_through_queue();
        }
    }
    void after() override { check(state_.observe().complete(), "no wake was lost"); }
    void pass_through_queue() {
        do link_.set(link_.get() + 1);
        while (run() == after_suspend::reschedule);
    }
    after_suspend run() {
        check(state_.begin() != after_begin::cancel, "nobody aborted");
        frame_.set(frame_.get() + 1);
        if (ready_.load(sync::relaxed) < 2) return state_.suspend();
        static_cast<void>(state_.finish());
        return after_suspend::idle;
    }

    task_state state_;
    sync::cell<int> link_{0};
    sync::cell<int> frame_{0};
    sync::atomic<int> ready_{0};
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(
        argc, argv,
        {
            scenario::of<wakers_against_polls<2, 1>>("two_wakers", {.tree = 200'000}),
            scenario::of<wakers_against_polls<2, 2>>("two_wakers_twice"),
            scenario::of<wakers_against_polls<3, 1>>("three_wakers", {.threads = 3}),
            scenario::of<abort_against_polls<false>>("abort_against_wake", {.tree = 200'000}),
            scenario::of<abort_against_polls<true>>("abort_against_completion", {.tree = 200'000}),
            scenario::of<claimed>("claimed", {.tree = 200'000}),
        });
}
