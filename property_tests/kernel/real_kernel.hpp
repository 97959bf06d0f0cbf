// property_tests/kernel/real_kernel.hpp: what the property needs of the real kernel besides the
// seam: its numbers, and to know when it has come to rest.
#pragma once

#include <yot_run/simulation/kernel/calls.hpp>

#include <optional>
#include <string>
#include <vector>

namespace kernel_property {

// Has everything that the one socket has sent, and the other has room for, arrived there?
[[nodiscard]] bool is_at_rest(int sender, int receiver);

[[nodiscard]] bool is_connected_to_itself(int number);

class real_kernel {
public:
    // From now on this process can open `limit` descriptors more, and no others.
    explicit real_kernel(int limit);
    real_kernel(const real_kernel&) = delete;
    real_kernel& operator=(const real_kernel&) = delete;
    // Closes them, without leaving connections behind.
    ~real_kernel();

    // The number that stands for the simulated one; -1 for one that never can be open.
    [[nodiscard]] int number(int simulated) const;
    [[nodiscard]] int simulated(int number) const;

    // Waits until each socket is in the state in which its counterpart of the simulated kernel is:
    // the network is not quite synchronous. After half a second, says how it is not.
    [[nodiscard]] std::optional<std::string> settle(
        const yot_run::sys_simulated::machine& counterpart) const;

private:
    std::vector<int> numbers_;  // The free ones, in the order in which the kernel gives them.
    unsigned long limit_before_ = 0;
};

}  // namespace kernel_property
