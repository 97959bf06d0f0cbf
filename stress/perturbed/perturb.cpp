#include <stress/perturbed/perturb.hpp>

#include <stress/harness/generator.hpp>

#include <sched.h>

#include <atomic>
#include <cerrno>
#include <ctime>

namespace stress::perturbation {
namespace {

// Of 4096 points so many give the processor away, sleep, or spin.
constexpr std::uint64_t sleeping = 2;
constexpr std::uint64_t yielding = 48;
constexpr std::uint64_t spinning = 256;
constexpr long longest_sleep_ns = 50'000;
constexpr std::uint64_t longest_spin = 200;

// Relaxed, and so is every access to them: they order nothing, and a thread that does not see the
// seed yet is not perturbed yet.
constinit std::atomic<std::uint64_t> seed{0};  // 0: not at all.
constinit std::atomic<std::uint64_t> threads{0};

constinit thread_local generator random{0};
constinit thread_local bool has_generator = false;

void spin(std::uint64_t times) noexcept {
    for (std::uint64_t done = 0; done < times; ++done) asm volatile("");
}

void sleep_some() noexcept {
    const timespec time{0, long(random.below(longest_sleep_ns))};
    const int error = errno;
    nanosleep(&time, nullptr);
    errno = error;
}

}  // namespace

void begin(std::uint64_t with_seed) noexcept {
    seed.store(mixed(with_seed) | 1, std::memory_order_relaxed);
}

// Not inlined: a coroutine may go on on another thread, which has another generator.
[[gnu::noinline]] void point() noexcept {
    const std::uint64_t from = seed.load(std::memory_order_relaxed);
    if (from == 0) return;
    if (!has_generator) {
        random = generator(mixed(from + threads.fetch_add(1, std::memory_order_relaxed)));
        has_generator = true;
    }
    const std::uint64_t choice = random.below(4096);
    if (choice < sleeping) sleep_some();
    else if (choice < yielding) sched_yield();
    else if (choice < spinning) spin(random.below(longest_spin));
}

}  // namespace stress::perturbation
