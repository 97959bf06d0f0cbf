// property_tests/programs/ledger.hpp: the account of one program: every task, wake, wait, output
// and byte.
//
// All of it is plain data: simulated threads give way at points only, and there are none in here.
// What does not add up ends the program, and names the property by its number:
//
//   P1   a task ends once; its future is destroyed once; its output goes to its joiner once, or is
//        destroyed
//   P2   no lost wake: when nothing can happen any more, nobody who could go on is waiting
//   P3   one poll of a task at a time, none after its end, and none without a wake but the first
//   P4   a ready task is polled within the bound of executor/worker.hpp
//   P5   after a shutdown all tasks have ended, nothing runs, every handle reports
//   P6   timers are not early, come in the order of their deadlines up to a millisecond, and once; a
//        timeout asks for the value before it gives up
//   P7   bytes come in order, none lost or repeated; an end or a reset is what the peer caused
//   P8   what a system call reports, the operation reports; the rest goes on
//   P10  the metrics agree with this account
#pragma once

#include <yot_run/sys/sys.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

namespace programs {

using task_id = std::size_t;
using sys_time = yot_run::sys::time_point;

enum class ending : unsigned char { none, gave, threw, cancelled };

struct task_entry {
    std::string name;
    bool is_task = true;
    bool is_being_spawned = true;
    bool is_late = false;  // Spawned during a shutdown or after it: cancelled at once.
    bool is_in_spawned = false;  // Spawned by a worker, and not polled yet.
    ending end = ending::none;
    bool is_polled = false;
    bool is_destroyed = false;  // Its future is.
    bool output_exists = false;
    bool was_delivered = false;  // Its outcome, to whoever joined it.
    bool has_handle = true;
    std::uint64_t polls = 0;
    std::uint64_t wakes = 0;
    bool is_owed_a_poll = true;    // Woken, or spawned, since its last poll began.
    bool was_being_woken = false;  // When its last poll began: that wake may be for the next one.
    // Since it is certainly in a queue: how many polls each worker had made then. Empty: it is not.
    std::vector<std::uint64_t> polls_then = {};
    std::size_t live_then = 0;
    std::size_t ended_then = 0;
    unsigned wakes_in_progress = 0;  // Which may be about to put it there.
};

// What a task is waiting for, as far as the ledger knows.
struct wait_entry {
    task_id who;
    std::string what;
    std::function<bool()> could_go_on;
};

struct sleep_entry {
    task_id who;
    sys_time deadline;
    sys_time armed = sys_time::max();  // There has been a timer for it since then.
    bool is_certain = true;            // That there is.
    bool was_woken = false;
};

class ledger {
public:
    explicit ledger(unsigned workers)
        : worker_polls_(workers), at_last_poll_of_(workers, worker_polls_) {}
    ledger(const ledger&) = delete;
    ledger& operator=(const ledger&) = delete;

    // Tasks.

    [[nodiscard]] task_id begin_spawn(std::string name);
    void end_spawn(task_id id);
    // A thread that waits as tasks do, but is none.
    [[nodiscard]] task_id begin_outsider();
    void begin_poll(task_id id);
    void end_poll(task_id id);
    void begin_wake(task_id id);
    void end_wake(task_id id);
    void end(task_id id, ending how);
    void destroy_future(task_id id);
    void make_output(task_id id);
    void destroy_output(task_id id);
    // The joiner was told this outcome.
    void deliver(task_id id, ending how);
    void drop_handle(task_id id);
    [[nodiscard]] const task_entry& task(task_id id) const { return tasks_[id]; }
    [[nodiscard]] std::size_t tasks() const { return tasks_.size() - outsiders_; }
    [[nodiscard]] std::size_t live() const { return live_; }
    [[nodiscard]] std::size_t ended(ending how) const;
    [[nodiscard]] std::uint64_t polls() const;

    // Waits. What could_go_on looks at must live until the entry is gone.

    using wait_position = std::list<wait_entry>::iterator;
    [[nodiscard]] wait_position begin_wait(task_id who, std::string what,
                                           std::function<bool()> could_go_on);
    void end_wait(wait_position position) { waits_.erase(position); }
    [[nodiscard]] const std::list<wait_entry>& waits() const { return waits_; }

    // Sleeps.

    using sleep_position = std::list<sleep_entry>::iterator;
    [[nodiscard]] sleep_position list_sleep(task_id who, sys_time deadline);
    void arm(sleep_position position);
    void wake_sleeper(sleep_position position);
    void disarm(sleep_position position) { sleeps_.erase(position); }

    // Moments.

    // Nothing can happen any more.
    void check_rest();
    void begin_shutdown() { is_shutting_down_ = true; }
    [[nodiscard]] bool is_shutting_down() const { return is_shutting_down_; }
    // The runtime has gone.
    void check_end();
    // Handles, wakers and outputs have gone, too.
    void check_remains() const;

    // The handler for exceptions that nobody asks for.
    void report_unobserved() { ++unobserved; }

    static void require(bool holds, const std::string& otherwise);

    std::uint64_t unobserved = 0;
    std::uint64_t wakers = 0;  // That exist.
    // How often things happened, for the statistics.
    std::map<std::string, std::uint64_t> counts;

private:
    void check_fairness(const task_entry& entry, std::size_t poller) const;
    void note_that_queued(task_entry& entry);

    std::deque<task_entry> tasks_;
    std::size_t live_ = 0;
    std::size_t outsiders_ = 0;
    using poll_counts = std::vector<std::uint64_t>;  // Of each worker.
    poll_counts worker_polls_;
    std::vector<poll_counts> at_last_poll_of_;  // What they were when that worker polled last.
    std::list<wait_entry> waits_;
    std::list<sleep_entry> sleeps_;
    bool is_shutting_down_ = false;
    bool has_ended_ = false;
};

}  // namespace programs
