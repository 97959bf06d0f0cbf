// stress/scenarios/frame_pressure.cpp: tries to break how frames are allocated: small and large
// ones, made by one thread and freed by another, and memory that runs out where a coroutine is
// made.
//
// What the API promises to survive is the making of a coroutine: that throws std::bad_alloc, where
// the call stands, and nothing has changed. In a task, the exception is the task's failure, if
// nobody catches it. (Running out in the middle of the runtime's own queues ends the program.)
// Ledger: as many frames destroyed as made; every failure was told to whoever awaited it.
// Invariants: a frame's content is its own from beginning to end. Largest latency: from spawn to
// value.
#include <stress/harness/memory.hpp>
#include <stress/scenarios/presence.hpp>
#include <stress/scenarios/watched_runtime.hpp>

#include <yot_run/task/future.hpp>
#include <yot_run/task/join_handle.hpp>
#include <yot_run/task/task.hpp>

#include <array>
#include <chrono>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace stress::frame_pressure {

using steady = std::chrono::steady_clock;

constexpr std::uint64_t fails_once_in = 16;

struct accounts {
    stress::run& run;
    frame_account frames{run.book().account("frames made"),
                         run.book().account("frames destroyed")};
    tally& spawned = run.book().account("tasks spawned");
    tally& not_made = run.book().account("tasks that could not be made");
    tally& values = run.book().account("tasks that gave a value");
    tally& failures = run.book().account("tasks that failed for lack of memory");
    latencies& until_value = run.book().latency("spawn to value");
};

// What `make()` gives, or nothing if there is no memory for it.
template <class Make>
auto made_if_there_is_memory(generator& random, Make make) -> std::optional<decltype(make())> {
    const scarce_memory scarce(random, fails_once_in);
    try {
        return make();
    } catch (const std::bad_alloc&) {
        return std::nullopt;
    }
}

yot_run::task<> make_child_or_throw(accounts& all, generator& random, unsigned depth);

template <std::size_t Bytes>
yot_run::task<> fill_a_frame(accounts& all, presence /*here*/, generator random, unsigned depth) {
    std::array<std::uint64_t, Bytes / sizeof(std::uint64_t)> content;
    const std::uint64_t begin = random.next();
    for (std::size_t index = 0; index < content.size(); ++index) content[index] = begin + index;
    all.run.step();
    for (std::uint64_t left = random.below(3); left > 0; --left) co_await yot_run::yield_now();
    if (depth > 0) co_await make_child_or_throw(all, random, depth - 1);
    bool is_ours = true;
    for (std::size_t index = 0; index < content.size(); ++index)
        is_ours &= content[index] == begin + index;
    all.run.require(is_ours, [] { return "a frame was written by somebody else"; });
}

yot_run::task<> frame_of_some_size(accounts& all, generator& random, unsigned depth) {
    presence here(all.frames);
    const generator own(random.next());
    switch (random.below(4)) {
        case 0: return fill_a_frame<64>(all, std::move(here), own, depth);
        case 1: return fill_a_frame<512>(all, std::move(here), own, depth);
        case 2: return fill_a_frame<4096>(all, std::move(here), own, depth);
        default: return fill_a_frame<40'000>(all, std::move(here), own, depth);
    }
}

// In a chain: what cannot be made is this task's failure.
yot_run::task<> make_child_or_throw(accounts& all, generator& random, unsigned depth) {
    auto child =
        made_if_there_is_memory(random, [&] { return frame_of_some_size(all, random, depth); });
    if (!child) throw std::bad_alloc();
    co_await std::move(*child);
}

yot_run::task<> await(accounts& all, yot_run::join_handle<void> handle) {
    const auto start = steady::now();
    try {
        co_await handle;
        all.values.add();
    } catch (const std::bad_alloc&) {
        all.failures.add();
    }
    all.until_value.record(steady::now() - start);
}

yot_run::task<> make_frames(accounts& all, std::uint64_t stream) {
    generator random = all.run.random(stream);
    while (!all.run.is_over()) {
        std::vector<yot_run::join_handle<void>> batch;
        for (std::uint64_t left = 1 + random.below(16); left > 0; --left) {
            auto made = made_if_there_is_memory(random, [&] {
                return frame_of_some_size(all, random, unsigned(random.below(4)));
            });
            if (!made) {
                all.not_made.add();
                continue;
            }
            all.spawned.add();
            batch.push_back(yot_run::spawn(std::move(*made)));
        }
        for (auto& each : batch) co_await await(all, std::move(each));
    }
}

void body(run& run) {
    ledger& book = run.book();
    accounts all{run};
    watched_runtime runtime(run, run.given().threads);
    const unsigned makers = 2 * run.given().threads;
    std::vector<yot_run::join_handle<void>> tasks;
    for (unsigned index = 0; index < makers; ++index)
        tasks.push_back(runtime->spawn(make_frames(all, index)));
    for (auto& each : tasks) runtime->block_on(std::move(each));
    const auto figures = runtime.close();
    book.expect_equal("tasks spawned", all.spawned.total() + makers, figures.tasks_spawned);
    book.expect_equal("tasks that gave a value", all.values.total() + makers,
                      figures.tasks_completed);
    book.expect_equal("tasks that failed", all.failures.total(), figures.tasks_failed);
    book.expect_equal("frames", all.frames.made.total(), all.frames.destroyed.total());
}

}  // namespace stress::frame_pressure
