// stress/scenarios/shutdown_storm.cpp: tries to break shutdown: at a random moment, over and over,
// while tasks grow, sleep, wait for tokens and sockets, and while a thread outside spawns and
// wakes.
//
// Ledger, for each runtime: every task that was spawned has ended, each of our handles says so, as
// many frames were destroyed as made, and no socket or timer is left.
// Invariants: the same; wakes and spawns after the shutdown do nothing. Largest latency: of a
// shutdown.
#include <stress/scenarios/mailbox.hpp>
#include <stress/scenarios/presence.hpp>
#include <stress/scenarios/tree.hpp>
#include <stress/scenarios/watched_runtime.hpp>

#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/reactor/timer.hpp>
#include <yot_run/task/outcome.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

namespace stress::shutdown_storm {

using namespace std::chrono_literals;

struct accounts {
    stress::run& run;
    frame_account frames{run.book().account("frames made"),
                         run.book().account("frames destroyed")};
    tally& runtimes = run.book().account("runtimes");
    tally& tasks = run.book().account("tasks spawned");
    tally& completed = run.book().account("tasks completed");
    tally& failed = run.book().account("tasks that saw a child cancelled");
    tally& cancelled = run.book().account("tasks cancelled");
    tally& outside = run.book().account("tasks spawned from outside, some too late");
    latencies& shutdowns = run.book().latency("shutdown");
    latencies& until_run = run.book().latency("spawn to run");
};

yot_run::task<> wait_for_tokens(presence /*here*/, mailbox& box) {
    for (;;) co_await box.receive();
}

yot_run::task<> sleep_again_and_again(presence /*here*/, generator random) {
    for (;;) co_await yot_run::sleep_for(std::chrono::microseconds(random.below(3000)));
}

yot_run::task<> grow_for_ever(accounts& all, presence /*here*/, generator random) {
    for (;;) {
        const tree next{random.next(), 4};
        co_await yot_run::spawn(grow(all.run, all.until_run, next, steady::now()));
    }
}

yot_run::task<> wait_for_a_connection(presence /*here*/) {
    auto listener =
        yot_run::net::tcp_listener::bind(yot_run::net::socket_address::loopback(0));
    if (!listener) co_return;  // The shutdown came first.
    const auto address = listener->local_address().value();
    auto client = co_await yot_run::net::tcp_stream::connect(address);
    if (!client) co_return;
    static_cast<void>(client->set_linger(0s));
    std::array<std::byte, 8> nothing;
    static_cast<void>(co_await client->read(nothing));
}

// What runs beside one runtime, on a thread outside.
class outsider {
public:
    outsider(accounts& all, yot_run::runtime& runtime, std::deque<mailbox>& boxes,
             generator random)
        : all_(all), boxes_(boxes), random_(random), thread_([&] { spawn_and_wake(runtime); }) {
        while (!has_entered_.load(std::memory_order_acquire)) std::this_thread::yield();
    }
    // Every task that it spawned must have ended.
    void stop() {
        stopping_.store(true, std::memory_order_relaxed);  // Only ends the loop.
        thread_.join();
        for (auto& each : handles_) {
            all_.run.require(each.is_finished(),
                             [] { return "a task has outlived its runtime"; });
            all_.outside.add();
        }
    }

private:
    void spawn_and_wake(yot_run::runtime& runtime) {
        const yot_run::enter_guard inside = runtime.enter();
        has_entered_.store(true, std::memory_order_release);  // The runtime may go from now on.
        while (!stopping_.load(std::memory_order_relaxed)) {
            boxes_[random_.below(boxes_.size())].give(1, 1 + unsigned(random_.below(2)));
            if (handles_.size() < 200)
                handles_.push_back(yot_run::spawn(wait_for_tokens(
                    presence(all_.frames), boxes_[random_.below(boxes_.size())])));
            if (random_.once_in(3)) std::this_thread::yield();
        }
    }

    accounts& all_;
    std::deque<mailbox>& boxes_;
    generator random_;
    std::atomic<bool> has_entered_{false};
    std::atomic<bool> stopping_{false};
    std::vector<yot_run::join_handle<void>> handles_;
    std::thread thread_;
};

void pause(generator& random) {
    const timespec time{0, long(random.below(random.once_in(4) ? 3'000'000 : 200'000))};
    nanosleep(&time, nullptr);
}

void one_runtime(accounts& all, generator random) {
    run& run = all.run;
    yot_run::runtime_options options =
        options_for(run, 1 + unsigned(random.below(run.given().threads)));
    if (random.once_in(2)) options.placement = yot_run::reactor_placement::idle_workers;
    std::deque<mailbox> boxes(8);
    auto runtime = std::make_unique<yot_run::runtime>(options);
    run.describe_with([&runtime = *runtime] { return describe(runtime); });
    const auto source = runtime->metrics_source();
    std::vector<yot_run::join_handle<void>> handles;
    for (mailbox& each : boxes)
        handles.push_back(runtime->spawn(wait_for_tokens(presence(all.frames), each)));
    for (unsigned count = 0; count < 4; ++count) {
        handles.push_back(runtime->spawn(
            sleep_again_and_again(presence(all.frames), generator(random.next()))));
        handles.push_back(
            runtime->spawn(grow_for_ever(all, presence(all.frames), generator(random.next()))));
    }
    if (random.once_in(4))
        handles.push_back(runtime->spawn(wait_for_a_connection(presence(all.frames))));
    outsider outsider(all, *runtime, boxes, generator(random.next()));
    pause(random);

    const auto start = steady::now();
    if (random.once_in(2)) {
        bool complete = false;
        while (!complete)
            complete =
                runtime->shutdown_timeout(std::chrono::microseconds(random.below(1000))).complete();
    }
    if (random.once_in(2)) pause(random);  // Wakes and spawns meet a runtime that has shut down.
    run.describe_with({});
    runtime.reset();
    all.shutdowns.record(steady::now() - start);
    outsider.stop();
    for (auto& each : handles)
        run.require(each.is_finished(), [] { return "a task has outlived its runtime"; });
    for (mailbox& each : boxes) each.forget();
    const auto figures = source();
    require_figures_agree(run, figures);
    all.runtimes.add();
    all.tasks.add(figures.tasks_spawned);
    all.completed.add(figures.tasks_completed);
    all.failed.add(figures.tasks_failed);
    all.cancelled.add(figures.tasks_cancelled);
    run.step();
}

void body(run& run) {
    accounts all{run};
    generator random = run.random(1);
    while (!run.is_over()) one_runtime(all, generator(random.next()));
    run.book().expect_equal("frames", all.frames.made.total(), all.frames.destroyed.total());
    run.book().expect_equal("tasks", all.tasks.total(),
                            all.completed.total() + all.failed.total() + all.cancelled.total());
}

}  // namespace stress::shutdown_storm
