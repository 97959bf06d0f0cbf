// property_tests/programs/program.hpp: what a random program consists of.
//
// A program is a runtime, what threads outside of it do, and scripts, which tasks carry out. A
// script spawns only scripts behind it, so a program spawns finitely many tasks. Every operation
// means something wherever it stands, so a program stays one while it shrinks: an operation that
// lacks what it works on (a handle, a stream) does nothing.
#pragma once

#include <yot_run/simulation/options.hpp>

#include <rapidcheck.h>

#include <array>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string_view>
#include <vector>

namespace programs {

enum class activity : unsigned char {
    yield,    // Once.
    be_busy,  // Yields many times.
    sleep,
    sleep_zero,
    fail,   // Throws. Ends the script.
    spawn,  // Keeps the handle.
    spawn_detached,
    spawn_unstarted,  // Makes a task and destroys it, never polled.
    join,             // Awaits a handle.
    join_at_most,     // The same, with a timeout.
    abort,
    drop_handle,
    wait_bell,  // Until somebody rings.
    wait_bell_at_most,
    ring,  // Wakes whoever waits for it,
    ring_twice,
    ring_later,       // or a task does so, in a while.
    hoard_waker,      // A future that gives clones of its waker away, for ever.
    wake_hoarded,     // Wakes one of those: of a task that waits, runs, or has ended.
    race,             // when_any of a sleep, a bell and a yield.
    gather,           // when_all of the same. Both of several arguments, or of a vector.
    connect,          // To the listener of the program.
    connect_at_most,  // With a short timeout: cancelled in the middle.
    write,            // Connects first, unless there is a stream.
    write_some,
    write_at_most,  // With a timeout: cancelled in the middle.
    read,
    read_exactly,
    read_at_most,
    exchange,     // Reads and writes at the same time, with a timeout.
    end_writing,  // shutdown(write).
    end_both,
    reset,  // Closes with SO_LINGER of zero seconds.
    close,
    split,            // A task reads, and another one writes.
    hand_over_sleep,  // Polls a sleep once; another task waits for it.
    ping_pong,        // Spawns two tasks that wake each other, many times.
    relay,            // Spawns a task that spawns a task, and so on, many times.
    crowd,            // Spawns very many tasks at once.
};
inline constexpr std::size_t activities = std::size_t(activity::crowd) + 1;
[[nodiscard]] std::string_view name_of(activity what);

struct operation {
    activity what{};
    std::uint16_t which = 0;  // Of the handles, bells, scripts, streams: modulo their number.
    std::uint16_t much = 0;   // How long, how often, how many bytes.
};
using script = std::vector<operation>;

// What a thread outside does.
enum class outside_activity : unsigned char {
    spawn,
    block_on,  // A script whose waits all have an end.
    ring,
    abort,
    drop_handle,
    join,  // Blocks until a task has ended, if that is certain to come.
    wake_hoarded,
    pause,   // Sleeps, while the tasks go on.
    settle,  // Waits until nothing more happens, and looks around.
};
[[nodiscard]] std::string_view name_of(outside_activity what);

struct outside_operation {
    outside_activity what{};
    std::uint16_t which = 0;
    std::uint16_t much = 0;
};

// What a program is mostly about: which operations are frequent.
enum class theme : unsigned char { tasks, timers, fairness, network, shutdown, faults };
inline constexpr std::array all_themes{theme::tasks,   theme::timers,   theme::fairness,
                                       theme::network, theme::shutdown, theme::faults};
[[nodiscard]] std::string_view name_of(theme what);
[[nodiscard]] std::optional<theme> theme_named(std::string_view name);

struct program {
    theme about{};
    unsigned workers = 1;
    bool idle_workers_drive = false;  // runtime_options::placement.
    bool has_listener = false;
    bool ends_in_the_middle = false;  // The runtime is shut down, whatever is going on.
    bool destroys = false;            // Shut down by the destructor, not by shutdown_timeout.
    bool accepts_in_slices = false;   // Each accept is given up after a while, and tried again.
    std::uint64_t one_in_connections_fails = 0;
    std::uint64_t one_in_watches_fails = 0;  // Of the sockets that epoll is given.
    std::uint64_t one_in_counts_is_short = 0;
    unsigned backlog = 8;
    std::vector<outside_operation> outside;
    std::vector<outside_operation> beside;  // What a second such thread does at the same time.
    std::vector<script> scripts;            // The first one is spawned at once.
    std::vector<script> server_scripts;     // For connections that are accepted.
    std::uint64_t schedule = 0;             // The seed of the simulation.
    yot_run::simulation::scheduler_kind scheduler{};
};

std::ostream& operator<<(std::ostream& out, const program& shown);

// All that is not given is random.
struct wanted {
    theme about{};
    yot_run::simulation::scheduler_kind scheduler{};
};
[[nodiscard]] rc::Gen<program> any_program(const wanted& with);

}  // namespace programs
