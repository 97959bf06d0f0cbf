// stress/scenarios/wake_race.cpp: tries to break wakes: during a poll, between the look and the
// storing of the waker, from other workers and from outside, twice.
//
// Receivers wait at mailboxes. Givers, tasks and threads of their own, give a mailbox its next
// token only when the last one was received: so a wake that is lost is not made good by the next.
// Ledger: every token that was given was received, mailbox by mailbox; all tasks have ended.
// Invariants: no two threads poll a task at once. Largest latency: from a wake to its poll.
#include <stress/scenarios/mailbox.hpp>
#include <stress/scenarios/watched_runtime.hpp>

#include <yot_run/task/future.hpp>
#include <yot_run/task/task.hpp>

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace stress::wake_race {

constexpr unsigned boxes_per_giver = 6;
// So many tokens at once are the end.
constexpr std::uint64_t the_end = std::uint64_t{1} << 40;

// A receive that notices when two threads are in it at once.
class [[nodiscard]] watched_receive {
public:
    watched_receive(run& run, mailbox& box, std::atomic<bool>& polling) noexcept
        : run_(&run), polling_(&polling), inner_(box.receive()) {}
    yot_run::poll<std::uint64_t> poll(yot_run::context& cx) {
        // Relaxed: the task's own order must keep polls apart; this only looks whether it does.
        const bool overlaps = polling_->exchange(true, std::memory_order_relaxed);
        run_->require(!overlaps, [] { return "two threads poll one task at once"; });
        auto answer = inner_.poll(cx);
        polling_->store(false, std::memory_order_relaxed);
        return answer;
    }

private:
    run* run_;
    std::atomic<bool>* polling_;
    mailbox::receive_future inner_;
};

struct station {
    mailbox box;
    std::atomic<bool> polling{false};
};

yot_run::task<> receive(run& run, station& here, latencies& until_run, tally& received) {
    for (;;) {
        const std::uint64_t tokens = co_await watched_receive(run, here.box, here.polling);
        if (tokens >= the_end) co_return;
        until_run.record(here.box.since_given());
        received.add(tokens);
        run.step();
    }
}

struct giver {
    stress::run& run;
    std::span<station> stations;
    tally& given;
    generator random;
    bool loses_wakes = false;

    // One round of all stations.
    void go_round() {
        for (station& each : stations) {
            if (each.box.given() != each.box.received()) continue;
            given.add();
            if (loses_wakes && random.once_in(1000)) each.box.give_silently();
            else each.box.give(1, random.once_in(8) ? 2 : 1);
        }
    }
    void close() {
        for (station& each : stations) each.box.give(the_end);
    }
    [[nodiscard]] bool all_received() const {
        return std::ranges::all_of(stations, [](const station& each) {
            return each.box.given() == each.box.received();
        });
    }
};

// Until the end of the run, and then until all is received.
yot_run::task<> give(giver here) {
    while (!here.run.is_over()) {
        here.go_round();
        co_await yot_run::yield_now();
    }
    while (!here.all_received()) co_await yot_run::yield_now();
    here.close();
}

void give_from_outside(giver here) {
    while (!here.run.is_over()) {
        here.go_round();
        if (here.random.once_in(4)) sched_yield();
    }
    while (!here.all_received()) std::this_thread::yield();
    here.close();
}

void race(run& run, bool loses_wakes) {
    ledger& book = run.book();
    tally& given = book.account("tokens given");
    tally& received = book.account("tokens received");
    latencies& until_run = book.latency("wake to run");
    watched_runtime runtime(run, run.given().threads);
    const unsigned outside = std::max(1U, run.given().threads / 2);
    const unsigned inside = outside;
    std::vector<station> stations(std::size_t{outside + inside} * boxes_per_giver);
    std::vector<yot_run::join_handle<void>> tasks;
    for (station& each : stations)
        tasks.push_back(runtime->spawn(receive(run, each, until_run, received)));
    std::vector<std::thread> threads;
    for (unsigned index = 0; index < outside + inside; ++index) {
        giver next{run,
                   std::span(stations).subspan(std::size_t{index} * boxes_per_giver,
                                               boxes_per_giver),
                   given, run.random(index), loses_wakes};
        if (index < outside) threads.emplace_back(give_from_outside, next);
        else tasks.push_back(runtime->spawn(give(next)));
    }
    for (std::thread& each : threads) each.join();
    for (auto& each : tasks) runtime->block_on(std::move(each));
    for (station& each : stations) {
        run.require(each.box.given() == each.box.received(),
                    [] { return "a mailbox has a token that nobody received"; });
        each.box.forget();
    }
    const auto figures = runtime.close();
    book.expect_equal("tokens", given.total(), received.total());
    book.expect_equal("completed tasks", stations.size() + inside, figures.tasks_completed);
}

void body(run& run) { race(run, false); }

void losing_body(run& run) { race(run, true); }

}  // namespace stress::wake_race
