#include <yot_run/reactor/reactor.hpp>
#include <yot_run/reactor/timer.hpp>

#include <chrono>
#include <stdexcept>
#include <system_error>

namespace yot_run::inline YOT_RUN_WORLD {

namespace internal {
namespace {

// `time` and then `duration`; the end of time, if that is beyond it.
sys::time_point later(sys::time_point time, sys::duration duration) noexcept {
    const bool beyond =
        duration > sys::duration::zero() && time > sys::time_point::max() - duration;
    return beyond ? sys::time_point::max() : time + duration;
}

}  // namespace

sys::time_point time_after(sys::duration after) noexcept { return later(sys::now(), after); }

alarm::alarm(sys::time_point deadline) noexcept : deadline_(deadline) {}

alarm::alarm(alarm&& other) noexcept : deadline_(other.deadline_) {}

alarm::~alarm() {
    if (owner_) owner_->cancel(entry_);
}

bool alarm::has_come(context& cx) {
    switch (owner_ ? owner_->check(entry_, cx.waker()) : arm(cx)) {
        case timer_status::idle:
        case timer_status::armed:
            return false;
        case timer_status::fired:
            owner_ = {};
            return true;
        case timer_status::shut_down:
            break;
    }
    owner_ = {};
    throw std::system_error(std::make_error_code(std::errc::operation_canceled),
                            "yot_run: the runtime of this timer has shut down");
}

std::string alarm::describe() const {
    if (deadline_ == sys::time_point::max()) return "due at the end of time";
    const auto left = std::chrono::round<std::chrono::milliseconds>(deadline_ - sys::now()).count();
    if (left < 0) return "overdue for " + std::to_string(-left) + " ms";
    return "due in " + std::to_string(left) + " ms";
}

timer_status alarm::arm(context& cx) {
    reactor* const owner = cx.environment().reactor;
    if (owner == nullptr)
        throw std::logic_error(
            "yot_run: waiting for time to pass needs a runtime. Do it in a task or in block_on");
    if (sys::now() >= deadline_) return timer_status::fired;
    const timer_status status = owner->arm(entry_, deadline_, cx.waker().clone());
    if (status == timer_status::armed) owner_ = sync::reference<reactor>::share(owner);
    return status;
}

}  // namespace internal

yot_run::poll<> sleep_future::poll(context& cx) {
    if (cx.must_yield() || !alarm_.has_come(cx)) return poll_pending;
    cx.charge();
    return {};
}

interval::interval(sys::duration period, missed_ticks when_late)
    : period_(period), when_late_(when_late), next_(sys::now()) {
    if (period <= sys::duration::zero())
        throw std::invalid_argument("yot_run: the period of an interval must be positive");
}

void interval::advance() noexcept {
    if (when_late_ == missed_ticks::skip) {
        const sys::duration late = sys::now() - next_;
        next_ += late / period_ * period_;
    }
    next_ = internal::later(next_, period_);
}

yot_run::poll<sys::time_point> interval::tick_future::poll(context& cx) {
    if (cx.must_yield() || !alarm_.has_come(cx)) return poll_pending;
    cx.charge();
    owner_->advance();
    return alarm_.deadline();
}

}  // namespace yot_run::inline YOT_RUN_WORLD
