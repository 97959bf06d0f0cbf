// model/worlds/fibers.hpp: the fibers that Relacy runs a model's threads on; takes the place of
// relacy/platform.hpp.
//
// What Relacy's own lack, and coroutine code needs:
//   - a guard page below each stack, and more than 64 KiB above it: an overflow is a fault that the
//     harness reports, not memory silently overwritten;
//   - the exceptions that are being handled belong to a fiber (the C++ runtime keeps them per
//     system thread), so that an atomic operation may stand in a catch block;
//   - AddressSanitizer is told of every switch.
#pragma once

#define RL_PLATFORM_HPP  // Keeps Relacy's own out.
#define RL_INLINE inline
#define RL_NOINLINE
#define RL_STRINGIZE_I(text) #text
#define RL_STRINGIZE(text) RL_STRINGIZE_I(text)
#define RL_STDCALL
#define RL_THROW_SPEC(ex) noexcept(false)
#define RL_RESTRICT

#include <relacy/pch.hpp>

#include <cxxabi.h>
#include <pthread.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__)
#define YOT_RUN_MODEL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define YOT_RUN_MODEL_ASAN 1
#endif
#endif

#ifdef YOT_RUN_MODEL_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

// The names from here on are Relacy's, which looks for them in the global namespace.

struct fiber_t {
    ucontext_t first_entry;
    jmp_buf resume_point;
    void* caught = nullptr;  // The exceptions being handled; see __cxa_eh_globals.
    unsigned uncaught = 0;
    void* fake_stack = nullptr;  // AddressSanitizer's.
    void* bottom = nullptr;
    std::size_t size = 0;
};

namespace model::fibers {

inline constexpr std::size_t stack_size = std::size_t{512} * 1024;
inline constexpr std::size_t guard_size = 4096;

// What __cxa_get_globals points to, by the Itanium C++ ABI.
struct exception_globals {
    void* caught;
    unsigned uncaught;
};
inline exception_globals& current_exceptions() {
    return *reinterpret_cast<exception_globals*>(abi::__cxa_get_globals());
}

inline void leave_for(fiber_t& next, fiber_t& previous) {
    previous.caught = current_exceptions().caught;
    previous.uncaught = current_exceptions().uncaught;
#ifdef YOT_RUN_MODEL_ASAN
    __sanitizer_start_switch_fiber(&previous.fake_stack, next.bottom, next.size);
#else
    static_cast<void>(next);
#endif
}

inline void arrive_in(fiber_t& self) {
#ifdef YOT_RUN_MODEL_ASAN
    __sanitizer_finish_switch_fiber(self.fake_stack, nullptr, nullptr);
#endif
    current_exceptions() = {self.caught, self.uncaught};
}

struct entry {
    void (*body)(void*);
    void* argument;
    fiber_t* self;
    fiber_t* creator;
};

// Runs on the new stack: goes back to the creator at once, and into the body when first switched
// to.
inline void start(unsigned high, unsigned low) {
    const auto address = (std::uintptr_t{high} << 32) | low;
    const entry given = *reinterpret_cast<entry*>(address);
    arrive_in(*given.self);
    if (_setjmp(given.self->resume_point) == 0) {
        leave_for(*given.creator, *given.self);
        _longjmp(given.creator->resume_point, 1);
    }
    arrive_in(*given.self);
    given.body(given.argument);
}

}  // namespace model::fibers

inline unsigned get_tick_count() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return unsigned(now.tv_sec) * 1000U + unsigned(now.tv_nsec / 1'000'000);
}

inline void set_low_thread_prio() {}

inline void create_main_fiber(fiber_t& fiber) {
    fiber = fiber_t{};
    pthread_attr_t attributes;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &fiber.bottom, &fiber.size);
    pthread_attr_destroy(&attributes);
}

inline void delete_main_fiber(fiber_t& /*fiber*/) {}

inline void create_fiber(fiber_t& fiber, void (*body)(void*), void* argument) {
    using namespace model::fibers;
    fiber = fiber_t{};
    void* const memory = mmap(nullptr, stack_size + guard_size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, guard_size, PROT_NONE) != 0) {
        std::perror("model: no memory for a fiber's stack");
        std::abort();
    }
    fiber.bottom = static_cast<char*>(memory) + guard_size;
    fiber.size = stack_size;
    getcontext(&fiber.first_entry);
    fiber.first_entry.uc_stack.ss_sp = fiber.bottom;
    fiber.first_entry.uc_stack.ss_size = fiber.size;
    fiber.first_entry.uc_link = nullptr;
    fiber_t creator;
    create_main_fiber(creator);
    entry given{body, argument, &fiber, &creator};
    const auto address = reinterpret_cast<std::uintptr_t>(&given);
    makecontext(&fiber.first_entry, reinterpret_cast<void (*)()>(start), 2, unsigned(address >> 32),
                unsigned(address));
    if (_setjmp(creator.resume_point) == 0) {
        leave_for(fiber, creator);
        setcontext(&fiber.first_entry);
    }
    arrive_in(creator);
}

inline void delete_fiber(fiber_t& fiber) {
    using namespace model::fibers;
    munmap(static_cast<char*>(fiber.bottom) - guard_size, stack_size + guard_size);
}

inline void switch_to_fiber(fiber_t& next, fiber_t& previous) {
    if (_setjmp(previous.resume_point) == 0) {
        model::fibers::leave_for(next, previous);
        _longjmp(next.resume_point, 1);
    }
    model::fibers::arrive_in(previous);
}
