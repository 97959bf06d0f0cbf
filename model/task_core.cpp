// model/task_core.cpp: task/core.hpp and join_handle.hpp: the life of a spawned task, with its
// handle, its wakers and its block.
//
// Promises, each a scenario:
//   a handle that waits is woken, with the waker it registered last, or finds the task complete; it
//   gets the output, which was written before (T5 to T8);
//   a handle that goes away while the task ends leaves output and join waker to exactly one side,
//   which destroys them (T9);
//   an abort ends the task, or loses against completion; the handle and the home learn which;
//   the block goes with the last of list, handle and wakers, wherever that is, and the future
//   before it; the home is told once (R1).
// Bounds: two and three threads; a task that needs one wake; two registrations of a join waker.
// Not covered: queues (the home runs a task on the thread that schedules it); coroutines (chain.hpp
// belongs to one thread at a time).
#include <model/counting_waker.hpp>
#include <yot_run/task/spawn.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace {

namespace sync = yot_run::sync;
using namespace yot_run;
using namespace yot_run::internal;
using model::check;

// Counts what is alive, in plain numbers: whoever counts must be ordered with the others.
class census {
public:
    [[nodiscard]] bool empty() const { return living_.get() == 0; }
    void add(int difference) { living_.set(living_.get() + difference); }

private:
    sync::cell<int> living_{0};
};

// Is counted, in all its copies.
class citizen {
public:
    explicit citizen(census& counted_in) noexcept : census_(&counted_in) { census_->add(1); }
    citizen(citizen&& other) noexcept : citizen(*other.census_) {}
    citizen& operator=(citizen&&) = delete;
    ~citizen() { census_->add(-1); }

private:
    census* census_;
};

// Runs a task at once, on the thread that schedules it.
class inline_home final : public task_home, public spawner {
public:
    explicit inline_home(const census& futures) : futures_(futures) {}
    void adopt(task_core& task) noexcept override {
        task.settle(*this);
        schedule(task);
    }
    void schedule(task_core& task) noexcept override {
        environment here;
        while (task.run(here) == after_run::reschedule) {
        }
    }
    void on_ending(task_core& /*task*/, ending how) noexcept override { ended_.set(how); }
    bool link(task_core& /*task*/) noexcept override {
        linked_.set(linked_.get() + 1);
        return true;
    }
    void unlink(task_core& task) noexcept override {
        unlinked_.set(unlinked_.get() + 1);
        task.drop_reference();
    }
    void on_destroyed() noexcept override {
        check(futures_.empty(), "the future goes before the block");
        destroyed_.set(destroyed_.get() + 1);
    }
    void on_unobserved(std::exception_ptr /*error*/) noexcept override {
        check(false, "nothing fails");
    }

    [[nodiscard]] ending ended() const { return ended_.get(); }
    void check_ended() const {
        check(linked_.get() == 1 && unlinked_.get() == 1, "a task is linked and unlinked once");
        check(destroyed_.get() == 1, "a block is destroyed once");
    }

private:
    const census& futures_;
    sync::cell<ending> ended_{ending::none};
    sync::cell<int> linked_{0};
    sync::cell<int> unlinked_{0};
    sync::cell<int> destroyed_{0};
};

// What the tasks of these models wait for.
struct gate {
    sync::atomic<bool> open{false};  // Relaxed: it is the wake that orders.
    std::optional<waker> opener;
    std::optional<waker> other;
    census futures;
    census outputs;
};

// Ready when the gate is open. Its first poll hands out two wakers.
class gated_future {
public:
    explicit gated_future(gate& where) : gate_(&where), counted_(where.futures) {}
    yot_run::poll<citizen> poll(context& cx) {
        if (gate_->open.load(sync::relaxed)) return citizen(gate_->outputs);
        if (!std::exchange(polled_, true)) {
            gate_->opener = cx.waker().clone();
            gate_->other = cx.waker().clone();
        }
        return poll_pending;
    }

private:
    gate* gate_;
    citizen counted_;
    bool polled_ = false;
};

// A task that has been polled once, and waits. Thread 0 opens the gate.
class task_model : public model::test {
protected:
    void before() override { handle_ = spawn_on(home_, gated_future(gate_)); }
    void after() override {
        handle_ = {};
        gate_.opener.reset();
        gate_.other.reset();
        home_.check_ended();
        check(gate_.outputs.empty(), "the output is destroyed");
    }
    void open_gate() {
        gate_.open.store(true, sync::relaxed);
        std::move(*gate_.opener).wake();
    }
    // Polls the handle. True: it told what came of the task.
    [[nodiscard]] bool join(const waker& waker) {
        environment here;
        context cx(waker, here);
        try {
            if (handle_.poll(cx).is_pending()) return false;
            told_ = ending::completed;
        } catch (const task_cancelled&) {
            told_ = ending::cancelled;
        }
        return true;
    }

    gate gate_;
    inline_home home_{gate_.futures};
    join_handle<citizen> handle_;
    ending told_ = ending::none;
};

// Thread 1 waits with one waker and then, as if it had been moved to another task, with another.
class awaited : public task_model {
    void thread(unsigned index) override {
        if (index == 0) return open_gate();
        joined_ = join(first_.make_waker()) || join(second_.make_waker());
    }
    void after() override {
        if (!joined_) {
            check(second_.take_wakes() == 1, "the waker that was registered last is called");
            check(join(second_.make_waker()), "whoever is woken finds the task complete");
        }
        check(told_ == ending::completed, "the handle gives the output");
        task_model::after();
    }
    model::sleeper first_;
    model::sleeper second_;
    bool joined_ = false;
};

// Thread 1 begins to wait, looks once more, and goes away.
class detached : public task_model {
    void thread(unsigned index) override {
        if (index == 0) return open_gate();
        if (!join(first_.make_waker()) && !join(first_.make_waker())) handle_.detach();
    }
    void after() override {
        handle_ = {};
        // The last waker still keeps the block.
        check(first_.wakers() == 0,
              "the join waker goes when nobody waits, and not with the block");
        task_model::after();
    }
    model::sleeper first_;
};

// Thread 1 aborts the task, and asks what came of it.
class aborted : public task_model {
    void thread(unsigned index) override {
        if (index == 0) return open_gate();
        handle_.abort();
        joined_ = join(first_.make_waker());
    }
    void after() override {
        check(joined_ || first_.take_wakes() == 1, "an abort is not lost");
        if (!joined_) check(join(first_.make_waker()), "whoever is woken finds the task ended");
        check(told_ == home_.ended(), "the handle and the home are told the same");
        task_model::after();
    }
    model::sleeper first_;
    bool joined_ = false;
};

// Thread 1 drops the handle and thread 2 the last waker, while thread 0 completes the task.
class last_reference : public task_model {
    void thread(unsigned index) override {
        if (index == 0)
            open_gate();
        else if (index == 1)
            handle_ = {};
        else
            gate_.other.reset();
    }
};

// Thread 2 wakes with a waker of its own: before, during or after the end.
class woken_twice : public task_model {
    void thread(unsigned index) override {
        if (index == 0)
            open_gate();
        else if (index == 1)
            handle_ = {};
        else
            std::move(*gate_.other).wake();
    }
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(argc, argv,
                      {
                          scenario::of<awaited>("awaited", {.tree = 100'000}),
                          scenario::of<detached>("detached", {.tree = 100'000}),
                          scenario::of<aborted>("aborted", {.tree = 100'000}),
                          scenario::of<last_reference>("last_reference", {.threads = 3}),
                          scenario::of<woken_twice>("woken_twice", {.threads = 3}),
                      });
}
