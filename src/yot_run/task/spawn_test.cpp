#include <yot_run/task/spawn.hpp>

#include <yot_run/task/fake_executor.hpp>
#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using test::census, test::fake_executor, test::hand, test::manual_event, test::tracked;

task<int> give(int number) { co_return number; }

// A future without a coroutine: pending once, and sure that it stays where it is.
class anchored_future {
public:
    explicit anchored_future(census& seen, bool& moved) : life_(seen, 8), moved_(&moved) {}
    anchored_future(anchored_future&& other) noexcept
        : life_(std::move(other.life_)), moved_(other.moved_) {
        if (other.place_ != nullptr) *moved_ = true;
    }
    yot_run::poll<int> poll(context& cx) {
        if (place_ == this) return life_.number;
        if (place_ != nullptr) *moved_ = true;
        place_ = this;
        cx.waker().wake_by_ref();
        return poll_pending;
    }

private:
    tracked life_;
    bool* moved_;
    const anchored_future* place_ = nullptr;
};

struct copyable_future {
    yot_run::poll<int> poll(context& /*cx*/) { return number; }
    int number;
};

struct throws_when_moved {
    explicit throws_when_moved(census& seen) : life(seen) {}
    throws_when_moved(throws_when_moved&& other) : life(std::move(other.life)) {
        throw std::runtime_error("stays here");
    }
    yot_run::poll<int> poll(context& /*cx*/) { return 0; }
    tracked life;
};

struct alignas(128) wide {
    [[nodiscard]] bool is_aligned() const {
        return reinterpret_cast<std::uintptr_t>(this) % 128 == 0;
    }
    std::uint64_t words[16];
};
task<wide> give_wide(std::uint64_t number) { co_return wide{{number}}; }

// Over-aligned itself, beside the coroutines' own layout.
struct wide_future {
    yot_run::poll<bool> poll(context& /*cx*/) { return place.is_aligned(); }
    wide place{};
};

task<int> spawn_inside() {
    auto handle = spawn(give(3));
    const int value = co_await handle;
    co_return value + 1;
}

}  // namespace

class spawn_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(spawn_test);
    CPPUNIT_TEST(outside_a_runtime_it_says_what_to_do);
    CPPUNIT_TEST(a_thread_that_entered_a_runtime_may_spawn);
    CPPUNIT_TEST(a_task_may_spawn);
    CPPUNIT_TEST(nothing_runs_before_the_executor_does);
    CPPUNIT_TEST(a_future_needs_no_coroutine);
    CPPUNIT_TEST(a_spawned_future_stays_where_it_is_and_goes_when_it_ends);
    CPPUNIT_TEST(a_named_future_is_copied);
    CPPUNIT_TEST(a_future_that_cannot_be_moved_in_leaves_nothing_behind);
    CPPUNIT_TEST(a_lambda_keeps_its_captures_until_its_task_ends);
    CPPUNIT_TEST(a_lambda_is_called_when_the_task_runs);
    CPPUNIT_TEST(a_used_task_is_refused);
    CPPUNIT_TEST(after_the_shutdown_a_task_is_cancelled_at_once);
    CPPUNIT_TEST(over_aligned_values_and_futures_are_aligned);
    CPPUNIT_TEST(a_block_is_aligned_for_its_value);
    CPPUNIT_TEST_SUITE_END();

    hand by;

public:
    void outside_a_runtime_it_says_what_to_do() {
        try {
            static_cast<void>(spawn(give(1)));
            CPPUNIT_FAIL("spawned into nothing");
        } catch (const std::logic_error& error) {
            CPPUNIT_ASSERT(std::string(error.what()).find("runtime::enter()") != std::string::npos);
        }
        environment empty;
        const environment_scope scope(empty);
        CPPUNIT_ASSERT_THROW(static_cast<void>(spawn(give(1))), std::logic_error);
    }

    void a_thread_that_entered_a_runtime_may_spawn() {
        fake_executor executor;
        const environment_scope scope(executor.inside());
        auto handle = spawn(give(5));
        executor.run();
        CPPUNIT_ASSERT_EQUAL(5, by.poll(handle).value());
    }

    void a_task_may_spawn() {
        fake_executor executor;
        auto handle = executor.spawn(spawn_inside());
        executor.run();
        CPPUNIT_ASSERT_EQUAL(4, by.poll(handle).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, executor.ended(internal::ending::completed));
    }

    void nothing_runs_before_the_executor_does() {
        fake_executor executor;
        bool ran = false;
        const auto handle = executor.spawn([&ran]() -> task<> {
            ran = true;
            co_return;
        });
        CPPUNIT_ASSERT(!ran);
        CPPUNIT_ASSERT_EQUAL(1U, executor.run());
        CPPUNIT_ASSERT(ran);
    }

    void a_future_needs_no_coroutine() {
        fake_executor executor;
        auto number = executor.spawn(ready(5));
        auto nothing = executor.spawn(yield_now());
        auto pointer = executor.spawn(ready(std::make_unique<int>(6)));
        executor.run();
        CPPUNIT_ASSERT_EQUAL(5, by.poll(number).value());
        CPPUNIT_ASSERT(by.poll(nothing).is_ready());
        CPPUNIT_ASSERT_EQUAL(6, *by.poll(pointer).value());
    }

    void a_spawned_future_stays_where_it_is_and_goes_when_it_ends() {
        fake_executor executor;
        census seen;
        bool moved = false;
        auto handle = executor.spawn(anchored_future(seen, moved));
        CPPUNIT_ASSERT_EQUAL(1, seen.alive);
        CPPUNIT_ASSERT_EQUAL(2U, executor.run());
        CPPUNIT_ASSERT(!moved);
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(8, by.poll(handle).value());
    }

    void a_named_future_is_copied() {
        fake_executor executor;
        copyable_future named{5};
        auto first = executor.spawn(named);
        named.number = 6;
        auto second = executor.spawn(named);
        executor.run();
        CPPUNIT_ASSERT_EQUAL(5, by.poll(first).value());
        CPPUNIT_ASSERT_EQUAL(6, by.poll(second).value());
    }

    void a_future_that_cannot_be_moved_in_leaves_nothing_behind() {
        fake_executor executor;
        census seen;
        CPPUNIT_ASSERT_THROW(static_cast<void>(executor.spawn(throws_when_moved(seen))),
                             std::runtime_error);
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void a_lambda_keeps_its_captures_until_its_task_ends() {
        fake_executor executor;
        census seen;
        manual_event event;
        auto handle = executor.spawn([kept = tracked(seen, 9), &event]() -> task<int> {
            co_await event.wait();
            co_return kept.number;
        });
        CPPUNIT_ASSERT_EQUAL(1, seen.alive);
        executor.run();
        CPPUNIT_ASSERT_EQUAL(1, seen.alive);
        event.set();
        executor.run();
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT_EQUAL(0, seen.strays);
        CPPUNIT_ASSERT_EQUAL(9, by.poll(handle).value());
    }

    void a_lambda_is_called_when_the_task_runs() {
        fake_executor executor;
        auto handle = executor.spawn([]() -> task<int> { throw std::runtime_error("not yet"); });
        executor.run();
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(handle)), std::runtime_error);
    }

    void a_used_task_is_refused() {
        fake_executor executor;
        task<int> empty;
        CPPUNIT_ASSERT_THROW(static_cast<void>(executor.spawn(std::move(empty))), std::logic_error);
        manual_event event;
        task<> waiting = [](manual_event& e) -> task<> { co_await e.wait(); }(event);
        static_cast<void>(by.poll(waiting));
        CPPUNIT_ASSERT_THROW(static_cast<void>(executor.spawn(std::move(waiting))),
                             std::logic_error);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void after_the_shutdown_a_task_is_cancelled_at_once() {
        fake_executor executor;
        executor.close();
        census seen;
        auto coroutine = executor.spawn([kept = tracked(seen)]() -> task<> { co_return; });
        auto leaf = executor.spawn(ready(tracked(seen)));
        CPPUNIT_ASSERT_EQUAL(0, seen.alive);
        CPPUNIT_ASSERT(coroutine.is_finished());
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(coroutine)), task_cancelled);
        CPPUNIT_ASSERT_THROW(static_cast<void>(by.poll(leaf)), task_cancelled);
        CPPUNIT_ASSERT_EQUAL(0U, executor.run());
    }

    void over_aligned_values_and_futures_are_aligned() {
        fake_executor executor;
        auto value = executor.spawn(give_wide(7));
        auto place = executor.spawn(wide_future());
        executor.run();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, by.poll(value).value().words[0]);
        CPPUNIT_ASSERT(by.poll(place).value());
    }

    void a_block_is_aligned_for_its_value() {
        using block = internal::block_head<wide>;
        std::vector<void*> frames;
        for (std::size_t size = 100; size < 1000; size += 40)
            frames.push_back(block::allocate(size));
        for (void* frame : frames) {
            CPPUNIT_ASSERT_EQUAL(std::uintptr_t{0},
                                 reinterpret_cast<std::uintptr_t>(block::of(frame).core) % 128);
            block::release_frame(frame);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(spawn_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
