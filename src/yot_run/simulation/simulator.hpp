// yot_run/simulation/simulator.hpp: the machine on which a simulated program runs: threads that are
// fibers, one of which moves at a time; who waits for what; a kernel (kernel/machine.hpp); one clock.
//
// A thread gives way at points: each operation of the `sync` seam, each call of the `sys` seam. Between
// two points nothing else moves. Memory is sequentially consistent: what weaker orders may do, model/
// searches.
//
// Time: each point costs point_cost; when nobody can move, the clock goes on to whatever is due first.
// If nothing is due, either a thread that settles goes on (simulation.hpp), or the program has failed.
//
// A failure ends the program where it stands: its threads never move again, and what lies on their
// stacks is not destroyed.
//
// One system thread. The parts of the seam that need no simulator (an atomic operation, an uncontended
// mutex) work outside a program, too.
// Checked by: simulation_test.cpp, sync_test.cpp.
#pragma once

#include <yot_run/simulation/fiber.hpp>
#include <yot_run/simulation/kernel/machine.hpp>
#include <yot_run/simulation/options.hpp>
#include <yot_run/simulation/scheduler.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace yot_run::simulation::internal {

using time_point = sys_posix::time_point;

// Counts down to the next moment at which the scheduler is asked; never gets there outside a program.
inline constinit std::uint64_t points_left = std::numeric_limits<std::uint64_t>::max();

// One simulated thread.
struct sim_thread {
    sim_thread(thread_number its_number, std::string its_name, std::move_only_function<void()> body)
        : number(its_number), name(std::move(its_name)), runs_on(std::move(body)) {}

    thread_number number;
    std::string name;
    fiber runs_on;
    bool is_ready = true;
    bool has_ended = false;
    bool timed_out = false;                  // How its last wait ended.
    const char* waits_for = "";              // While it is not ready.
    std::optional<time_point> deadline;      // Of that wait.
    std::vector<sim_thread*>* waits_in = nullptr;
    std::vector<sim_thread*> joiners;
    std::vector<void*> slots;                // thread_slot's, by index.
};

using wait_list = std::vector<sim_thread*>;

class simulator final : public sys_simulated::machine {
public:
    simulator(const simulation::options& with, std::function<void()> first);
    ~simulator() override;

    // Runs the program to its end.
    [[nodiscard]] report run();

    // Null outside a program.
    [[nodiscard]] static simulator* current() noexcept;
    // Throws std::logic_error outside a program.
    [[nodiscard]] static simulator& needed();

    // For the seam. On the thread that runs.

    void pass_point() noexcept;  // The countdown has ended.
    [[nodiscard]] sim_thread& self() noexcept { return *running_; }
    sim_thread& start(std::string name, std::move_only_function<void()> body);
    // Waits in the list until somebody wakes this thread, or the deadline has come: then it says false.
    // A deadline of time_point::max() never comes.
    bool wait(wait_list& list, const char* for_what, std::optional<time_point> deadline) noexcept;
    void wake(sim_thread& thread) noexcept;
    void wake_all(wait_list& list) noexcept;
    // Waits until nothing else can happen.
    void settle() noexcept;
    void sleep(duration length) noexcept;
    // The time `length` from now; time_point::max() if it is beyond that.
    [[nodiscard]] time_point time_after(duration length) noexcept;
    // Chance: true once in `of` times.
    [[nodiscard]] bool happens(std::uint64_t of) noexcept { return random_() % of == 0; }
    [[nodiscard]] std::uint64_t pick(std::uint64_t below) noexcept { return random_() % below; }
    [[noreturn]] void fail(std::string why) noexcept;
    void allow_faults(bool on) noexcept { faults_allowed_ = on; }
    [[nodiscard]] bool faults_allowed() const noexcept { return faults_allowed_; }
    [[nodiscard]] const simulation::options& chosen() const noexcept { return options_; }

    [[nodiscard]] time_point read_clock() noexcept override;

protected:
    void wait_for_something(std::optional<time_point> deadline) override;

private:
    [[nodiscard]] fault on_call(const numbered_call& asked);
    [[nodiscard]] fault fault_of(const numbered_call& asked);
    [[nodiscard]] fault random_fault(sys_simulated::call kind);
    void choose() noexcept;
    void hurry() noexcept;
    [[noreturn]] void live(thread_number number, std::move_only_function<void()> body) noexcept;
    void note_exception(thread_number of, const std::string& what) noexcept;
    void leave_to(sim_thread& left, fiber& next) noexcept;
    [[noreturn]] void stop() noexcept;
    void pass_time_until(time_point time) noexcept;
    void pay_for_points() noexcept;
    [[nodiscard]] bool let_time_pass() noexcept;
    [[nodiscard]] std::string who_waits_for_what() const;
    [[nodiscard]] std::vector<std::string> tell_calls() const;

    const simulation::options options_;
    const scope scope_;
    const std::unique_ptr<scheduler> scheduler_;
    std::mt19937_64 random_;
    fiber host_;
    std::deque<sim_thread> threads_;
    std::vector<thread_number> ready_;  // Scratch.
    sim_thread* running_ = nullptr;
    wait_list kernel_waiters_;
    wait_list settlers_;
    std::uint64_t interval_left_ = 0;   // What of it comes after points_left.
    std::uint64_t points_granted_ = 0;  // points_left, when it was last set,
    std::uint64_t points_passed_ = 0;   // and how many there were before.
    bool faults_allowed_ = true;
    struct told_call {
        thread_number by;
        sys_simulated::call kind;
        fault planned;
    };
    std::deque<told_call> last_calls_;
    report report_;
};

// One point.
inline void point() noexcept {
    if (--points_left == 0) [[unlikely]] {
        if (simulator* const here = simulator::current()) here->pass_point();
        else points_left = std::numeric_limits<std::uint64_t>::max();
    }
}

// The index of a new thread_slot.
[[nodiscard]] std::size_t next_slot_index() noexcept;
// What it holds for the thread that runs.
[[nodiscard]] void*& slot(std::size_t index) noexcept;

}  // namespace yot_run::simulation::internal
