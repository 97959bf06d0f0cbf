// property_tests/histories/histories.hpp: random programs of a few threads, each under many
// schedules, and a verdict on every history.
//
// The programs and the seeds of their schedules are RapidCheck's, so what fails is made smaller, and
// repeated by the RC_PARAMS that it prints.
#pragma once

#include <property_tests/histories/linearizability.hpp>
#include <property_tests/histories/recorder.hpp>
#include <yot_run/simulation/simulation.hpp>

#include <rapidcheck.h>

#include <array>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace history_property {

// What must have been seen, or the test says nothing.
template <class Operation>
struct feature {
    std::string_view name;
    bool (*is_shown_by)(const Operation&);
};

// A program: generated, printed, and run inside a simulation on an object of its own. `other_fault` says
// what besides its order is wrong with a history.
template <class P>
concept program_of_threads =
    specification<typename P::specification> &&
    requires(const P& program, recorder<typename P::specification::operation>& record,
             const history<typename P::specification::operation>& all, std::ostream& out) {
        { P::any() } -> std::same_as<rc::Gen<P>>;
        { program.threads() } -> std::same_as<std::size_t>;
        program.run(record);
        { P::other_fault(all) } -> std::same_as<std::optional<std::string_view>>;
        P::features.size();
        out << program;
    };

// The seeds that follow each other from this one on.
struct schedules {
    std::uint64_t first_seed;

    static rc::Gen<schedules> any() {
        constexpr std::uint64_t seeds = std::uint64_t{1} << 48;
        // A smaller seed is no simpler schedule.
        return rc::gen::noShrink(
            rc::gen::map(rc::gen::inRange<std::uint64_t>(0, seeds),
                         [](std::uint64_t first) { return schedules{first}; }));
    }
    friend std::ostream& operator<<(std::ostream& out, const schedules& some) {
        return out << "schedules from seed " << some.first_seed << " on";
    }
};

template <program_of_threads Program>
class histories {
public:
    // Checks them under each scheduler. Returns what main() returns.
    static int check(std::string_view property) {
        bool holds = true;
        for (const auto scheduler : yot_run::simulation::all_schedulers) {
            histories under(scheduler);
            const std::string name(name_of(scheduler));
            holds &=
                rc::check(std::string(property) + ", scheduler " + name, [&] { under.try_one(); });
            holds &= under.report(name);
        }
        return holds ? 0 : 1;
    }

private:
    using operation = Program::specification::operation;
    static constexpr std::uint64_t schedules_per_program = 20;
    static constexpr std::uint64_t most_points = 100'000;  // Programs here need a few hundred.

    explicit histories(yot_run::simulation::scheduler_kind scheduler) : scheduler_(scheduler) {}

    void try_one() {
        const auto program = *Program::any();
        const auto under = *schedules::any();
        ++programs_;
        for (std::uint64_t i = 0; i < schedules_per_program; ++i)
            try_schedule(program, under.first_seed + i);
    }

    void try_schedule(const Program& program, std::uint64_t seed) {
        recorder<operation> record(program.threads());
        const auto report = yot_run::simulation::run(
            {.seed = seed, .scheduler = scheduler_, .most_points = most_points},
            [&] { program.run(record); });
        const std::string schedule = " (schedule of seed " + std::to_string(seed) + ")";
        if (report.failure) RC_FAIL(*report.failure + schedule);
        count(record.events());
        std::optional<std::string_view> fault = Program::other_fault(record.events());
        if (!is_linearizable<typename Program::specification>(record.events()))
            fault = "no order of these operations is right";
        if (!fault) return;
        std::ostringstream text;
        text << *fault << schedule << ":\n";
        tell(text, record.events());
        RC_FAIL(text.str());
    }

    void count(const history<operation>& all) {
        ++runs_;
        bool has_overlap = false;
        for (std::size_t thread = 0; thread < all.size(); ++thread) {
            operations_ += all[thread].size();
            for (const event<operation>& each : all[thread]) {
                has_overlap |= overlaps_another(all, thread, each, [](auto&) { return true; });
                for (std::size_t i = 0; i < shown_.size(); ++i)
                    if (Program::features[i].is_shown_by(each.operation)) ++shown_[i];
            }
        }
        if (has_overlap) ++overlaps_;
    }

    // False: everything that was seen would have been right anyway.
    bool report(std::string_view scheduler) const {
        std::cout << scheduler << ": " << programs_ << " programs, " << runs_ << " histories, "
                  << overlaps_ << " of them with overlaps, " << operations_ << " operations";
        bool is_complete = overlaps_ > 0;
        for (std::size_t i = 0; i < shown_.size(); ++i) {
            std::cout << ", " << shown_[i] << ' ' << Program::features[i].name;
            is_complete &= shown_[i] > 0;
        }
        // A few programs, as when one is repeated, need not show everything.
        is_complete |= programs_ < 100;
        std::cout << (is_complete ? "\n" : ": VACUOUS\n");
        return is_complete;
    }

    const yot_run::simulation::scheduler_kind scheduler_;
    std::uint64_t programs_ = 0;
    std::uint64_t runs_ = 0;
    std::uint64_t overlaps_ = 0;
    std::uint64_t operations_ = 0;
    std::array<std::uint64_t, Program::features.size()> shown_{};
};

}  // namespace history_property
