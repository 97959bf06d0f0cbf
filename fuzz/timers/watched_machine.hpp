// fuzz/timers/watched_machine.hpp: a simulated kernel that says when somebody waits, and until
// when.
#pragma once

#include <yot_run/simulation/kernel/machine.hpp>

#include <functional>
#include <optional>

namespace fuzz {

class watched_machine final : public yot_run::sys_simulated::machine {
public:
    using machine::machine;

    // Lets time pass, or something happen, before the deadline (nullopt: there is none).
    std::function<void(std::optional<time_point> deadline)> on_wait;

protected:
    void wait_for_something(std::optional<time_point> deadline) override { on_wait(deadline); }
};

}  // namespace fuzz
