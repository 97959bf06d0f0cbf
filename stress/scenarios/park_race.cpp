// stress/scenarios/park_race.cpp: tries to catch workers on their way to sleep.
//
// Bursts of work, separated by idleness that is as long as a worker takes to fall asleep, or
// somewhat shorter or longer. A burst is injected from outside, spawned by a task, or woken; its
// tasks end at once, or each holds up its worker until there are as many of them as there are
// workers: that needs every worker, so whoever is not woken is missed.
// Ledger: every task of every burst has run; the runtime's figures are those of the bursts.
// Invariants: the next burst begins only when the last one has ended, so a wake-up that is lost
// stops everything. Largest latency: from the beginning of a burst to its end.
#include <stress/scenarios/mailbox.hpp>
#include <stress/scenarios/watched_runtime.hpp>

#include <yot_run/task/task.hpp>

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <vector>

namespace stress::park_race {

using steady = std::chrono::steady_clock;

struct burst {
    std::uint64_t size = 0;
    bool holds_workers = false;
    // Release and acquire: what the tasks did is done when the burst has ended.
    std::atomic<std::uint64_t> arrived{0};
    std::atomic<std::uint64_t> ended{0};

    // Called by each of its tasks.
    void take_part() noexcept {
        arrived.fetch_add(1, std::memory_order_acq_rel);
        while (holds_workers && arrived.load(std::memory_order_acquire) < size) sched_yield();
        ended.fetch_add(1, std::memory_order_acq_rel);
    }
    [[nodiscard]] bool has_ended() const noexcept {
        return ended.load(std::memory_order_acquire) == size;
    }
};

yot_run::task<> take_part(run& run, burst& burst) {
    run.step();
    burst.take_part();
    co_return;
}

yot_run::task<> spawn_all(run& run, burst& burst, tally& spawned) {
    const std::uint64_t size = burst.size;
    for (std::uint64_t index = 0; index < size; ++index) {
        spawned.add();
        yot_run::spawn(take_part(run, burst)).detach();
    }
    co_return;
}

struct sleeper {
    mailbox box;
    std::atomic<burst*> now{nullptr};  // Relaxed: published by the token. Null: the end.
};

yot_run::task<> sleep_for_bursts(run& run, sleeper& here) {
    for (;;) {
        co_await here.box.receive();
        burst* const now = here.now.load(std::memory_order_relaxed);
        if (now == nullptr) co_return;
        run.step();
        now->take_part();
    }
}

class bursts {
public:
    bursts(run& run, watched_runtime& runtime)
        : run_(run), runtime_(runtime), workers_(run.given().threads), sleepers_(2 * workers_) {
        for (sleeper& each : sleepers_)
            tasks_.push_back(runtime_->spawn(sleep_for_bursts(run_, each)));
        spawned_.add(sleepers_.size());
    }

    void go(generator& random) {
        burst next;
        next.size = 1 + random.below(2 * workers_);
        const std::uint64_t kind = random.below(4);
        if (kind != 2 && random.once_in(3)) {
            next.holds_workers = true;
            next.size = workers_;
        }
        const auto start = steady::now();
        begin(next, kind);
        while (!next.has_ended()) sched_yield();
        until_end_.record(steady::now() - start);
        bursts_.add();
    }

    std::uint64_t finish() {
        for (sleeper& each : sleepers_) {
            each.now.store(nullptr, std::memory_order_relaxed);
            each.box.give();
        }
        for (auto& each : tasks_) runtime_->block_on(std::move(each));
        for (sleeper& each : sleepers_) each.box.forget();
        return spawned_.total();
    }

private:
    void begin(burst& next, std::uint64_t kind) {
        if (kind == 0 || kind == 1) {  // Injected.
            for (std::uint64_t index = 0; index < next.size; ++index) {
                spawned_.add();
                runtime_->spawn(take_part(run_, next)).detach();
            }
        } else if (kind == 2) {  // Woken.
            next.size = std::min<std::uint64_t>(next.size, sleepers_.size());
            for (std::uint64_t index = 0; index < next.size; ++index) {
                sleepers_[index].now.store(&next, std::memory_order_relaxed);
                sleepers_[index].box.give();
            }
        } else {  // Spawned on a worker.
            spawned_.add();
            runtime_->spawn(spawn_all(run_, next, spawned_)).detach();
        }
    }

    run& run_;
    watched_runtime& runtime_;
    unsigned workers_;
    std::vector<sleeper> sleepers_;
    std::vector<yot_run::join_handle<void>> tasks_;
    tally& bursts_ = run_.book().account("bursts");
    tally& spawned_ = run_.book().account("tasks spawned");
    latencies& until_end_ = run_.book().latency("burst");
};

void be_idle(generator& random) {
    switch (random.below(4)) {
        case 0: return;
        case 1:
            for (std::uint64_t left = random.below(2000); left > 0; --left) asm volatile("");
            return;
        case 2: sched_yield(); return;
        default: {
            const timespec pause{0, long(random.below(100'000))};
            nanosleep(&pause, nullptr);
        }
    }
}

void body(run& run) {
    watched_runtime runtime(run, run.given().threads);
    generator random = run.random(1);
    bursts bursts(run, runtime);
    while (!run.is_over()) {
        bursts.go(random);
        be_idle(random);
    }
    const std::uint64_t spawned = bursts.finish();
    const auto figures = runtime.close();
    run.book().expect_equal("tasks spawned", spawned, figures.tasks_spawned);
    run.book().expect_equal("tasks completed", spawned, figures.tasks_completed);
}

}  // namespace stress::park_race
