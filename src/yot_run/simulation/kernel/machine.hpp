// yot_run/simulation/kernel/machine.hpp: the machine behind <yot_run/simulation/kernel/calls.hpp>:
// a kernel that is a value, so that a program on top of it is deterministic. The same calls give
// the same results, whatever the machine it runs on does.
//
//   machine kernel({.seed = 7});
//   const machine::scope current(kernel);   // Now sys_simulated::socket(AF_INET) is one of its.
//
// Simulated: descriptors and their numbers, TCP over loopback for IPv4 and IPv6 with bounded
// buffers, backlog, half-close and reset, epoll edge- and level-triggered, eventfd, a clock,
// randomness.
//
// Not simulated, and so not to be relied on: addresses of other machines (there are none), the time
// that packets take, TIME-WAIT (it holds no port), simultaneous open and connecting to oneself,
// urgent data, keep-alive, a close that lingers for more than zero seconds (it goes on in the
// background), privileged ports, AF_UNSPEC, buffers that grow, epoll inside epoll, signals.
//
// One system thread: the whole machine is used by one at a time, fibers included. Fibers may be
// switched in a fault plan and in wait_for_something, where no call is half done.
// Checked by: machine_test.cpp, property_tests/kernel/.
#pragma once

#include <yot_run/simulation/kernel/faults.hpp>
#include <yot_run/simulation/kernel/file.hpp>
#include <yot_run/simulation/kernel/tcp.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>

namespace yot_run::sys_simulated {

struct machine_options {
    std::uint64_t seed = 1;
    int descriptor_limit = 1024;  // Numbers are below it; beyond: EMFILE.
    int send_buffer = 16 * 1024;  // As getsockopt tells them.
    int receive_buffer = 128 * 1024;
    bool has_spurious_events = false;  // See machine::add_spurious_event.
    sys_posix::time_point start = sys_posix::time_point(std::chrono::hours(1));
};

// What the simulation knows of a socket, for tests.
struct socket_view {
    kernel::tcp_state state;
    std::size_t unread_bytes;
    std::size_t unsent_bytes;
    std::size_t waiting_connections;
    bool reading_is_shut;
};

class machine {
public:
    using time_point = sys_posix::time_point;
    using duration = sys_posix::duration;
    using options = machine_options;

    explicit machine(const options& with = {});
    machine(const machine&) = delete;
    machine& operator=(const machine&) = delete;
    virtual ~machine();

    // While it lives, its machine is the current one; before it and after it, the one before.
    class scope {
    public:
        explicit scope(machine& chosen);
        scope(const scope&) = delete;
        scope& operator=(const scope&) = delete;
        ~scope();

    private:
        machine* before_;
    };
    // Throws std::logic_error if there is none.
    [[nodiscard]] static machine& current();

    // For tests.

    // As dup(2): another number for the same open file. EBADF, EMFILE.
    [[nodiscard]] io_result<int> duplicate(int number);
    [[nodiscard]] int open_descriptors() const { return table_.size(); }
    // EBADF; ENOTSOCK.
    [[nodiscard]] io_result<socket_view> look_at(int number) const;
    [[nodiscard]] time_point now() const { return now_; }
    // What was to happen in this time happens. REQUIRES: `time` is not in the past.
    void advance_to(time_point time);
    void advance(duration by) { advance_to(now_ + by); }
    // Replaces the plan before; nullptr: no faults.
    void plan_faults(fault_plan plan) { plan_ = std::move(plan); }
    // How many calls there were, and how many of them failed by plan.
    [[nodiscard]] std::uint64_t calls() const { return all_calls_; }
    [[nodiscard]] std::uint64_t calls(call kind) const;
    [[nodiscard]] std::uint64_t planned_failures() const { return planned_failures_; }

    // For the calls of the seam.

    // Each call begins with it: counts, asks the plan, and does what is due.
    [[nodiscard]] fault enter(call kind);
    [[nodiscard]] kernel::descriptor_table& table() { return table_; }
    [[nodiscard]] kernel::network& network() { return network_; }
    [[nodiscard]] std::uint64_t random();
    // With has_spurious_events, now and then: a watch reports once more what is true now.
    void add_spurious_event(kernel::epoll_file& epoll);
    // Lets something happen, or time pass until the deadline at the latest (nullopt: there is
    // none).
    void wait(std::optional<time_point> deadline);

    // What sys::now tells. An override may let others move, and time pass.
    [[nodiscard]] virtual time_point read_clock() noexcept { return now_; }

protected:
    // Somebody waits for an event, and there is none. An override may run others, who make events;
    // returning early is allowed. By default time passes until the deadline; without one, nothing
    // would ever happen, and std::logic_error says so.
    virtual void wait_for_something(std::optional<time_point> deadline);

private:
    options options_;
    time_point now_;
    std::mt19937_64 random_;
    fault_plan plan_;
    std::uint64_t all_calls_ = 0;
    std::uint64_t planned_failures_ = 0;
    std::array<std::uint64_t, call_kinds> calls_{};
    kernel::network network_;
    kernel::descriptor_table table_;  // Ends before the network: files close their sockets.
};

}  // namespace yot_run::sys_simulated
