#include <property_tests/kernel/both_kernels.hpp>

#include <rapidcheck.h>

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>
#include <sstream>
#include <utility>

namespace kernel_property {

namespace on_posix {
namespace sys = yot_run::sys_posix;
#include <property_tests/kernel/calls.ipp>
}  // namespace on_posix

namespace on_simulated {
namespace sys = yot_run::sys_simulated;
#include <property_tests/kernel/calls.ipp>
}  // namespace on_simulated

namespace {

const real_kernel* the_real = nullptr;

const on_posix::numbering real_numbers{
    [](int number) { return the_real->number(number); },
    [](int number) { return the_real->simulated(number); },
    [](int number) -> yot_run::io_result<int> {
        const int copy = ::fcntl(number, F_DUPFD_CLOEXEC, 0);
        if (copy >= 0) return copy;
        return std::unexpected(std::error_code(errno, std::system_category()));
    },
    is_at_rest};

const on_simulated::numbering same_numbers{
    [](int number) { return number; }, [](int number) { return number; },
    [](int number) { return yot_run::sys_simulated::machine::current().duplicate(number); },
    [](int, int) { return true; }};

template <class... Shown>
std::string text(const Shown&... shown) {
    std::ostringstream out;
    (out << ... << shown);
    return out.str();
}

// For the statistics: what kind of answer it is.
std::string outcome(const answer& said) {
    if (said.error != 0 && said.value == 0) return strerrorname_np(said.error);
    return said.value != 0 || said.number != -1 ? "ok (some)" : "ok";
}

}  // namespace

both_kernels::both_kernels(run& whole)
    : run_(whole),
      machine_({.descriptor_limit =
                    yot_run::sys_simulated::kernel::descriptor_table::first_number + descriptors}),
      scope_(machine_),
      real_(descriptors) {
    the_real = &real_;
}

both_kernels::~both_kernels() { the_real = nullptr; }

void both_kernels::fail(const std::string& why) {
    run_.last_difference.clear();
    for (const std::string& each : done_) run_.last_difference += each + "\n";
    run_.last_difference += why;
    RC_FAIL(why);
    std::unreachable();
}

// Chance has a part in which ports the real kernel chooses:
// - on a network that others use, too, each port may be somebody else's;
// - a socket that connects to a port on which nobody listens may be given just that port, and then
//   has connected to itself (simultaneous open), which is not simulated.
void both_kernels::give_up_if_disturbed(const step& what, const answer& expected,
                                        const answer& actual) {
    const bool is_somebody_elses =
        !run_.has_own_network && expected.error == 0 && actual.error == EADDRINUSE;
    const bool has_met_itself =
        what.kind == call_kind::connect && is_connected_to_itself(real_.number(what.number));
    if (!is_somebody_elses && !has_met_itself) return;
    ++run_.disturbed_sequences;
    RC_DISCARD("the real kernel chose a port that the simulated one would not have");
}

answer both_kernels::perform(const step& what) {
    const answer expected = on_simulated::call(same_numbers, what);
    const answer actual = on_posix::call(real_numbers, what);
    done_.push_back(text(what, ": ", expected));
    ++run_.answers[what.kind][outcome(expected)];
    give_up_if_disturbed(what, expected, actual);
    if (expected != actual) fail(text(what, ": simulated ", expected, "; real ", actual));
    if (const auto differs = real_.settle(machine_)) fail(text(what, ": then ", *differs));
    remember(what, expected);
    compare_ports(expected, actual);
    return expected;
}

void both_kernels::remember(const step& what, const answer& said) {
    if (said.error != 0) return;
    switch (what.kind) {
        case call_kind::close:
            open_.erase(what.number);
            break;
        case call_kind::socket:
        case call_kind::accept:
            open_[said.number] = kind::socket;
            break;
        case call_kind::epoll_create:
            open_[said.number] = kind::epoll;
            break;
        case call_kind::event_create:
            open_[said.number] = kind::event;
            break;
        case call_kind::duplicate:
            open_[said.number] = open_.at(what.number);
            break;
        default:
            break;
    }
}

// What is one port on the simulated kernel is one port on the real one.
void both_kernels::compare_ports(const answer& expected, const answer& actual) {
    if (!expected.has_port) return;
    for (const auto& [number, what] : open_) {
        if (what != kind::socket) continue;
        if (on_simulated::port_of(same_numbers, number) != expected.port) continue;
        const std::uint16_t port = on_posix::port_of(real_numbers, number);
        if (port != actual.port) fail(text("socket ", number, " has another port there"));
    }
}

}  // namespace kernel_property
