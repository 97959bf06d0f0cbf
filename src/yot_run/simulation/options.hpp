// yot_run/simulation/options.hpp: what a simulated program runs on, and what became of it.
#pragma once

#include <yot_run/simulation/kernel/faults.hpp>
#include <yot_run/simulation/scheduler.hpp>
#include <yot_run/sys/posix.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace yot_run::simulation {

using sys_simulated::fault;
using sys_simulated::fault_plan;
using sys_simulated::numbered_call;
using duration = sys_posix::duration;

// System calls that fail at random: one in so many; 0: none.
struct random_faults {
    // accept, connect, recv, send and sendmsg, with an error that Linux documents for them.
    std::uint64_t connections_one_in = 0;
    // The same for all calls: descriptors and memory run out, too, also while a runtime is being made.
    std::uint64_t everywhere_one_in = 0;
    // recv, send and sendmsg move fewer bytes than they could.
    std::uint64_t short_counts_one_in = 0;
};

struct options {
    // Everything follows from it: schedule, faults, randomness, waits that end for no reason.
    std::uint64_t seed = 1;
    scheduler_kind scheduler = scheduler_kind::uniform;
    random_faults faults = {};
    // Asked first, for each call; what it lets pass, the random faults may fail.
    fault_plan plan = {};

    // Now and then epoll reports something that is true, but not new.
    bool has_spurious_events = true;
    int descriptor_limit = 1024;
    int send_buffer = 16 * 1024;
    int receive_buffer = 128 * 1024;
    unsigned hardware_threads = 2;
    // Beyond so many threads at a time, there are none to be had.
    unsigned thread_limit = 256;

    // What a point (simulator.hpp) takes.
    duration point_cost = std::chrono::nanoseconds(50);
    // Once in so many choices of the scheduler the whole machine stands still for a moment, at most
    // this long. 0: never.
    std::uint64_t stalls_one_in = 1000;
    duration longest_stall = std::chrono::milliseconds(5);

    // How many of its last system calls a run tells.
    std::size_t calls_told = 40;
    // More than that is a program that does not end.
    std::uint64_t most_points = 200'000'000;
};

struct report {
    // Why the program did not end well: it or one of its threads threw, it called fail(), had nothing
    // to wait for, did not end, or left threads behind.
    std::optional<std::string> failure = std::nullopt;
    // Its last system calls, a line for each: who, what, and how the fault plan made it fail.
    std::vector<std::string> last_calls = {};
    // What it threw.
    std::exception_ptr error = nullptr;

    std::uint64_t points = 0;
    std::uint64_t choices = 0;  // Of the scheduler.
    std::uint64_t calls = 0;    // System calls, and how many of them were made to fail.
    std::uint64_t faults = 0;
    std::size_t open_descriptors = 0;  // At the end.
    duration virtual_time{};
    // Two runs with the same one have had the same schedule.
    std::uint64_t fingerprint = 0;
};

}  // namespace yot_run::simulation
