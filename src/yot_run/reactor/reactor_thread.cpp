#include <yot_run/reactor/reactor_thread.hpp>

#include <chrono>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

reactor_thread::reactor_thread(sync::reference<reactor> driven, const std::string& name)
    : driven_(std::move(driven)), thread_(name, [this] { run(); }) {}

reactor_thread::~reactor_thread() { stop(); }

void reactor_thread::stop() {
    if (!thread_.joinable()) return;
    {
        // Under the lock, so that a pause that is about to begin sees it.
        const sync::lock guard(pause_mutex_);
        // Relaxed: the lock hands it to the pause, and the interrupt to the turn.
        stopping_.store(true, sync::relaxed);
    }
    pause_over_.notify_one();
    driven_->interrupt();
    thread_.join();
}

void reactor_thread::run() {
    // Relaxed: what matters is read after a turn or a pause, which orders it; see stop().
    while (!stopping_.load(sync::relaxed)) {
        if (!driven_->turn(std::nullopt)) pause();
    }
}

void reactor_thread::pause() {
    constexpr std::chrono::milliseconds length(10);
    sync::lock guard(pause_mutex_);
    // Relaxed: under the lock.
    pause_over_.wait_for(guard, length, [this] { return stopping_.load(sync::relaxed); });
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
