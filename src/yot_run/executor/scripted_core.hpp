// yot_run/executor/scripted_core.hpp: for tests: an executor core without threads.
//
// The test's own thread runs worker 0, and a script says what happens whenever a worker would sleep:
// so the order of everything is known.
#pragma once

#include <yot_run/executor/executor_core.hpp>
#include <yot_run/task/spawn.hpp>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::test {

// What is done to the parking of one worker.
struct parking_log {
    unsigned parks = 0;
    unsigned unparks = 0;
    unsigned turns = 0;
    std::function<void()> on_park;
    std::function<void()> on_turn;
};

class scripted_core {
public:
    explicit scripted_core(unsigned workers = 1, internal::executor_options options = {})
        : logs_(workers) {
        options.workers = workers;
        options.make_parking = [this](unsigned index) {
            return std::make_unique<scripted_parking>(logs_[index]);
        };
        core_ =
            sync::make_shared_object<internal::executor_core>(std::move(options), environment());
        logs_[0].on_park = [this] { close(); };
    }
    scripted_core(const scripted_core&) = delete;
    scripted_core& operator=(const scripted_core&) = delete;
    // Ends whatever has not ended, on worker 0.
    ~scripted_core() {
        close();
        logs_[0].on_park = nullptr;
        worker(0).run();
        core_->release_blocks();
    }

    // Runs worker 0 on the calling thread until it would sleep; then the core is closed, unless the
    // test has set another on_park, which then has to do it at some time.
    void run() { worker(0).run(); }
    // Aborts what is alive. At most once, whoever calls.
    void close() {
        if (!std::exchange(closed_, true)) core_->close();
    }

    template <runnable W>
    auto spawn(W&& work) {
        return internal::spawn_on(*core_, std::forward<W>(work));
    }
    [[nodiscard]] internal::executor_core& core() noexcept { return *core_; }
    [[nodiscard]] internal::worker& worker(unsigned index) noexcept {
        return core_->worker_at(index);
    }
    [[nodiscard]] internal::worker_counters& counters(unsigned index = 0) noexcept {
        return worker(index).counters();
    }
    [[nodiscard]] parking_log& log(unsigned index) noexcept { return logs_[index]; }
    // Polls of worker 0 so far.
    [[nodiscard]] std::uint64_t polls() noexcept { return counters().polls.get(); }

private:
    class scripted_parking final : public internal::parking {
    public:
        explicit scripted_parking(parking_log& log) noexcept : log_(log) {}
        void park() noexcept override {
            ++log_.parks;
            if (log_.on_park) log_.on_park();
        }
        void unpark() noexcept override { ++log_.unparks; }
        void turn() noexcept override {
            ++log_.turns;
            if (log_.on_turn) log_.on_turn();
        }

    private:
        parking_log& log_;
    };

    std::vector<parking_log> logs_;
    sync::reference<internal::executor_core> core_;
    bool closed_ = false;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::test
