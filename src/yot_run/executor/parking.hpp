// yot_run/executor/parking.hpp: how a worker sleeps.
//
// A worker sleeps through this interface, so that what it does while asleep can be chosen: wait on a
// condition variable (parker.hpp), or take a turn of whatever else must be driven.
#pragma once

#include <yot_run/sync/sync.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class parking {
public:
    virtual ~parking() = default;

    // The owner only. Returns after an unpark() that no earlier park() has answered; several of them
    // count as one; may also return without any.
    virtual void park() noexcept = 0;
    // Any thread. What the caller wrote before is visible after the park() that it ends.
    virtual void unpark() noexcept = 0;
    // The owner only, before it announces its sleep. True: to wake this worker costs more than to wake
    // another one. A guess.
    [[nodiscard]] virtual bool is_dear_to_wake() const noexcept { return false; }
    // The owner only, every so often while it is busy: what would be done in park(), without waiting.
    virtual void turn() noexcept {}
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
