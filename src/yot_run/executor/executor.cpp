#include <yot_run/executor/executor.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

struct executor::exits : sync::shared_object {
    sync::mutex mutex;
    sync::condition_variable changed;
    sync::cell<unsigned> running{0};  // Under the mutex.

    // Before the thread is started. Threads leave after close() only, which is later than this; but
    // one that sees the end without having parked for it is ordered by nothing else.
    void enter() {
        const sync::lock guard(mutex);
        ++running.mut();
    }
    void leave() {
        const sync::lock guard(mutex);
        --running.mut();
        changed.notify_all();
    }
    // How many still run, at the deadline at the latest.
    unsigned wait(std::optional<sys::time_point> deadline) {
        sync::lock guard(mutex);
        while (running.get() > 0) {
            if (!deadline) changed.wait(guard);
            else if (sys::now() >= *deadline) break;
            else static_cast<void>(changed.wait_until(guard, *deadline));
        }
        return running.get();
    }
};

executor::executor(executor_options options, const environment& inside)
    : exits_(sync::make_shared_object<exits>()) {
    if (options.workers == 0)
        throw std::invalid_argument("a runtime needs at least one worker; zero were asked for");
    core_ = sync::make_shared_object<executor_core>(std::move(options), inside);
    try {
        start_threads();
    } catch (...) {
        shutdown(std::nullopt);
        throw;
    }
}

void executor::start_threads() {
    const unsigned count = core_->worker_count();
    threads_.reserve(count);
    for (unsigned index = 0; index < count; ++index) {
        exits_->enter();
        try {
            threads_.emplace_back(core_->options().thread_name + "-" + std::to_string(index),
                                  [core = core_, exits = exits_, index] {
                                      core->worker_at(index).run();
                                      exits->leave();
                                  });
        } catch (...) {
            exits_->leave();
            throw;
        }
    }
}

executor::~executor() { shutdown(std::nullopt); }

void executor::close_once() noexcept {
    if (!std::exchange(closed_, true)) core_->close();
}

unsigned executor::shutdown(std::optional<sys::time_point> deadline) {
    if (finished_) return 0;
    close_once();
    if (const unsigned running = exits_->wait(deadline); running > 0) {
        // All stay until the last task has ended; those that sleep meanwhile are not what is stuck.
        return std::clamp(core_->idle().awake(), 1U, running);
    }
    for (sync::thread& thread : threads_) thread.join();
    core_->release_blocks();
    finished_ = true;
    return 0;
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
