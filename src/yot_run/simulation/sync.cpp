#include <yot_run/sync/sync.hpp>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace yot_run::inline YOT_RUN_WORLD::sync {

using simulated::simulator;

void mutex::take() noexcept {
    while (is_taken_) {
        simulator* const here = simulator::current();
        if (here == nullptr) std::abort();  // Locked by a program that has ended.
        here->wait(waiting_, "a mutex", std::nullopt);
    }
    is_taken_ = true;
}

void mutex::give_back() noexcept {
    is_taken_ = false;
    if (simulator* const here = simulator::current()) here->wake_all(waiting_);
}

void mutex::lock() noexcept {
    simulated::point();
    take();
}

bool mutex::try_lock() noexcept {
    simulated::point();
    return !std::exchange(is_taken_, true);
}

void mutex::unlock() noexcept {
    simulated::point();
    give_back();
}

bool condition_variable::wait_at_most(
    lock& held, std::optional<simulated::time_point> deadline) noexcept {
    simulated::point();
    simulator* const here = simulator::current();
    if (here == nullptr) std::abort();  // For ever, as nobody else is there.
    held.mutex()->give_back();
    const bool ends_for_no_reason = here->happens(32);
    const bool was_notified =
        ends_for_no_reason || here->wait(waiting_, "a condition variable", deadline);
    if (ends_for_no_reason) simulated::point();
    held.mutex()->take();
    return was_notified;
}

void condition_variable::notify_one() noexcept {
    simulated::point();
    simulator* const here = simulator::current();
    if (here != nullptr && !waiting_.empty()) here->wake(*waiting_[here->pick(waiting_.size())]);
}

void condition_variable::notify_all() noexcept {
    simulated::point();
    if (simulator* const here = simulator::current()) here->wake_all(waiting_);
}

simulated::time_point condition_variable::time_after(std::chrono::nanoseconds length) {
    return simulator::needed().time_after(length);
}

thread::thread(const std::string& name, std::move_only_function<void()> body)
    : running_(&simulator::needed().start(name, std::move(body))) {}

thread::~thread() {
    if (running_ == nullptr) return;
    if (simulator* const here = simulator::current())
        here->fail("a thread was destroyed that nobody has joined: " + running_->name);
}

void thread::join() {
    simulated::point();
    if (running_ == nullptr)
        throw std::system_error(EINVAL, std::system_category(), "yot_run: no thread to join");
    if (!running_->has_ended)
        simulator::needed().wait(running_->joiners, "the end of a thread", std::nullopt);
    running_ = nullptr;
}

bool thread::is_current() const noexcept {
    simulator* const here = simulator::current();
    return here != nullptr && running_ == &here->self();
}

unsigned hardware_threads() noexcept {
    simulator* const here = simulator::current();
    return here == nullptr ? 1 : here->chosen().hardware_threads;
}

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
