// model/order_sites.hpp: every synchronizing operation of the shipping code, by place, and a way to
// break one of them while a model runs.
//
// The worlds under model/worlds call `plan_at` before each operation with the place in the shipping
// source where it stands. Normally the answer is "as written". With recording on, the place enters
// a table. With a mutation set, the answer at one place is a weaker order, or to leave something
// out:
//   relaxed, acquire, release, acq_rel   the operation runs with this order instead
//   dropped     a store, a notification or a lock is left out
//   split       a read-modify-write becomes a load and a store
// So a model can be asked to find a bug that nobody has to write down a second time.
//
// A mutation is named FILE:FUNCTION:OPERATION[#N]=HOW, for instance `state.hpp:wake:cas=relaxed`; N
// counts the operations of that kind in the function, by line, as far as the model runs them. Or it
// names the place exactly, for tools: PATH:LINE:COLUMN:OPERATION=HOW.
// Checked by: the mutants of every model (CMakeLists.txt), self_check.cpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace model {

// A place in the source. As a defaulted argument of an operation it is the caller's.
struct where {
    const char* file;
    const char* function;
    unsigned line;
    unsigned column;

    static constexpr where here(std::source_location at = std::source_location::current(),
                                const char* function = __builtin_FUNCTION()) noexcept {
        return {at.file_name(), function, at.line(), at.column()};
    }
};

enum class operation : std::uint8_t { load, store, rmw, cas, cas_failure, lock, notify };
enum class alteration : std::uint8_t { none, order, dropped, split };

// What an operation shall do.
struct plan {
    std::memory_order order;
    alteration how = alteration::none;
};

struct site {
    where at;
    operation what;
    std::memory_order order;  // As written; relaxed where there is none.

    [[nodiscard]] bool is(operation op, const where& place) const noexcept;
};

// A site, as its name had it, and what is done to it.
struct mutation {
    std::string file;
    std::string function;  // Empty if the place is exact.
    unsigned line = 0;
    unsigned column = 0;
    operation what = operation::load;
    unsigned ordinal = 1;
    plan how{};

    [[nodiscard]] bool is_exact() const noexcept { return function.empty(); }
};

// A plain structure, so that it can be placed in memory that processes share.
class site_table {
public:
    // The operation at this place, the first time it is seen; afterwards nothing happens.
    void add(operation what, std::memory_order order, const where& at) noexcept;
    // All of them by file, line and column, each once.
    [[nodiscard]] std::vector<site> sorted() const;

private:
    static constexpr unsigned capacity = 1024;

    site sites_[capacity];
    unsigned size_ = 0;
};

// What goes on in this process. Set before a run, and read by every operation.
struct site_watch {
    site_table* recorder = nullptr;
    const site* target = nullptr;
    plan instead{};
    std::uint64_t* reached = nullptr;  // Counts the executions of the target.
};

inline site_watch& watch() noexcept {
    static constinit site_watch the_watch;
    return the_watch;
}

[[nodiscard]] plan plan_at_watched(operation what, std::memory_order order,
                                   const where& at) noexcept;

[[nodiscard]] inline plan plan_at(operation what, std::memory_order order,
                                  const where& at) noexcept {
    const site_watch& now = watch();
    if (now.recorder == nullptr && now.target == nullptr) return {order};
    return plan_at_watched(what, order, at);
}

// Empty: the text does not name a mutation that can be done.
[[nodiscard]] std::optional<mutation> parse_mutation(std::string_view text);
// The site that a mutation means, if it is in the table and was written stronger than that. An
// exact one needs no table, and refers to the mutation's own text.
[[nodiscard]] std::optional<site> find_target(const mutation& wanted,
                                              const std::vector<site>& sites);

// Every change that makes sense at the sites of the shipping code, by name.
[[nodiscard]] std::vector<std::string> all_mutations(const std::vector<site>& sites);

[[nodiscard]] std::string_view name_of(operation what) noexcept;
[[nodiscard]] std::string_view name_of(std::memory_order order) noexcept;
// As in a mutation's name.
[[nodiscard]] std::string describe(const site& described, const std::vector<site>& all);

}  // namespace model
