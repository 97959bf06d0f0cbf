// yot_run/simulation/fiber.hpp: a stack of its own, and switching to it and away from it: what a
// simulated thread runs on.
//
// Exceptions that are being handled belong to a fiber, so a switch may stand in a catch block. Below
// each stack lies a page that nobody may touch, so an overflow is a fault and not silent corruption.
// AddressSanitizer is told of every switch; ThreadSanitizer is not.
// A switch is about 20 ns and no system call; the stacks of fibers that are gone are used again.
// Checked by: fiber_test.cpp.
#pragma once

#include <csetjmp>
#include <cstddef>
#include <functional>

namespace yot_run::simulation {

class fiber {
public:
    static constexpr std::size_t stack_size = std::size_t{256} * 1024;

    // Stands for whatever runs already: something to come back to.
    fiber();
    // Runs `body` once it is first switched to. `body` never returns: it leaves at its end.
    // Throws std::bad_alloc.
    explicit fiber(std::move_only_function<void()> body);
    fiber(const fiber&) = delete;
    fiber& operator=(const fiber&) = delete;
    // What lies on its stack is abandoned, not destroyed.
    ~fiber();

    // Nobody will switch to this fiber again, but what lies on its stack stays there for ever: other
    // things may point to it.
    void abandon() noexcept;
    // Leaves this fiber, which is the one that runs, for another one. Returns when somebody switches
    // back.
    void switch_to(fiber& next) noexcept;
    // The same for ever: nobody switches back.
    [[noreturn]] void leave_to(fiber& next) noexcept;

private:
    static void start(unsigned high, unsigned low);
    [[noreturn]] void go_on() noexcept;
    void arrive() noexcept;

    std::move_only_function<void()> body_;
    std::byte* stack_ = nullptr;  // Null: not ours.
    const void* bottom_ = nullptr;
    std::size_t size_ = 0;
    jmp_buf resume_point_;
    bool has_started_ = true;
    // What the C++ runtime keeps for each system thread (__cxa_eh_globals).
    void* caught_ = nullptr;
    unsigned uncaught_ = 0;
    void* fake_stack_ = nullptr;  // AddressSanitizer's.
};

}  // namespace yot_run::simulation
