// What the task module takes from the heap: one block for a spawned coroutine, and nothing for what
// happens to it afterwards. Counts by replacing the operator new of the whole test program, or with
// a hook of the sanitizers, which have an operator new of their own.
#include <yot_run/task/spawn.hpp>

#include <yot_run/task/fake_executor.hpp>
#include <yot_run/task/test_doubles.hpp>
#include <yot_run/task/when_all.hpp>
#include <yot_run/task/when_any.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define YOT_RUN_TEST_USES_HOOKS
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define YOT_RUN_TEST_USES_HOOKS
#endif

namespace {

thread_local unsigned allocations = 0;
thread_local unsigned frees = 0;

}  // namespace

#ifdef YOT_RUN_TEST_USES_HOOKS

#include <sanitizer/allocator_interface.h>

namespace {

[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { ++allocations; },
    [](const volatile void* memory) { frees += memory != nullptr ? 1 : 0; });

}  // namespace

#else

namespace {

void* allocate(std::size_t size, std::size_t alignment) {
    ++allocations;
    const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
    void* const memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
void release(void* memory) noexcept {
    frees += memory != nullptr ? 1 : 0;
    std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    return allocate(size, std::size_t(alignment));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

#endif

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using test::fake_executor, test::hand;

// What this thread has taken from the heap, and given back, while `body` ran. Assertions allocate:
// they come afterwards.
struct heap_use {
    template <class Body>
    static heap_use of(Body body) {
        const unsigned allocations_before = allocations;
        const unsigned frees_before = frees;
        body();
        return {allocations - allocations_before, frees - frees_before};
    }
    // The same, when `body` has run before: pools have what it needs (frame_pool.hpp).
    template <class Body>
    static heap_use again_of(Body body) {
        body();
        return of(body);
    }
    unsigned allocated;
    unsigned freed;
};

// What the block of a coroutine takes from the heap, where its pool has had one of its size.
constexpr unsigned one_block = sync::recycles_memory ? 0 : 1;

// Pending until its flag is set; keeps a waker as leaves do.
class flag {
public:
    class future {
    public:
        explicit future(flag& f) : flag_(&f) {}
        yot_run::poll<int> poll(context& cx) {
            if (flag_->set) return 1;
            if (!flag_->waiting || !flag_->waiting.will_wake(cx.waker()))
                flag_->waiting = cx.waker().clone();
            return poll_pending;
        }

    private:
        flag* flag_;
    };
    future wait() { return future(*this); }

    bool set = false;
    waker waiting;
};

task<int> wait_for(flag& f, int times) {
    int sum = 0;
    for (int i = 0; i < times; ++i) sum += co_await f.wait();
    co_return sum;
}
task<int> await_child(flag& f) { co_return co_await wait_for(f, 1); }
task<int> await_leaves(flag& f, flag& g) {
    const auto [first, second] = co_await when_all(f.wait(), g.wait());
    const auto winner = co_await when_any(f.wait(), g.wait());
    co_return first + second + int(winner.index());
}

// What docs/performance.md says of a task's size.
static_assert(sizeof(void*) != 8 || sizeof(internal::block_head<void>) == 96);
static_assert(sizeof(void*) != 8 || sizeof(internal::promise<void>) == 48);

struct alignas(128) wide {
    char bytes[128];
};
task<wide> give_wide() { co_return wide{}; }

}  // namespace

class allocation_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(allocation_test);
    CPPUNIT_TEST(a_spawned_coroutine_is_one_allocation);
    CPPUNIT_TEST(an_over_aligned_value_changes_nothing);
    CPPUNIT_TEST(a_spawned_future_is_one_allocation);
    CPPUNIT_TEST(a_task_that_is_not_spawned_is_one_allocation);
    CPPUNIT_TEST(wakes_polls_and_awaited_leaves_allocate_nothing);
    CPPUNIT_TEST(an_awaited_task_is_one_allocation);
    CPPUNIT_TEST(combinators_of_a_few_allocate_nothing);
    CPPUNIT_TEST(the_block_is_freed_once);
    CPPUNIT_TEST_SUITE_END();

    hand by;
    fake_executor executor;

public:
    void a_spawned_coroutine_is_one_allocation() {
        flag f;
        f.set = true;
        int value = 0;
        const heap_use used = heap_use::again_of([&] {
            auto handle = executor.spawn(wait_for(f, 3));
            executor.run();
            value = by.poll(handle).value();
        });
        CPPUNIT_ASSERT_EQUAL(3, value);
        CPPUNIT_ASSERT_EQUAL(one_block, used.allocated);
        CPPUNIT_ASSERT_EQUAL(one_block, used.freed);
    }

    void an_over_aligned_value_changes_nothing() {
        const heap_use used = heap_use::of([&] {
            auto handle = executor.spawn(give_wide());
            executor.run();
            static_cast<void>(by.poll(handle));
        });
        CPPUNIT_ASSERT_EQUAL(1U, used.allocated);
        CPPUNIT_ASSERT_EQUAL(1U, used.freed);
    }

    void a_spawned_future_is_one_allocation() {
        const heap_use used = heap_use::of([&] {
            auto handle = executor.spawn(yield_now());
            executor.run();
            static_cast<void>(by.poll(handle));
        });
        CPPUNIT_ASSERT_EQUAL(1U, used.allocated);
        CPPUNIT_ASSERT_EQUAL(1U, used.freed);
    }

    void a_task_that_is_not_spawned_is_one_allocation() {
        flag f;
        const heap_use used = heap_use::again_of([&] {
            task<int> waiting = wait_for(f, 1);
            static_cast<void>(by.poll(waiting));
        });
        CPPUNIT_ASSERT_EQUAL(one_block, used.allocated);
        CPPUNIT_ASSERT_EQUAL(one_block, used.freed);
    }

    void wakes_polls_and_awaited_leaves_allocate_nothing() {
        flag f;
        auto handle = executor.spawn(wait_for(f, 100));
        executor.run();
        unsigned polls = 0;
        const heap_use used = heap_use::of([&] {
            for (int i = 0; i < 100; ++i) {
                f.waiting.wake_by_ref();
                polls += executor.run();
                static_cast<void>(by.poll(handle));
            }
            f.set = true;
            f.waiting.clone().wake_by_ref();
            std::move(f.waiting).wake();
            executor.run();
        });
        CPPUNIT_ASSERT_EQUAL(100U, polls);
        CPPUNIT_ASSERT_EQUAL(0U, used.allocated);
        CPPUNIT_ASSERT_EQUAL(0U, used.freed);
        CPPUNIT_ASSERT_EQUAL(100, by.poll(handle).value());
    }

    void an_awaited_task_is_one_allocation() {
        flag f;
        f.set = true;
        join_handle<int> handle;
        const heap_use used = heap_use::again_of([&] {
            handle = executor.spawn(await_child(f));
            executor.run();
        });
        CPPUNIT_ASSERT_EQUAL(2 * one_block, used.allocated);
        // The child's, and that of the first time, whose handle goes when it is assigned to.
        CPPUNIT_ASSERT_EQUAL(2 * one_block, used.freed);
    }

    void combinators_of_a_few_allocate_nothing() {
        flag f;
        flag g;
        auto handle = executor.spawn(await_leaves(f, g));
        const heap_use used = heap_use::of([&] {
            executor.run();
            f.set = g.set = true;
            f.waiting.wake_by_ref();
            executor.run();
        });
        CPPUNIT_ASSERT_EQUAL(0U, used.allocated);
        CPPUNIT_ASSERT_EQUAL(2, by.poll(handle).value());
    }

    void the_block_is_freed_once() {
        flag f;
        join_handle<int> handle;
        const heap_use ended = heap_use::of([&] {
            handle = executor.spawn(wait_for(f, 1));
            executor.run();
            handle.abort();
            executor.run();
        });
        CPPUNIT_ASSERT(ended.allocated >= one_block);
        CPPUNIT_ASSERT_EQUAL(0U, ended.freed);  // The handle and the flag's waker hold it.
        CPPUNIT_ASSERT_EQUAL(0U, heap_use::of([&] { handle.detach(); }).freed);
        CPPUNIT_ASSERT_EQUAL(one_block, heap_use::of([&] { f.waiting = {}; }).freed);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(allocation_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
