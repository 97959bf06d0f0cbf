#include <yot_run/task/core.hpp>

#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

task_core& core_of(const void* data) noexcept {
    return *static_cast<task_core*>(const_cast<void*>(data));
}
raw_waker clone_task(const void* data) noexcept;
void wake_task(const void* data) noexcept {
    core_of(data).wake();
    core_of(data).drop_reference();  // Only now: the wake may have used the home until here.
}
void wake_task_by_ref(const void* data) noexcept { core_of(data).wake(); }
void drop_task(const void* data) noexcept { core_of(data).drop_reference(); }

constexpr waker_functions task_waker_functions{clone_task, wake_task, wake_task_by_ref, drop_task};

raw_waker clone_task(const void* data) noexcept {
    core_of(data).add_reference();
    return {data, &task_waker_functions};
}

// The home of tasks that came after the shutdown. They are complete before anybody can wake them,
// and cancelled, so that nothing is left to do.
class nowhere final : public task_home {
public:
    void schedule(task_core& /*task*/) noexcept override {}
    void on_ending(task_core& /*task*/, ending /*how*/) noexcept override {}
    bool link(task_core& /*task*/) noexcept override { return false; }
    void unlink(task_core& /*task*/) noexcept override {}
    void on_destroyed() noexcept override {}
    void on_unobserved(std::exception_ptr /*error*/) noexcept override {}
};
constinit nowhere no_home;

}  // namespace

after_run task_core::run(environment& environment) noexcept {
    const after_begin begun = state_.begin();
    if (begun == after_begin::cancel) return cancel();
    const borrowed_waker waker({this, &task_waker_functions});
    bool yielded = false;
    context cx(waker.get(), environment, default_budget, &yielded);
    if (functions_->poll(*this, cx)) {
        finish();
        return after_run::complete;
    }
    // The token is kept, so the word says already what it must; begin() sees what came meanwhile.
    if (yielded) return after_run::reschedule;
    if (begun == after_begin::poll_unlisted && !home_->link(*this)) return cancel();
    switch (state_.suspend()) {
        case after_suspend::idle: return after_run::idle;
        case after_suspend::reschedule: return after_run::reschedule;
        case after_suspend::cancel: break;
    }
    return cancel();
}

after_run task_core::cancel() noexcept {
    functions_->cancel(*this);
    finish();
    return after_run::complete;
}

void task_core::finish() noexcept {
    task_home& home = *home_;
    home.on_ending(*this, functions_->how(*this));
    const task_word before = state_.finish();
    if (before.join_waker()) std::exchange(join_waker_.mut(), waker()).wake();
    if (!before.join_interest()) functions_->discard(*this);
    if (before.listed()) home.unlink(*this);
    else drop_reference();
}

void task_core::cancel_unadopted() noexcept {
    home_ = &no_home;
    static_cast<void>(cancel());
}

void task_core::wake() noexcept {
    if (state_.wake() == enqueue::yes) home_->schedule(*this);
}

void task_core::abort() noexcept {
    if (state_.abort() == enqueue::yes) home_->schedule(*this);
}

void task_core::describe(description& into) {
    into.line("task spawned at " + name_of(spawned_at_));
    into.below([&] {
        if (!state_.claim()) {
            into.line(state_.observe().complete() ? "has ended" : "is queued, or being polled");
            return;
        }
        const run_token token(*this);
        functions_->describe(*this, into);
    });
}

// Held by whoever looks at an idle task. Gives it back as after a poll.
task_core::run_token::~run_token() {
    if (of_.state_.suspend() != after_suspend::idle) of_.home_->schedule(of_);
}

waker task_core::make_waker() noexcept {
    add_reference();
    return waker({this, &task_waker_functions});
}

void task_core::drop_reference() noexcept {
    if (!references_.drop()) return;
    task_home& home = *home_;
    functions_->destroy(*this);
    home.on_destroyed();
}

bool task_core::poll_complete(const waker& waker) noexcept {
    const task_word now = state_.observe();
    if (now.complete()) return true;
    if (now.join_waker() && !state_.take_join_waker()) return true;
    if (!join_waker_.get().will_wake(waker)) join_waker_.set(waker.clone());
    return !state_.give_join_waker();
}

void task_core::drop_handle(bool taken) noexcept {
    const task_word before = state_.drop_interest();
    if (before.complete() && !taken) functions_->discard(*this);
    if (before.cell_is_the_handles()) join_waker_.set(waker());
    drop_reference();
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
