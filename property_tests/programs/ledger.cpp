#include <property_tests/programs/ledger.hpp>

#include <yot_run/executor/worker.hpp>
#include <yot_run/simulation/simulation.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace programs {
namespace {

using yot_run::internal::worker;

constexpr auto timer_resolution = std::chrono::milliseconds(1);

// Without the point that sys::now() is.
sys_time clock() { return yot_run::sys_simulated::machine::current().now(); }

std::string text_of(ending how) {
    switch (how) {
        case ending::none:
            return "nothing";
        case ending::gave:
            return "a value";
        case ending::threw:
            return "an exception";
        case ending::cancelled:
            break;
    }
    return "cancelled";
}

// In polls of a worker that has the task in one of its queues, or could take it from the injector:
// the bounds of executor/worker.hpp.
std::uint64_t bound_of_spawned(std::size_t others) { return worker::fair_interval * (others + 2); }
std::uint64_t bound_of_woken(std::size_t others) {
    return worker::fair_interval + (2 * (worker::slot_streak_limit + 1) + 1) * (others + 1);
}

}  // namespace

void ledger::require(bool holds, const std::string& otherwise) {
    if (!holds) yot_run::simulation::fail(otherwise);
}

task_id ledger::begin_spawn(std::string name) {
    tasks_.push_back(
        {.name = "task " + std::to_string(tasks_.size()) + " (" + std::move(name) + ")",
         .is_late = has_ended_,
         .is_in_spawned = worker::current() != nullptr,
         .wakes_in_progress = 1});
    ++live_;
    if (is_shutting_down_) ++counts["spawns in a shutdown"];
    return tasks_.size() - 1;
}

void ledger::end_spawn(task_id id) {
    tasks_[id].is_being_spawned = false;
    end_wake(id);
}

task_id ledger::begin_outsider() {
    ++outsiders_;
    tasks_.push_back({.name = "a thread outside", .is_task = false});
    return tasks_.size() - 1;
}

void ledger::note_that_queued(task_entry& entry) {
    const bool is_queued = entry.is_owed_a_poll && !entry.is_polled && entry.end == ending::none &&
                           entry.wakes_in_progress == 0;
    if (!is_queued || !entry.polls_then.empty()) return;
    entry.polls_then = worker_polls_;
    entry.live_then = live_;
    entry.ended_then = tasks_.size() - live_;
}

void ledger::check_fairness(const task_entry& entry, std::size_t poller) const {
    if (entry.polls_then.empty()) return;
    // Whose it was is not known, but somebody must have been quick enough. If it was another
    // worker's, this one has taken it after its own last poll; what the other one did later does
    // not count.
    std::uint64_t fewest = std::uint64_t(-1);
    for (std::size_t i = 0; i < worker_polls_.size(); ++i) {
        const std::uint64_t end = i == poller ? worker_polls_[i] : at_last_poll_of_[poller][i];
        const std::uint64_t begin = entry.polls_then[i];
        fewest = std::min(fewest, end > begin ? end - begin : 0);
    }
    // What a worker has spawned waits for older ones only; but whoever has come since may have got
    // before one that was woken, or that came from outside, until it was in its queue.
    const std::uint64_t bound = entry.is_in_spawned
                                    ? bound_of_spawned(entry.live_then)
                                    : bound_of_woken(tasks_.size() - entry.ended_then);
    require(fewest <= bound, "P4: " + entry.name + " was ready, but whoever had it polled " +
                                 std::to_string(fewest) + " times before, more than " +
                                 std::to_string(bound));
}

void ledger::begin_poll(task_id id) {
    task_entry& entry = tasks_[id];
    require(!has_ended_, "P5: " + entry.name + " is polled after the shutdown");
    require(!entry.is_polled, "P3: " + entry.name + " is polled while it is polled");
    require(entry.end == ending::none, "P3: " + entry.name + " is polled after its end");
    require(!entry.is_destroyed, "P3: " + entry.name + " is polled after its future was destroyed");
    require(entry.is_owed_a_poll || entry.was_being_woken,
            "P3: " + entry.name + " is polled, but nobody has woken it");
    const worker* const here = worker::current();
    require(here != nullptr, "P3: " + entry.name + " is not polled by a worker");
    check_fairness(entry, here->index());
    ++worker_polls_[here->index()];
    at_last_poll_of_[here->index()] = worker_polls_;
    entry.is_polled = true;
    entry.is_owed_a_poll = false;
    entry.was_being_woken = entry.wakes_in_progress > 0;
    entry.polls_then.clear();
    entry.is_in_spawned = false;
    ++entry.polls;
}

void ledger::end_poll(task_id id) {
    task_entry& entry = tasks_[id];
    entry.is_polled = false;
    note_that_queued(entry);
}

void ledger::begin_wake(task_id id) {
    task_entry& entry = tasks_[id];
    ++entry.wakes;
    ++entry.wakes_in_progress;
    if (entry.end != ending::none) {
        ++counts["wakes after the end"];
        return;
    }
    if (entry.is_polled) ++counts["wakes during a poll"];
    if (entry.is_owed_a_poll) ++counts["wakes that coalesce"];
    entry.is_owed_a_poll = true;
}

void ledger::end_wake(task_id id) {
    --tasks_[id].wakes_in_progress;
    note_that_queued(tasks_[id]);
}

void ledger::end(task_id id, ending how) {
    task_entry& entry = tasks_[id];
    require(entry.end == ending::none, "P1: " + entry.name + " ends with " + text_of(how) +
                                           " after it ended with " + text_of(entry.end));
    entry.end = how;
    --live_;
}

void ledger::destroy_future(task_id id) {
    task_entry& entry = tasks_[id];
    require(!entry.is_destroyed, "P1: the future of " + entry.name + " is destroyed twice");
    require(!entry.is_polled,
            "P3: the future of " + entry.name + " is destroyed while it is polled");
    require(!has_ended_ || entry.is_late,
            "P5: the future of " + entry.name + " is destroyed after the shutdown");
    entry.is_destroyed = true;
    if (entry.end == ending::none) end(id, ending::cancelled);
}

void ledger::make_output(task_id id) { tasks_[id].output_exists = true; }

void ledger::destroy_output(task_id id) {
    require(std::exchange(tasks_[id].output_exists, false),
            "P1: the output of " + tasks_[id].name + " is destroyed twice");
}

void ledger::deliver(task_id id, ending how) {
    task_entry& entry = tasks_[id];
    require(!std::exchange(entry.was_delivered, true),
            "P1: the outcome of " + entry.name + " is delivered twice");
    require(entry.end == how, "P1: " + entry.name + " ended with " + text_of(entry.end) +
                                  ", but its handle says " + text_of(how));
    entry.has_handle = false;
    ++counts["joined: " + text_of(how)];
}

void ledger::drop_handle(task_id id) {
    tasks_[id].has_handle = false;
    ++counts["handles dropped"];
}

std::size_t ledger::ended(ending how) const {
    return std::size_t(std::ranges::count_if(
        tasks_, [how](const task_entry& each) { return each.is_task && each.end == how; }));
}

std::uint64_t ledger::polls() const {
    return std::accumulate(worker_polls_.begin(), worker_polls_.end(), std::uint64_t{0});
}

ledger::wait_position ledger::begin_wait(task_id who, std::string what,
                                         std::function<bool()> could_go_on) {
    return waits_.insert(waits_.end(), {who, std::move(what), std::move(could_go_on)});
}

ledger::sleep_position ledger::list_sleep(task_id who, sys_time deadline) {
    return sleeps_.insert(sleeps_.end(), {.who = who, .deadline = deadline});
}

void ledger::arm(sleep_position position) {
    if (position->armed == sys_time::max()) position->armed = clock();
}

void ledger::wake_sleeper(sleep_position position) {
    const sys_time now = clock();
    sleep_entry& woken = *position;
    const std::string& name = tasks_[woken.who].name;
    if (is_shutting_down_) return;  // That wakes everybody at once.
    if (!woken.is_certain) return;
    require(now >= woken.deadline, "P6: the timer of " + name + " comes too early");
    require(!std::exchange(woken.was_woken, true), "P6: the timer of " + name + " comes twice");
    for (const sleep_entry& other : sleeps_) {
        const bool should_be_first = other.is_certain && !other.was_woken &&
                                     other.armed < other.deadline &&
                                     other.deadline + timer_resolution < woken.deadline;
        require(!should_be_first, "P6: the timer of " + name + " comes before that of " +
                                      tasks_[other.who].name + ", which has an earlier deadline");
    }
    ++counts["timers"];
}

void ledger::check_rest() {
    for (const task_entry& each : tasks_) {
        if (!each.is_task || each.end != ending::none) continue;
        require(!each.is_owed_a_poll,
                "P2: nothing can happen any more, but " + each.name + " was woken and not polled");
    }
    for (const wait_entry& each : waits_) {
        require(!each.could_go_on(), "P2: nothing can happen any more, but " +
                                         tasks_[each.who].name + " waits for " + each.what +
                                         ", which has come");
    }
}

void ledger::check_end() {
    has_ended_ = true;
    for (task_entry& each : tasks_) {
        if (!each.is_task) continue;
        if (each.is_being_spawned && each.end == ending::none) {
            each.is_late = true;
            continue;
        }
        require(each.end != ending::none, "P5: " + each.name + " has not ended after the shutdown");
        require(each.is_destroyed,
                "P5: the future of " + each.name + " is still there after the shutdown");
    }
}

void ledger::check_remains() const {
    for (const task_entry& each : tasks_)
        require(!each.output_exists, "P1: the output of " + each.name + " is never destroyed");
    require(wakers == 0, "P5: " + std::to_string(wakers) + " wakers are never dropped");
    std::uint64_t unasked = 0;
    for (const task_entry& each : tasks_)
        unasked += each.end == ending::threw && !each.was_delivered;
    require(unasked == unobserved, "P1: " + std::to_string(unasked) +
                                       " exceptions were not asked for, but the handler got " +
                                       std::to_string(unobserved));
}

}  // namespace programs
