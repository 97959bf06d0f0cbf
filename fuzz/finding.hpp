// fuzz/finding.hpp: how a target says that something is wrong, and what led to it.
//
//   steps.begin();                                  // A new input.
//   steps.add({"register the descriptor of", 3});   // Before the step, which may be the last one.
//   require(woken, "a waker was not called");
//
// What is wrong ends the process by std::abort(), after the steps were printed. A sanitizer that
// ends it prints none; with YOT_RUN_FUZZ_STEPS in the environment each one is printed as it begins.
// One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace fuzz {

struct step {
    step() = default;
    step(const char* what_is_done, std::initializer_list<std::int64_t> its_numbers = {}) noexcept;
    step(const char* what_is_done, std::int64_t number) noexcept : step(what_is_done, {number}) {}

    const char* what = "";  // Lives for ever.
    std::array<std::int64_t, 3> numbers{};
    std::size_t count = 0;
};

// The last steps of the present input.
class step_log {
public:
    step_log();
    void begin() noexcept;
    void add(const step& next) noexcept;
    void print() const;

private:
    static constexpr std::size_t kept = 100;

    std::array<step, kept> last_;
    std::size_t count_ = 0;
    bool prints_at_once_;
};
extern step_log steps;

[[noreturn]] void found(std::string_view what);

inline void require(bool holds, std::string_view otherwise) {
    if (!holds) found(otherwise);
}

}  // namespace fuzz
