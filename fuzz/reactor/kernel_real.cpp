// <fuzz/reactor/kernel.hpp>: the kernel that the program runs on. Nothing fails by plan.
#include <fuzz/reactor/kernel.hpp>

#include <csignal>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {

struct kernel::state {};

kernel::kernel(const record& /*settings*/) {
    // What a pipe does that nobody reads; the runtime's own calls never do.
    static const auto before = std::signal(SIGPIPE, SIG_IGN);
    static_cast<void>(before);
}
kernel::~kernel() = default;
void kernel::plan_fault(const record& /*chosen*/) {}
void kernel::forget_faults() {}
void kernel::let_pass(sys::duration /*time*/) {}
std::size_t kernel::failures() const { return 0; }
bool kernel::has_failed(const std::error_code& /*error*/, std::size_t /*after*/) const {
    return false;
}

bool kernel::tells_of_repetition() { return true; }

int kernel::open_descriptors() const { return 0; }

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
