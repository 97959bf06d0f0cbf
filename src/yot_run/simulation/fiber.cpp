// The checks of a fortified longjmp take a switch to another stack for a mistake.
#undef _FORTIFY_SOURCE

#include <yot_run/simulation/fiber.hpp>

#include <cxxabi.h>
#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define YOT_RUN_FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define YOT_RUN_FIBER_ASAN 1
#endif
#endif

#ifdef YOT_RUN_FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif

namespace yot_run::simulation {
namespace {

constexpr std::size_t guard_size = 4096;

// The stacks that are free. One system thread: so is the whole simulation.
class stack_pool {
public:
    ~stack_pool() {
        for (std::byte* const each : free_)
            ::munmap(each - guard_size, fiber::stack_size + guard_size);
    }

    std::byte* take() {
        if (!free_.empty()) {
            std::byte* const taken = free_.back();
            free_.pop_back();
            return taken;
        }
        free_.reserve(++made_);  // So that giving back cannot fail.
        void* const memory = ::mmap(nullptr, fiber::stack_size + guard_size, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        if (::mprotect(memory, guard_size, PROT_NONE) != 0) {
            ::munmap(memory, fiber::stack_size + guard_size);
            throw std::bad_alloc();
        }
        return static_cast<std::byte*>(memory) + guard_size;
    }
    void give_back(std::byte* stack) noexcept {
#ifdef YOT_RUN_FIBER_ASAN
        // What was abandoned there has left its marks.
        __asan_unpoison_memory_region(stack, fiber::stack_size);
#endif
        free_.push_back(stack);
    }

private:
    std::vector<std::byte*> free_;
    std::size_t made_ = 0;
};

stack_pool& stacks() {
    static stack_pool the_pool;
    return the_pool;
}

// What __cxa_get_globals points to, by the Itanium C++ ABI.
struct exception_globals {
    void* caught;
    unsigned uncaught;
};
exception_globals& current_exceptions() {
    return *reinterpret_cast<exception_globals*>(abi::__cxa_get_globals());
}

}  // namespace

fiber::fiber() {
#ifdef YOT_RUN_FIBER_ASAN  // Nobody else asks, and the answer takes a while.
    pthread_attr_t attributes;
    if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) throw std::bad_alloc();
    void* bottom = nullptr;
    ::pthread_attr_getstack(&attributes, &bottom, &size_);
    ::pthread_attr_destroy(&attributes);
    bottom_ = bottom;
#endif
}

fiber::fiber(std::move_only_function<void()> body)
    : body_(std::move(body)),
      stack_(stacks().take()),
      bottom_(stack_),
      size_(stack_size),
      has_started_(false) {}

fiber::~fiber() {
    if (stack_ != nullptr) stacks().give_back(stack_);
}

void fiber::abandon() noexcept {
    if (stack_ == nullptr) return;
#ifdef YOT_RUN_FIBER_ASAN
    __lsan_register_root_region(stack_, stack_size);
    // Its locals may lie there instead: 11 size classes, each as large as the stack, and a table.
    if (fake_stack_ != nullptr) __lsan_register_root_region(fake_stack_, 12 * stack_size);
#endif
    stack_ = nullptr;
}

// The first thing that runs on the new stack.
void fiber::start(unsigned high, unsigned low) {
    fiber& self = *reinterpret_cast<fiber*>((std::uintptr_t{high} << 32) | low);
    self.arrive();
    self.body_();
    std::abort();  // It has returned, and there is nowhere to go.
}

void fiber::arrive() noexcept {
#ifdef YOT_RUN_FIBER_ASAN
    __sanitizer_finish_switch_fiber(fake_stack_, nullptr, nullptr);
#endif
    current_exceptions() = {caught_, uncaught_};
}

void fiber::switch_to(fiber& next) noexcept {
    if (_setjmp(resume_point_) == 0) {
        caught_ = current_exceptions().caught;
        uncaught_ = current_exceptions().uncaught;
#ifdef YOT_RUN_FIBER_ASAN
        __sanitizer_start_switch_fiber(&fake_stack_, next.bottom_, next.size_);
#endif
        next.go_on();
    }
    arrive();
}

// Not instrumented, as the next one: its own frame must not lie in the fake stack that is freed.
[[gnu::no_sanitize_address]] void fiber::leave_to(fiber& next) noexcept {
#ifdef YOT_RUN_FIBER_ASAN
    __sanitizer_start_switch_fiber(nullptr, next.bottom_, next.size_);
#endif
    next.go_on();
}

[[gnu::no_sanitize_address]] void fiber::go_on() noexcept {
    if (std::exchange(has_started_, true)) _longjmp(resume_point_, 1);
    ucontext_t entry;
    ::getcontext(&entry);
    entry.uc_stack.ss_sp = stack_;
    entry.uc_stack.ss_size = stack_size;
    entry.uc_link = nullptr;
    const auto address = reinterpret_cast<std::uintptr_t>(this);
    ::makecontext(&entry, reinterpret_cast<void (*)()>(start), 2, unsigned(address >> 32),
                  unsigned(address));
    ::setcontext(&entry);
    std::abort();  // Not that it ever fails.
}

}  // namespace yot_run::simulation
