#include <property_tests/programs/last_words.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <string_view>
#include <unistd.h>

namespace programs {
namespace {

constinit std::atomic<std::uint64_t> current{0};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);  // A handler may read it.

// Handlers need it where a fiber has used up its own.
alignas(16) constinit std::array<char, 65536> stack{};

void tell(int signal) {
    std::array<char, 96> line;
    char* end = line.data();
    const auto add = [&](std::string_view text) { end = std::ranges::copy(text, end).out; };
    const auto add_number = [&](std::uint64_t number) {
        end = std::to_chars(end, line.data() + line.size(), number).ptr;
    };
    add("\nprogram ");
    add_number(current.load(std::memory_order_relaxed));
    add(" dies of signal ");
    add_number(std::uint64_t(signal));
    add("\n");
    static_cast<void>(!::write(STDOUT_FILENO, line.data(), std::size_t(end - line.data())));
    ::raise(signal);  // Once this returns, by default: see SA_RESETHAND.
}

}  // namespace

void prepare_last_words() {
    stack_t own{};
    own.ss_sp = stack.data();
    own.ss_size = stack.size();
    ::sigaltstack(&own, nullptr);
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTERM}) {
        struct sigaction action{};
        ::sigaction(signal, nullptr, &action);
        if (action.sa_handler != SIG_DFL) continue;
        action.sa_handler = tell;
        action.sa_flags = int(SA_ONSTACK | SA_RESETHAND);
        ::sigaction(signal, &action, nullptr);
    }
}

void note_program(std::uint64_t index) { current.store(index, std::memory_order_relaxed); }

}  // namespace programs
