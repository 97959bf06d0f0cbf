// property_tests/programs/statistics.hpp: what the programs of a run consisted of, and how fast it
// went.
#pragma once

#include <property_tests/programs/execution.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <ostream>
#include <string>

namespace programs {

class statistics {
public:
    void add(const program& what, const execution& run);
    // Once a second.
    [[nodiscard]] bool is_time_for_progress();
    void tell_progress(std::ostream& out) const;
    void tell(std::ostream& out) const;
    // What a generator worth its name brings about; tells what is missing.
    [[nodiscard]] bool has_everything(std::ostream& out) const;

private:
    using clock = std::chrono::steady_clock;

    [[nodiscard]] double seconds() const;

    struct count {
        std::uint64_t programs = 0;  // In how many there was any,
        std::uint64_t times = 0;     // and how many in all.
    };
    std::map<std::string, count> counts_;
    std::uint64_t programs_ = 0;
    std::uint64_t polls_ = 0;
    std::uint64_t tasks_ = 0;
    std::uint64_t points_ = 0;
    std::uint64_t calls_ = 0;
    std::uint64_t faults_ = 0;
    yot_run::simulation::duration virtual_time_{};
    clock::time_point begin_ = clock::now();
    clock::time_point last_progress_ = begin_;
};

}  // namespace programs
