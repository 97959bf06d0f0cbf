#include <fuzz/finding.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace fuzz {
namespace {

void print_step(std::size_t number, const step& what) {
    std::fprintf(stderr, "%5zu  %s", number, what.what);
    for (std::size_t i = 0; i < what.count; ++i)
        std::fprintf(stderr, " %lld", static_cast<long long>(what.numbers[i]));
    std::fputc('\n', stderr);
}

}  // namespace

step_log steps;

step::step(const char* what_is_done, std::initializer_list<std::int64_t> its_numbers) noexcept
    : what(what_is_done), count(std::min(its_numbers.size(), numbers.size())) {
    std::copy_n(its_numbers.begin(), count, numbers.begin());
}

step_log::step_log() : prints_at_once_(std::getenv("YOT_RUN_FUZZ_STEPS") != nullptr) {}

void step_log::begin() noexcept { count_ = 0; }

void step_log::add(const step& next) noexcept {
    last_[count_ % kept] = next;
    ++count_;
    if (prints_at_once_) print_step(count_, next);
}

void step_log::print() const {
    for (std::size_t i = count_ - std::min(count_, kept); i < count_; ++i)
        print_step(i + 1, last_[i % kept]);
}

void found(std::string_view what) {
    std::fputs("\nThe steps that led to it:\n", stderr);
    steps.print();
    std::fprintf(stderr, "FOUND: %.*s\n", static_cast<int>(what.size()), what.data());
    std::fflush(stderr);
    std::abort();
}

}  // namespace fuzz
