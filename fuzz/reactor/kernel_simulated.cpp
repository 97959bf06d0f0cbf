// <fuzz/reactor/kernel.hpp>: a simulated kernel with a fault plan.
#include <fuzz/reactor/kernel.hpp>

#include <yot_run/simulation/kernel/machine.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

using sys_simulated::call;
using sys_simulated::machine;

constexpr std::array calls_that_fail{
    call::epoll_add,    call::epoll_delete, call::epoll_wait,
    call::event_signal, call::event_drain,  call::recv,
    call::send,         call::epoll_create, call::event_create,
    call::sendmsg,      call::accept,       call::socket,
    call::connect,      call::listen,       call::take_socket_error,
    call::bind,         call::getpeername,  call::setsockopt};
constexpr std::array errors{ENOMEM, ENOSPC, EMFILE, ENFILE,       EEXIST,
                            ENOENT, EINTR,  EAGAIN, ECONNABORTED, EPROTO};

machine::options options_of(const record& settings) {
    machine::options result{.seed = settings.b_and_c()};
    result.has_spurious_events = (settings.a & 1) != 0;
    result.send_buffer = 4096;
    result.receive_buffer = 4096;
    if ((settings.a & 2) != 0) result.descriptor_limit = 24;
    return result;
}

}  // namespace

struct kernel::state {
    explicit state(const record& settings) : simulated(options_of(settings)), current(simulated) {
        simulated.plan_faults([this](const sys_simulated::numbered_call& made) {
            const auto planned =
                std::exchange(faults[static_cast<std::size_t>(made.kind)], sys_simulated::fault{});
            if (planned.error != 0) failed.push_back(planned.error);
            return planned;
        });
    }

    std::array<sys_simulated::fault, sys_simulated::call_kinds> faults{};
    std::vector<int> failed;
    machine simulated;
    machine::scope current;
};

kernel::kernel(const record& settings) : state_(std::make_unique<state>(settings)) {}
kernel::~kernel() = default;

void kernel::plan_fault(const record& chosen) {
    const call kind = calls_that_fail[chosen.b % calls_that_fail.size()];
    sys_simulated::fault& planned = state_->faults[static_cast<std::size_t>(kind)];
    if (chosen.a % 2 == 0 && sys_simulated::has_short_counts(kind)) {
        planned = {.most_bytes = 1 + chosen.c % 8};
    } else {
        planned = {.error = errors[chosen.c % errors.size()]};
    }
}
void kernel::forget_faults() { state_->faults = {}; }
void kernel::let_pass(sys::duration time) { state_->simulated.advance(time); }
std::size_t kernel::failures() const { return state_->failed.size(); }
bool kernel::has_failed(const std::error_code& error, std::size_t after) const {
    const auto since = std::span(state_->failed).subspan(after);
    return error.category() == std::system_category() &&
           std::ranges::find(since, error.value()) != since.end();
}
int kernel::open_descriptors() const { return state_->simulated.open_descriptors(); }

#ifdef YOT_RUN_SELECTOR_KQUEUE
bool kernel::tells_of_repetition() { return false; }
#else
bool kernel::tells_of_repetition() { return true; }
#endif

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
