// property_tests/parts/task_state.cpp: task/state.hpp, by one thread at a time, against the rules of a
// task told in words: what is owed, who holds the run token, whose the join waker is.
#include <yot_run/task/state.hpp>

#include <rapidcheck.h>
#include <rapidcheck/state.h>

namespace {

using namespace yot_run::internal;

struct model {
    bool is_queued = true;       // The run token is in a queue,
    bool is_polled = false;      // or with a worker that polls; or nowhere.
    bool is_owed_a_poll = true;  // Woken since the last poll began.
    bool is_aborted = false;
    bool has_ended = false;
    bool has_handle = true;
    bool task_has_waker = false;  // The cell of the join waker is the task's.
    bool worker_wakes = false;    // The worker that ended the task has yet to give the cell back.
};
using command = rc::state::Command<model, task_state>;

void be_woken(model& task) {
    if (task.has_ended) return;
    task.is_owed_a_poll = true;
    if (!task.is_polled) task.is_queued = true;
}

struct wake : command {
    void apply(model& task) const override { be_woken(task); }
    void run(const model& before, task_state& actual) const override {
        const bool is_idle = !before.is_queued && !before.is_polled && !before.has_ended;
        RC_ASSERT((actual.wake() == enqueue::yes) == is_idle);
    }
    void show(std::ostream& out) const override { out << "wake"; }
};

struct aborted : command {
    void apply(model& task) const override {
        if (!task.has_ended) task.is_aborted = true;
        be_woken(task);
    }
    void run(const model& before, task_state& actual) const override {
        const bool is_idle = !before.is_queued && !before.is_polled && !before.has_ended;
        RC_ASSERT((actual.abort() == enqueue::yes) == is_idle);
    }
    void show(std::ostream& out) const override { out << "abort"; }
};

struct begin : command {
    void checkPreconditions(const model& task) const override { RC_PRE(task.is_queued); }
    void apply(model& task) const override {
        task.is_queued = false;
        task.is_polled = true;
        task.is_owed_a_poll = false;
    }
    void run(const model& before, task_state& actual) const override {
        RC_ASSERT(before.is_owed_a_poll);
        RC_ASSERT((actual.begin() == after_begin::cancel) == before.is_aborted);
    }
    void show(std::ostream& out) const override { out << "begin"; }
};

struct suspend : command {
    void checkPreconditions(const model& task) const override { RC_PRE(task.is_polled); }
    void apply(model& task) const override {
        if (task.is_aborted) return;  // The worker keeps the token, and destroys the future.
        task.is_polled = false;
        task.is_queued = task.is_owed_a_poll;
    }
    void run(const model& before, task_state& actual) const override {
        const after_suspend expected = before.is_aborted       ? after_suspend::cancel
                                       : before.is_owed_a_poll ? after_suspend::reschedule
                                                               : after_suspend::idle;
        RC_ASSERT(actual.suspend() == expected);
    }
    void show(std::ostream& out) const override { out << "suspend"; }
};

struct finish : command {
    void checkPreconditions(const model& task) const override { RC_PRE(task.is_polled); }
    void apply(model& task) const override {
        task.is_polled = false;
        task.has_ended = true;
        task.worker_wakes = task.task_has_waker;
    }
    void run(const model& before, task_state& actual) const override {
        const task_word seen = actual.finish();
        RC_ASSERT(!seen.complete());
        RC_ASSERT(seen.join_interest() == before.has_handle);
        RC_ASSERT(seen.join_waker() == before.task_has_waker);
    }
    void show(std::ostream& out) const override { out << "finish"; }
};

struct return_join_waker : command {
    void checkPreconditions(const model& task) const override { RC_PRE(task.worker_wakes); }
    void apply(model& task) const override { task.worker_wakes = task.task_has_waker = false; }
    void run(const model& before, task_state& actual) const override {
        RC_ASSERT(actual.return_join_waker() == before.has_handle);
    }
    void show(std::ostream& out) const override { out << "return the join waker"; }
};

struct observe : command {
    void checkPreconditions(const model& task) const override { RC_PRE(task.has_handle); }
    void apply(model&) const override {}
    void run(const model& before, task_state& actual) const override {
        RC_ASSERT(actual.observe().complete() == before.has_ended);
    }
    void show(std::ostream& out) const override { out << "observe"; }
};

struct give_join_waker : command {
    void checkPreconditions(const model& task) const override {
        RC_PRE(task.has_handle && !task.task_has_waker);
    }
    void apply(model& task) const override { task.task_has_waker = !task.has_ended; }
    void run(const model& before, task_state& actual) const override {
        RC_ASSERT(actual.give_join_waker() == !before.has_ended);
    }
    void show(std::ostream& out) const override { out << "give the join waker"; }
};

struct take_join_waker : command {
    void checkPreconditions(const model& task) const override {
        RC_PRE(task.has_handle && task.task_has_waker);
    }
    void apply(model& task) const override { task.task_has_waker = task.has_ended; }
    void run(const model& before, task_state& actual) const override {
        RC_ASSERT(actual.take_join_waker() == !before.has_ended);
    }
    void show(std::ostream& out) const override { out << "take the join waker"; }
};

struct drop_interest : command {
    void checkPreconditions(const model& task) const override { RC_PRE(task.has_handle); }
    void apply(model& task) const override {
        task.has_handle = false;
        if (!task.has_ended) task.task_has_waker = false;
    }
    void run(const model& before, task_state& actual) const override {
        const task_word seen = actual.drop_interest();
        RC_ASSERT(seen.complete() == before.has_ended);
        RC_ASSERT(seen.cell_is_the_handles() == (!before.has_ended || !before.task_has_waker));
    }
    void show(std::ostream& out) const override { out << "drop the handle"; }
};

}  // namespace

int main() {
    const bool holds = rc::check("a task keeps what it owes, and ends once", [] {
        task_state actual;
        rc::state::check(
            model{}, actual,
            rc::state::gen::execOneOfWithArgs<wake, aborted, begin, suspend, finish,
                                              return_join_waker, observe, give_join_waker,
                                              take_join_waker, drop_interest>());
    });
    return holds ? 0 : 1;
}
