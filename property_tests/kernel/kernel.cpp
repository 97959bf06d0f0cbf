// property_tests/kernel/kernel.cpp: the simulated kernel (yot_run/simulation/kernel/calls.hpp) does
// what the real one does: the same calls, made on both, give the same errors, the same bytes, and
// the same events in the same order.
#include <property_tests/kernel/operation.hpp>
#include <property_tests/kernel/own_network.hpp>

#include <rapidcheck.h>

#include <cstdlib>
#include <iostream>
#include <utility>

namespace {

using namespace kernel_property;

// What a run must have seen besides the success of every call, or else it shows little.
constexpr std::pair<call_kind, const char*> needed[] = {
    {call_kind::socket, "EMFILE"},
    {call_kind::bind, "EADDRINUSE"},
    {call_kind::accept, "EAGAIN"},
    {call_kind::accept, "EMFILE"},
    {call_kind::connect, "EINPROGRESS"},
    {call_kind::connect, "ECONNREFUSED"},
    {call_kind::connect, "ECONNRESET"},
    {call_kind::connect, "EISCONN"},
    {call_kind::take_socket_error, "ECONNREFUSED"},
    {call_kind::take_socket_error, "ECONNRESET"},
    {call_kind::take_socket_error, "EPIPE"},
    {call_kind::getpeername, "ENOTCONN"},
    {call_kind::recv, "EAGAIN"},
    {call_kind::recv, "ECONNRESET"},
    {call_kind::recv, "ok"},  // The end of the stream.
    {call_kind::recv, "ok (some)"},
    {call_kind::send, "ECONNRESET"},
    {call_kind::send, "EPIPE"},
    {call_kind::send, "ok (some)"},
    {call_kind::sendmsg, "EPIPE"},
    {call_kind::sendmsg, "ok (some)"},
    {call_kind::shutdown, "ENOTCONN"},
    {call_kind::close, "EBADF"},
    {call_kind::epoll_add, "EEXIST"},
    {call_kind::epoll_modify, "ENOENT"},
    {call_kind::epoll_delete, "ENOENT"},
    {call_kind::epoll_wait, "ok"},  // No events.
    {call_kind::epoll_wait, "ok (some)"},
};
// Fewer sequences, as when one is repeated, need not contain everything.
constexpr std::uint64_t enough_sequences = 1000;

std::uint64_t times(const run& whole, call_kind kind, const std::string& outcome) {
    const auto call = whole.answers.find(kind);
    if (call == whole.answers.end()) return 0;
    const auto found = call->second.find(outcome);
    return found == call->second.end() ? 0 : found->second;
}

void report(const run& whole) {
    for (const auto& [kind, outcomes] : whole.answers) {
        std::cout << name_of(kind) << ":";
        for (const auto& [outcome, count] : outcomes) std::cout << "  " << outcome << " " << count;
        std::cout << "\n";
    }
    std::cout << whole.sequences << " sequences, " << whole.disturbed_sequences
              << " given up for a port that the real kernel chose\n";
}

bool is_vacuous(const run& whole) {
    bool lacks_something = false;
    const auto lacks = [&](call_kind kind, const char* outcome) {
        std::cout << "vacuous: " << name_of(kind) << " never gave " << outcome << "\n";
        lacks_something = true;
    };
    for (std::size_t i = 0; i < kinds_of_calls; ++i) {
        const auto kind = static_cast<call_kind>(i);
        if (times(whole, kind, "ok") + times(whole, kind, "ok (some)") == 0) lacks(kind, "ok");
    }
    for (const auto& [kind, outcome] : needed)
        if (times(whole, kind, outcome) == 0) lacks(kind, outcome);
    return lacks_something;
}

}  // namespace

int main() {
    constexpr int no_overwrite = 0;
    ::setenv("RC_PARAMS", "max_success=2000", no_overwrite);
    run whole;
    whole.has_own_network = enter_own_network();
    if (!whole.has_own_network) std::cout << "no network namespace: ports are shared with others\n";
    const bool holds = rc::check("the simulated kernel answers as the real one does", [&] {
        const operations all = *any_operations();
        both_kernels kernels(whole);
        perform(all, kernels);
        ++whole.sequences;
    });
    report(whole);
    if (!holds) {
        std::cout << "The last difference, and what led to it:\n" << whole.last_difference << "\n";
        return 1;
    }
    return whole.sequences >= enough_sequences && is_vacuous(whole) ? 1 : 0;
}
