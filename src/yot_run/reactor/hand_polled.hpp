// yot_run/reactor/hand_polled.hpp: for tests: a task that waits for a registration, without a runtime.
#pragma once

#include <yot_run/reactor/registration.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/task/context.hpp>
#include <yot_run/task/poll.hpp>
#include <yot_run/task/waker_probe.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// A task that is polled by hand.
class hand_polled {
public:
    [[nodiscard]] yot_run::poll<readiness> poll(registration& of, direction way) {
        context cx(mine_, nowhere_);
        return of.poll_ready(way, cx);
    }
    [[nodiscard]] bool is_ready(registration& of, direction way) {
        return poll(of, way).is_ready();
    }
    // Finds that there is nothing to do in this direction, and waits.
    void wait_for(registration& of, direction way) {
        while (true) {
            auto ready = poll(of, way);
            if (ready.is_pending()) return;
            of.clear_ready(way, ready.value());
        }
    }

    waker_probe probe;

private:
    waker mine_ = probe.make();
    environment nowhere_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
