// property_tests/kernel/both_kernels.hpp: the simulated kernel and the real one, side by side: each
// step is done on both, and their answers must be the same.
#pragma once

#include <property_tests/kernel/real_kernel.hpp>
#include <property_tests/kernel/step.hpp>

#include <yot_run/simulation/kernel/calls.hpp>

#include <map>
#include <string>
#include <vector>

namespace kernel_property {

// How often each call gave each answer, over all sequences.
using statistics = std::map<call_kind, std::map<std::string, std::uint64_t>>;

class both_kernels {
public:
    // So many descriptors can be open.
    static constexpr int descriptors = 24;

    explicit both_kernels(statistics& counts);
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

    statistics& counts_;
    yot_run::sys_simulated::machine machine_;
    yot_run::sys_simulated::machine::scope scope_;
    real_kernel real_;
    std::map<int, kind> open_;
    std::vector<std::string> done_;
};

}  // namespace kernel_property
