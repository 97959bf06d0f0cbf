// stress/scenarios/all.cpp: the list of the scenarios, in the world that this is compiled for.
#include <stress/harness/scenario.hpp>

#ifdef STRESS_PERTURBED
#include <stress/perturbed/perturb.hpp>
#endif

#include <array>

namespace stress {

namespace steal_storm { void body(run& run); }
namespace wake_race { void body(run& run); void losing_body(run& run); }
namespace park_race { void body(run& run); }
namespace spawn_abort_join { void body(run& run); }
namespace timer_storm { void body(run& run); }
namespace echo_flood { void body(run& run); }
namespace connection_churn { void body(run& run); }
namespace shutdown_storm { void body(run& run); }
namespace many_runtimes { void body(run& run); }
namespace oversubscription { void body(run& run); }
namespace starved_worker { void body(run& run); }
namespace descriptor_exhaustion { void body(run& run); }
namespace frame_pressure { void body(run& run); }
namespace canaries {
void miscount(run& run);
void violation(run& run);
void lost_descriptor(run& run);
void lost_memory(run& run);
}  // namespace canaries

namespace {

constexpr std::array scenarios{
    scenario{"steal_storm", "deques, stealing, and the search for work", steal_storm::body},
    scenario{"wake_race", "wakes during polls, from inside and outside, twice", wake_race::body},
    scenario{"park_race", "workers on their way to sleep", park_race::body},
    scenario{"spawn_abort_join", "the life of a task, in any order", spawn_abort_join::body},
    scenario{"timer_storm", "thousands of timers, fired and cancelled", timer_storm::body},
    scenario{"echo_flood", "bytes both ways, with resets and half-closes", echo_flood::body},
    scenario{"connection_churn", "descriptors and slots that are used again",
             connection_churn::body},
    scenario{"shutdown_storm", "shutdown at a random moment, over and over", shutdown_storm::body},
    scenario{"many_runtimes", "runtimes made and destroyed side by side", many_runtimes::body},
    scenario{"oversubscription", "many more workers than processors", oversubscription::body},
    scenario{"starved_worker", "threads that stand still anywhere", starved_worker::body},
    scenario{"descriptor_exhaustion", "connect and accept without descriptors",
             descriptor_exhaustion::body},
    scenario{"frame_pressure", "frames of all sizes, and memory that runs out",
             frame_pressure::body},
    scenario{"canary_lost_wake", "a wake is lost: nothing moves", wake_race::losing_body, true},
    scenario{"canary_miscount", "a ledger does not balance", canaries::miscount, true},
    scenario{"canary_violation", "an invariant does not hold", canaries::violation, true},
    scenario{"canary_lost_descriptor", "a descriptor is left open", canaries::lost_descriptor,
             true},
    scenario{"canary_lost_memory", "memory is left over", canaries::lost_memory, true},
};

}  // namespace

std::span<const scenario> all_scenarios() noexcept { return scenarios; }

#ifdef STRESS_PERTURBED
bool is_perturbed() noexcept { return true; }
void perturb_from(std::uint64_t seed) noexcept { perturbation::begin(seed); }
#else
bool is_perturbed() noexcept { return false; }
void perturb_from(std::uint64_t /*seed*/) noexcept {}
#endif

}  // namespace stress
