// yot_run/simulation/scheduler.hpp: who moves next.
//
// Threads run between points (an operation on something shared, a system call); at some of these points
// the scheduler is asked who goes on. All of its choices follow from its seed.
//
//   uniform     anybody, each with the same chance. How often it is asked differs from seed to seed:
//               at every point, or after a few hundred.
//   priorities  the thread with the highest priority, always; at a few random moments that one drops
//               below all others (PCT: Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010). Finds
//               what needs one thread to be overtaken far, at a rare moment.
//   starving    as uniform, but one thread moves only if no other can, or once in a long while.
//
// Every thread that can move does so at last, so a program that waits actively for another one ends.
// Checked by: scheduler_test.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string_view>

namespace yot_run::simulation {

enum class scheduler_kind : unsigned char { uniform, priorities, starving };

inline constexpr std::array all_schedulers{scheduler_kind::uniform, scheduler_kind::priorities,
                                           scheduler_kind::starving};
[[nodiscard]] std::string_view name_of(scheduler_kind kind);
[[nodiscard]] std::optional<scheduler_kind> scheduler_named(std::string_view name);

// A thread's number: 0 for the first one.
using thread_number = unsigned;

class scheduler {
public:
    scheduler() = default;
    scheduler(const scheduler&) = delete;
    scheduler& operator=(const scheduler&) = delete;
    virtual ~scheduler();

    [[nodiscard]] static std::unique_ptr<scheduler> make(scheduler_kind kind, std::uint64_t seed);

    // Who goes on? REQUIRES: `ready` is ascending and not empty. Asked at the end of each interval, and
    // besides when a thread cannot go on or has made another one ready.
    [[nodiscard]] virtual thread_number choose(std::span<const thread_number> ready) = 0;
    // How many points the next interval has, at least 1. `current` has moved at the end of this one.
    [[nodiscard]] virtual std::uint64_t next_interval(thread_number current) = 0;
};

}  // namespace yot_run::simulation
