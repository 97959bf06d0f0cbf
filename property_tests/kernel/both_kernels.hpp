// property_tests/kernel/both_kernels.hpp: the simulated kernel and the real one, side by side: each
// step is done on both, and their answers must be the same.
#pragma once

#include <property_tests/kernel/real_kernel.hpp>
#include <property_tests/kernel/step.hpp>

#include <yot_run/simulation/kernel/calls.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace kernel_property {

// What a run of many sequences knows, and has seen.
struct run {
    bool has_own_network = false;
    std::uint64_t sequences = 0;
    std::uint64_t disturbed_sequences = 0;  // Given up; see give_up_if_disturbed.
    // How often each call gave each answer.
    std::map<call_kind, std::map<std::string, std::uint64_t>> answers;
    // With what led to it. One that does not come back when it is repeated is told nowhere else.
    std::string last_difference;
};

class both_kernels {
public:
    // So many descriptors can be open.
    static constexpr int descriptors = 20;

    explicit both_kernels(run& whole);
    ~both_kernels();

    // The answer of both. If they differ, the property fails, and tells what led to it.
    answer perform(const step& what);

    enum class kind : unsigned char { socket, epoll, event };
    // What is open, by the simulated kernel's number.
    [[nodiscard]] const std::map<int, kind>& open() const { return open_; }
    [[nodiscard]] const yot_run::sys_simulated::machine& machine() const { return machine_; }

private:
    void remember(const step& what, const answer& said);
    void compare_ports(const answer& expected, const answer& actual);
    [[noreturn]] void fail(const std::string& why);
    void give_up_if_disturbed(const step& what, const answer& expected, const answer& actual);

    run& run_;
    yot_run::sys_simulated::machine machine_;
    yot_run::sys_simulated::machine::scope scope_;
    real_kernel real_;
    std::map<int, kind> open_;
    std::vector<std::string> done_;
};

}  // namespace kernel_property
