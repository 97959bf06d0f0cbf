// fuzz/reactor/kernel.hpp: the kernel that one input runs on.
#pragma once

#include <fuzz/records.hpp>

#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/sys.hpp>

#include <cstdint>
#include <memory>
#include <system_error>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {

using ::fuzz::record;

// The kernel of the program, or a simulated one that begins with it. One at a time.
class kernel {
public:
    explicit kernel(const record& settings);
    kernel(const kernel&) = delete;
    kernel& operator=(const kernel&) = delete;
    ~kernel();

    // Makes the next call of one kind fail, or move only a few bytes; `chosen` says which one, and how.
    // Not every kernel can.
    void plan_fault(const record& chosen);
    void forget_faults();
    // Where time is the kernel's own: it passes.
    void let_pass(sys::duration time);
    // How many calls have failed by plan.
    [[nodiscard]] std::size_t failures() const;
    // Whether one has, with this error, after there were so many.
    [[nodiscard]] bool has_failed(const std::error_code& error, std::size_t after = 0) const;
    // Those of a simulated kernel; of the other one the program has some of its own, and this is 0.
    [[nodiscard]] int open_descriptors() const;
    // Whether its selector tells when a descriptor is added that it has already.
    [[nodiscard]] static bool tells_of_repetition();

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
