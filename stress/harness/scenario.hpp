// stress/harness/scenario.hpp: what the program knows of the scenarios, which are built once for
// each world of the library: the shipping one, and the perturbed one.
#pragma once

#include <stress/harness/run.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace stress {

struct scenario {
    std::string_view name;
    std::string_view tries;  // To break what.
    void (*body)(run& run);
    // Fails on purpose, to show that failures are noticed; `all` leaves it out.
    bool is_canary = false;
};

[[nodiscard]] std::span<const scenario> all_scenarios() noexcept;

// Whether this program runs on the perturbed library; and from which seed it perturbs.
[[nodiscard]] bool is_perturbed() noexcept;
void perturb_from(std::uint64_t seed) noexcept;

}  // namespace stress
