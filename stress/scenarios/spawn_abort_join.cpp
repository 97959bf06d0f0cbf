// stress/scenarios/spawn_abort_join.cpp: tries to break the life of a task: spawned, aborted,
// joined, detached, failed, in any order and on any thread.
//
// Tasks end at once, yield, sleep, throw, wait for ever in a chain of awaits, or wait for a child.
// Whoever spawned one awaits it, aborts it and awaits it, detaches it, aborts and forgets it, or
// hands the handle to another task.
// Ledger: each body counts how it ends; the joiners count what they are told; both must agree with
// the runtime's figures. As many frames are destroyed as were made.
// Invariants: a task that was not aborted is never cancelled. Largest latency: from an abort to the
// end.
#include <stress/scenarios/presence.hpp>
#include <stress/scenarios/watched_runtime.hpp>

#include <yot_run/reactor/timer.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/join_handle.hpp>
#include <yot_run/task/outcome.hpp>
#include <yot_run/task/task.hpp>

#include <chrono>
#include <exception>
#include <thread>
#include <vector>

namespace stress::spawn_abort_join {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using handle = yot_run::join_handle<int>;

struct on_purpose : std::exception {};

struct accounts {
    stress::run& run;
    frame_account frames{run.book().account("frames made"),
                         run.book().account("frames destroyed")};
    tally& spawned = run.book().account("tasks spawned");
    tally& completing = run.book().account("bodies that ended");
    tally& failing = run.book().account("bodies that threw");
    tally& joined = run.book().account("joins: a value");
    tally& joined_failed = run.book().account("joins: an exception");
    tally& joined_cancelled = run.book().account("joins: cancelled");
    latencies& until_end = run.book().latency("abort to end");
};

enum class kind : unsigned char { end, yield, sleep, fail, wait_for_ever, have_child };

yot_run::task<> wait_in_a_chain(accounts& all, presence /*here*/, unsigned depth) {
    if (depth == 0) co_await yot_run::pending();
    else co_await wait_in_a_chain(all, presence(all.frames), depth - 1);
}

yot_run::task<int> live(accounts& all, presence /*here*/, kind what, generator random) {
    all.run.step();
    switch (what) {
        case kind::end: break;
        case kind::yield:
            for (std::uint64_t left = random.below(5); left > 0; --left)
                co_await yot_run::yield_now();
            break;
        case kind::sleep:
            co_await yot_run::sleep_for(std::chrono::microseconds(random.below(2000)));
            break;
        case kind::fail:
            if (random.once_in(2)) co_await yot_run::yield_now();
            all.failing.add();
            throw on_purpose();
        case kind::wait_for_ever:
            co_await wait_in_a_chain(all, presence(all.frames), unsigned(random.below(6)));
            break;
        case kind::have_child:
            all.spawned.add();
            co_await yot_run::spawn(
                live(all, presence(all.frames), kind::yield, generator(random.next())));
            break;
    }
    all.completing.add();  // Nothing suspends any more, so no abort can come before.
    co_return 1;
}

// Awaits a handle, and counts what it says.
yot_run::task<> join(accounts& all, handle joined, bool aborted) {
    const auto start = steady::now();
    try {
        co_await joined;
        all.joined.add();
    } catch (const on_purpose&) {
        all.joined_failed.add();
    } catch (const yot_run::task_cancelled&) {
        all.joined_cancelled.add();
        all.run.require(aborted, [] { return "a task that nobody aborted was cancelled"; });
    }
    if (aborted) all.until_end.record(steady::now() - start);
}

yot_run::task<> abort_and_join(accounts& all, handle joined) {
    joined.abort();
    co_await join(all, std::move(joined), true);
}

kind random_kind(generator& random) { return kind(random.below(6)); }

// One task, from its spawn to the end of our interest in it.
yot_run::task<> use_one(accounts& all, generator& random) {
    const kind what = random_kind(random);
    all.spawned.add();
    handle made = yot_run::spawn(
        live(all, presence(all.frames), what, generator(random.next())));
    // What waits for ever must be aborted by somebody.
    const std::uint64_t fate = what == kind::wait_for_ever ? random.below(3) : random.below(5);
    if (random.once_in(3)) co_await yot_run::yield_now();
    switch (fate) {
        case 0: co_await abort_and_join(all, std::move(made)); break;
        case 1: made.abort(); break;  // And forgotten.
        case 2:
            all.spawned.add();
            yot_run::spawn(abort_and_join(all, std::move(made))).detach();
            break;
        case 3: co_await join(all, std::move(made), false); break;
        default: made.detach(); break;
    }
}

yot_run::task<> use_many(accounts& all, std::uint64_t stream) {
    generator random = all.run.random(stream);
    while (!all.run.is_over()) co_await use_one(all, random);
}

void body(run& run) {
    ledger& book = run.book();
    accounts all{run};
    watched_runtime runtime(run, run.given().threads);
    std::vector<yot_run::join_handle<void>> users;
    for (unsigned index = 0; index < 4 * run.given().threads; ++index) {
        all.spawned.add();
        users.push_back(runtime->spawn(use_many(all, index)));
    }
    for (auto& each : users) runtime->block_on(std::move(each));
    // What was detached ends by itself.
    while (runtime->metrics().tasks_pending > 0) std::this_thread::sleep_for(1ms);
    const auto figures = runtime.close();
    book.expect_equal("tasks spawned", all.spawned.total(), figures.tasks_spawned);
    book.expect_equal("tasks failed", all.failing.total(), figures.tasks_failed);
    // The runtime counts the users and the joining tasks, too; those end well.
    book.expect_equal("tasks that ended in some way", all.spawned.total(),
                      figures.tasks_completed + figures.tasks_failed + figures.tasks_cancelled);
    book.expect_at_most("joins that were told of a value", all.completing.total(),
                        all.joined.total());
    book.expect_at_most("joins that were told of an exception", all.failing.total(),
                        all.joined_failed.total());
    book.expect_at_most("joins that were told of a cancellation", figures.tasks_cancelled,
                        all.joined_cancelled.total());
    book.expect_equal("exceptions: told to a joiner, or to the handler", all.failing.total(),
                      all.joined_failed.total() + figures.unobserved_failures);
    book.expect_equal("frames", all.frames.made.total(), all.frames.destroyed.total());
}

}  // namespace stress::spawn_abort_join
