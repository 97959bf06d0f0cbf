// model/executor.cpp: the executor whole: executor_core, its workers with their real loop, its
// lists, queues and parkers, and real tasks.
//
// Promises:
//   every task that is spawned ends, and its handle tells: completed, or cancelled by the shutdown;
//   tasks that wake each other across workers are not lost;
//   after close() the workers return when every task has ended, and then nothing is left: no task,
//   no block, no core, whenever the shutdown comes and whoever keeps a waker.
//   what waits in the queue of a worker that is held up is run by another one, however it came there;
//   threads are started and joined, and a shutdown waits for them;
//   looking at a task takes no wake from it.
// Bounds: one and two workers, up to two threads outside them; up to five tasks.
// Not covered: fairness (worker_test.cpp); threads that run out (scarce_threads_test.cpp).
#include <model/harness.hpp>
#include <yot_run/executor/executor.hpp>
#include <yot_run/executor/parker.hpp>
#include <yot_run/runtime/block_on.hpp>
#include <yot_run/task/spawn.hpp>
#include <yot_run/task/waker_slot.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace {

namespace sync = yot_run::sync;
using namespace yot_run;
using namespace yot_run::internal;
using model::check;

// The workers are threads 0 to Workers - 1, the rest of the model comes after them.
template <unsigned Workers>
class executor_model : public model::test {
protected:
    void before() override {
        executor_options options;
        options.workers = Workers;
        options.on_unobserved = [](std::exception_ptr) { check(false, "nothing fails"); };
        core_ = sync::make_shared_object<executor_core>(std::move(options), environment{});
    }
    void thread(unsigned index) final {
        if (index < Workers)
            core_->worker_at(index).run();
        else
            outside();
    }
    void after() override {
        check(core_->drained() && core_->live_task_count() == 0, "every task has ended");
        core_->release_blocks();
        core_ = {};
    }
    virtual void outside() = 0;

    template <class Future>
    auto wait_for(Future& future) {
        environment here;
        return block_on_here(here, future);
    }

    sync::reference<executor_core> core_;
};

// Yields once, or not at all.
class counting_future {
public:
    explicit counting_future(sync::cell<int>& count, bool yields) : count_(&count), left_(yields) {}
    yot_run::poll<int> poll(context& cx) {
        if (std::exchange(left_, false)) {
            cx.yield();
            return poll_pending;
        }
        count_->set(count_->get() + 1);
        return count_->get();
    }

private:
    sync::cell<int>* count_;
    bool left_;
};

// A task is spawned from outside and awaited there; then the executor is closed.
template <bool Yields>
class spawned_outside : public executor_model<1> {
    void outside() override {
        auto handle = spawn_on(*core_, counting_future(count_, Yields));
        check(wait_for(handle) == 1, "a task gives its output");
        core_->close();
    }
    sync::cell<int> count_{0};
};

// A task is spawned from outside while another one ends.
class two_spawned_outside : public executor_model<1> {
    void outside() override {
        auto first = spawn_on(*core_, counting_future(count_, false));
        check(core_->live_task_count() <= 1, "there is one task, or it has ended");
        auto second = spawn_on(*core_, counting_future(count_, false));
        check(wait_for(first) + wait_for(second) == 3, "both give their outputs");
        core_->close();
    }
    sync::cell<int> count_{0};
};

// The executor is closed while the task is anywhere: it ends, one way or the other.
template <unsigned Workers>
class closed_at_any_moment : public executor_model<Workers> {
    void outside() override {
        auto handle = spawn_on(*this->core_, counting_future(count_, true));
        this->core_->close();
        try {
            check(this->wait_for(handle) == 1, "a task gives its output");
        } catch (const task_cancelled&) {
            check(count_.get() == 0, "a cancelled task has no output");
        }
    }
    sync::cell<int> count_{0};
};

// A task is spawned while another thread closes the executor: it is aborted, or refused.
class spawned_while_closing : public model::test {
    void before() override {
        executor_options options;
        options.workers = 1;
        core_ = sync::make_shared_object<executor_core>(std::move(options), environment{});
    }
    void thread(unsigned index) override {
        if (index == 0) return core_->worker_at(0).run();
        if (index == 1) return core_->close();
        auto handle = spawn_on(*core_, pending<int>());
        environment here;
        try {
            static_cast<void>(block_on_here(here, handle));
            check(false, "nothing comes of it");
        } catch (const task_cancelled&) {
        }
    }
    void after() override {
        check(core_->drained() && core_->live_task_count() == 0, "every task has ended");
        core_->release_blocks();
        core_ = {};
    }
    sync::reference<executor_core> core_;
};

// A task spawns another one, which waits for ever, while the executor is closed: the child is in no
// list yet, in one, or refused, and ends in any case.
class parent_of_one_that_waits {
public:
    explicit parent_of_one_that_waits(executor_core& core) : core_(&core) {}
    yot_run::poll<int> poll(context& /*cx*/) {
        spawn_on(*core_, pending<int>()).detach();
        return 1;
    }

private:
    executor_core* core_;
};
class spawned_inside_while_closing : public executor_model<2> {
    void before() override {
        executor_model::before();
        spawn_on(*core_, parent_of_one_that_waits(*core_)).detach();
    }
    void outside() override { core_->close(); }
};

// Tasks are looked at, from outside, while they are polled, wait, are woken, or end: nobody else touches
// their futures then, and no wake is lost.
class described_at_any_moment : public executor_model<1> {
    struct letter {
        void arrive() {
            come.store(true, sync::release);
            receiver.wake();
        }
        sync::cell<int> polls{0};
        sync::atomic<bool> come{false};
        waker_slot receiver;
    };
    class waiting {
    public:
        explicit waiting(letter& for_this) : letter_(&for_this) {}
        yot_run::poll<int> poll(context& cx) {
            letter_->polls.set(letter_->polls.get() + 1);
            letter_->receiver.register_waker(cx.waker());
            if (!letter_->come.load(sync::acquire)) return poll_pending;
            return 1;
        }
        void describe(description& /*into*/) const {
            check(letter_->polls.get() > 0, "a task that waits has been polled");
        }

    private:
        letter* letter_;
    };
    void outside() override {
        auto early = spawn_on(*core_, waiting(early_));
        auto late = spawn_on(*core_, waiting(late_));
        early_.arrive();
        description into;
        core_->describe(into);
        late_.arrive();
        check(wait_for(early) + wait_for(late) == 2, "both are woken");
        core_->close();
    }
    letter early_;
    letter late_;
};

// A task that spawns another one and blocks its worker until that one has run: what is in the queue
// of a worker that is held up is found by another.
class blocking_host {
public:
    explicit blocking_host(parker& child_has_run) : child_has_run_(&child_has_run) {}
    yot_run::poll<int> poll(context& cx) {
        spawn_on(*cx.environment().spawner, unparking_child(*child_has_run_)).detach();
        child_has_run_->park();
        return 1;
    }

private:
    class unparking_child {
    public:
        explicit unparking_child(parker& told) : told_(&told) {}
        yot_run::poll<int> poll(context& /*cx*/) {
            told_->unpark();
            return 1;
        }

    private:
        parker* told_;
    };
    parker* child_has_run_;
};
class worker_held_up : public executor_model<2> {
    void outside() override {
        auto handle = spawn_on(*core_, blocking_host(child_has_run_));
        check(wait_for(handle) == 1, "the other worker runs the child");
        core_->close();
    }
    parker child_has_run_;
};

// The same, but the child blocks its worker, until its parent is polled again. The parent yields while
// the child is in the other queue; in the end it closes the executor, so that the workers are all there
// is.
class blocking_task {
public:
    explicit blocking_task(parker& until) : until_(&until) {}
    yot_run::poll<int> poll(context& /*cx*/) {
        until_->park();
        return 1;
    }

private:
    parker* until_;
};
class yielding_host {
public:
    yielding_host(executor_core& core, parker& polled_again)
        : core_(&core), polled_again_(&polled_again) {}
    yot_run::poll<int> poll(context& cx) {
        if (!std::exchange(has_spawned_, true)) {
            spawn_on(*core_, blocking_task(*polled_again_)).detach();
            cx.waker().wake_by_ref();
            return poll_pending;
        }
        polled_again_->unpark();
        core_->close();
        return 1;
    }

private:
    executor_core* core_;
    parker* polled_again_;
    bool has_spawned_ = false;
};
class yielded_beside_a_spawned_task : public executor_model<2> {
    void before() override {
        executor_model::before();
        spawn_on(*core_, yielding_host(*core_, polled_again_)).detach();
    }
    void outside() override {}
    parker polled_again_;
};

// Two tasks hit a ball to each other until the slot has been used too often in a row. Whoever hits it
// last has spawned a child, which blocks its worker until the other has got the ball. The other worker
// is held up until shortly before, so that it comes to search when there is nothing yet to be found.
struct rally {
    static constexpr unsigned last = worker::slot_streak_limit + 1;
    sync::atomic<unsigned> hits{0};
    waker_slot comes[2];
    parker other_worker;
    parker over;
};
class player {
public:
    player(executor_core& core, rally& about, unsigned self)
        : core_(&core), about_(&about), self_(self) {}
    yot_run::poll<int> poll(context& cx) {
        about_->comes[self_].register_waker(cx.waker());
        const unsigned hits = about_->hits.load(sync::acquire);
        if (hits == rally::last) {
            about_->over.unpark();
            core_->close();
            return 1;
        }
        if (hits % 2 != self_) return poll_pending;
        if (hits + 2 == rally::last) about_->other_worker.unpark();
        if (hits + 1 == rally::last) spawn_on(*core_, blocking_task(about_->over)).detach();
        about_->hits.store(hits + 1, sync::release);
        about_->comes[1 - self_].wake();
        return poll_pending;
    }

private:
    executor_core* core_;
    rally* about_;
    unsigned self_;
};
class host_of_a_rally {
public:
    host_of_a_rally(executor_core& core, rally& about) : core_(&core), about_(&about) {}
    yot_run::poll<int> poll(context& /*cx*/) {
        for (const unsigned self : {0U, 1U})
            spawn_on(*core_, player(*core_, *about_, self)).detach();
        return 1;
    }

private:
    executor_core* core_;
    rally* about_;
};
class out_of_the_slot_beside_a_spawned_task : public executor_model<2> {
    void before() override {
        executor_model::before();
        spawn_on(*core_, blocking_task(rally_.other_worker)).detach();
        spawn_on(*core_, host_of_a_rally(*core_, rally_)).detach();
    }
    void outside() override {}
    rally rally_;
};

// A task that yields over and over, alone, until a turn of what the worker parks on has woken another:
// that one runs next, and blocks the worker until the first has been polled again.
struct turning {
    waker_slot woken_by_a_turn;
    sync::atomic<bool> blocks{false};
    parker polled_again;
};
class parker_with_turns final : public parking {
public:
    explicit parker_with_turns(turning& about) : about_(&about) {}
    void park() noexcept override { parker_.park(); }
    void unpark() noexcept override { parker_.unpark(); }
    void turn() noexcept override { about_->woken_by_a_turn.wake(); }

private:
    turning* about_;
    parker parker_;
};
class always_yielding {
public:
    explicit always_yielding(turning& about) : about_(&about) {}
    yot_run::poll<int> poll(context& cx) {
        if (about_->blocks.load(sync::acquire)) {
            about_->polled_again.unpark();
            return 1;
        }
        cx.waker().wake_by_ref();
        return poll_pending;
    }

private:
    turning* about_;
};
class waiting_for_a_turn {
public:
    waiting_for_a_turn(executor_core& core, turning& about) : core_(&core), about_(&about) {}
    yot_run::poll<int> poll(context& cx) {
        if (!std::exchange(has_waited_, true)) {
            about_->woken_by_a_turn.register_waker(cx.waker());
            spawn_on(*core_, always_yielding(*about_)).detach();
            return poll_pending;
        }
        about_->blocks.store(true, sync::release);
        about_->polled_again.park();
        core_->close();
        return 1;
    }

private:
    executor_core* core_;
    turning* about_;
    bool has_waited_ = false;
};
class brought_by_a_turn_beside_one_that_yielded : public executor_model<2> {
    void before() override {
        executor_options options;
        options.workers = 2;
        options.make_parking = [this](unsigned) {
            return std::make_unique<parker_with_turns>(turning_);
        };
        core_ = sync::make_shared_object<executor_core>(std::move(options), environment{});
        spawn_on(*core_, waiting_for_a_turn(*core_, turning_)).detach();
    }
    void outside() override {}
    turning turning_;
};

// Two tasks wait; then a thread outside wakes one after the other. Whoever runs the first blocks its
// worker until the second has run: one wake-up must lead to another.
struct waiting_pair {
    std::optional<waker> wakers[2];
    sync::atomic<int> registered{0};
    waker_slot both_are_registered;
    parker second_has_run;
    parker first_has_run;
};
class one_of_a_pair {
public:
    one_of_a_pair(waiting_pair& pair, int self) : pair_(&pair), self_(self) {}
    yot_run::poll<int> poll(context& cx) {
        if (!std::exchange(has_waited_, true)) {
            pair_->wakers[self_] = cx.waker().clone();
            pair_->registered.fetch_add(1, sync::acq_rel);
            pair_->both_are_registered.wake();
            return poll_pending;
        }
        if (self_ == 1) {
            pair_->second_has_run.unpark();
        } else {
            pair_->second_has_run.park();
            pair_->first_has_run.unpark();
        }
        return 1;
    }

private:
    waiting_pair* pair_;
    int self_;
    bool has_waited_ = false;
};
class host_of_a_pair {
public:
    explicit host_of_a_pair(waiting_pair& pair) : pair_(&pair) {}
    yot_run::poll<int> poll(context& cx) {
        if (!std::exchange(has_begun_, true))
            for (const int self : {0, 1})
                spawn_on(*cx.environment().spawner, one_of_a_pair(*pair_, self)).detach();
        pair_->both_are_registered.register_waker(cx.waker());
        if (pair_->registered.load(sync::acquire) < 2) return poll_pending;
        return 1;
    }

private:
    waiting_pair* pair_;
    bool has_begun_ = false;
};
class woken_one_after_the_other : public executor_model<2> {
    void outside() override {
        auto handle = spawn_on(*core_, host_of_a_pair(pair_));
        check(wait_for(handle) == 1, "both wait");
        for (auto& each : pair_.wakers) std::move(*std::exchange(each, std::nullopt)).wake();
        pair_.first_has_run.park();
        core_->close();
    }
    waiting_pair pair_;
};

// Two halves of a conversation: each waits for the other's word.
struct conversation {
    sync::atomic<bool> said[2] = {};
    waker_slot hears[2];
};
class speaker {
public:
    speaker(conversation& about, int self) : about_(&about), self_(self) {}
    yot_run::poll<int> poll(context& cx) {
        if (!std::exchange(has_spoken_, true)) {
            about_->said[self_].store(true, sync::relaxed);
            about_->hears[1 - self_].wake();
        }
        about_->hears[self_].register_waker(cx.waker());
        if (!about_->said[1 - self_].load(sync::relaxed)) return poll_pending;
        return self_;
    }

private:
    conversation* about_;
    int self_;
    bool has_spoken_ = false;
};

// A task that spawns two more on its worker and awaits both.
class host {
public:
    explicit host(conversation& about) : about_(&about) {}
    yot_run::poll<int> poll(context& cx) {
        if (!std::exchange(has_begun_, true)) {
            first_ = spawn_on(*cx.environment().spawner, speaker(*about_, 0));
            second_ = spawn_on(*cx.environment().spawner, speaker(*about_, 1));
        }
        if (first_ && first_.poll(cx).is_pending()) return poll_pending;
        if (second_ && second_.poll(cx).is_pending()) return poll_pending;
        return 2;
    }

private:
    conversation* about_;
    bool has_begun_ = false;
    join_handle<int> first_;
    join_handle<int> second_;
};

template <unsigned Workers>
class tasks_wake_each_other : public executor_model<Workers> {
    void outside() override {
        auto handle = spawn_on(*this->core_, host(conversation_));
        check(this->wait_for(handle) == 2, "the conversation ends");
        this->core_->close();
    }
    conversation conversation_;
};

// The same two, spawned from outside onto two workers; the executor is closed when both have ended, or
// at once.
template <bool Closes>
class speakers_from_outside : public executor_model<2> {
    void outside() override {
        auto first = spawn_on(*core_, speaker(conversation_, 0));
        auto second = spawn_on(*core_, speaker(conversation_, 1));
        if (Closes) core_->close();
        hear(first, 0);
        hear(second, 1);
        if (!Closes) core_->close();
    }
    void hear(join_handle<int>& handle, int self) {
        try {
            check(wait_for(handle) == self, "each gives its output");
        } catch (const task_cancelled&) {
            check(Closes, "nobody is cancelled who was not aborted");
        }
    }
    conversation conversation_;
};

// A waker that outlives everything.
class kept_waker_future {
public:
    explicit kept_waker_future(std::optional<waker>& kept) : kept_(&kept) {}
    yot_run::poll<int> poll(context& cx) {
        *kept_ = cx.waker().clone();
        return 1;
    }

private:
    std::optional<waker>* kept_;
};
class waker_outlives_the_core : public executor_model<1> {
    void outside() override {
        auto handle = spawn_on(*core_, kept_waker_future(kept_));
        check(wait_for(handle) == 1, "a task gives its output");
        core_->close();
        kept_->wake_by_ref();
    }
    void after() override {
        executor_model::after();
        kept_->wake_by_ref();
        kept_.reset();
    }
    std::optional<waker> kept_;
};

// The worker's thread is started and joined; the shutdown finds the task anywhere, or ended.
template <bool Waits>
class on_its_own_thread : public model::test {
    void thread(unsigned) override {
        executor_options options;
        options.workers = 1;
        executor started(std::move(options), environment{});
        auto handle = spawn_on(started.core(), counting_future(count_, true));
        environment here;
        if (Waits) check(block_on_here(here, handle) == 1, "a task gives its output");
        // A deadline that has passed: the worker may be reported, and the shutdown goes on later.
        const unsigned busy = started.shutdown(sys::time_point::min());
        check(busy <= 1 && started.shutdown(std::nullopt) == 0, "no worker is left");
        if (Waits) return;
        try {
            check(block_on_here(here, handle) == 1, "a task gives its output");
        } catch (const task_cancelled&) {
            check(count_.get() == 0, "a cancelled task has no output");
        }
    }
    sync::cell<int> count_{0};
};

// Two threads are started, and shut down before they have anything to do: a worker that never slept
// leaves without having synchronized with anybody.
class shut_down_at_once : public model::test {
    void thread(unsigned) override {
        executor_options options;
        options.workers = 2;
        executor started(std::move(options), environment{});
        check(started.shutdown(std::nullopt) == 0, "no worker is left");
    }
};

constexpr model::bounds own_thread{.threads = 1, .started = 1, .random = 4'000, .bounded = 8'000};
constexpr model::bounds own_threads{.threads = 1, .started = 2, .random = 4'000, .bounded = 8'000};
constexpr model::bounds one_worker{.threads = 2, .random = 4'000, .bounded = 8'000};
constexpr model::bounds two_workers{.threads = 3, .random = 4'000, .bounded = 8'000};
constexpr model::bounds workers_alone{.threads = 2, .random = 4'000, .bounded = 8'000};
constexpr model::bounds many_polls{.threads = 2, .random = 200, .bounded = 200};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(
        argc, argv,
        {
            scenario::of<spawned_outside<false>>("spawned_outside", one_worker),
            scenario::of<spawned_outside<true>>("spawned_outside_yielding", one_worker),
            scenario::of<two_spawned_outside>("two_spawned_outside", one_worker),
            scenario::of<closed_at_any_moment<1>>("closed_at_any_moment", one_worker),
            scenario::of<closed_at_any_moment<2>>("closed_at_any_moment_on_two_workers",
                                                  two_workers),
            scenario::of<spawned_while_closing>("spawned_while_closing", two_workers),
            scenario::of<spawned_inside_while_closing>("spawned_inside_while_closing",
                                                       two_workers),
            scenario::of<described_at_any_moment>("described_at_any_moment", one_worker),
            scenario::of<worker_held_up>("worker_held_up", two_workers),
            scenario::of<woken_one_after_the_other>("woken_one_after_the_other", two_workers),
            scenario::of<tasks_wake_each_other<1>>("tasks_wake_each_other", one_worker),
            scenario::of<tasks_wake_each_other<2>>("tasks_wake_each_other_on_two_workers",
                                                   two_workers),
            scenario::of<speakers_from_outside<false>>("speakers_from_outside", two_workers),
            scenario::of<speakers_from_outside<true>>("speakers_from_outside_closed", two_workers),
            scenario::of<waker_outlives_the_core>("waker_outlives_the_core", one_worker),
            scenario::of<on_its_own_thread<true>>("on_its_own_thread", own_thread),
            scenario::of<on_its_own_thread<false>>("on_its_own_thread_cancelled", own_thread),
            scenario::of<shut_down_at_once>("shut_down_at_once", own_threads),
            scenario::of<yielded_beside_a_spawned_task>("yielded_beside_a_spawned_task",
                                                        workers_alone),
            scenario::of<out_of_the_slot_beside_a_spawned_task>(
                "out_of_the_slot_beside_a_spawned_task", workers_alone),
            scenario::of<brought_by_a_turn_beside_one_that_yielded>(
                "brought_by_a_turn_beside_one_that_yielded", many_polls),
        });
}
