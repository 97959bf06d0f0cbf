#include <yot_run/executor/live_tasks.hpp>

#include <yot_run/executor/executor_core.hpp>
#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

// Says whether the core it belongs to still exists.
struct canary {
    explicit canary(bool& alive) : alive_(&alive) { alive = true; }
    canary(const canary&) = delete;
    canary& operator=(const canary&) = delete;
    ~canary() { *alive_ = false; }
    bool* alive_;
};

struct fixture {
    fixture() {
        executor_options options;
        options.on_unobserved = [bird = std::make_shared<canary>(alive)](const auto&) {};
        core = sync::make_shared_object<executor_core>(std::move(options), environment());
    }
    // A task that is in no queue; its handle keeps its block.
    [[nodiscard]] typed_core<void>& make_task() { return make_core(pending()); }

    bool alive = false;
    sync::reference<executor_core> core;
};

// As the core does when it is closed before anybody took a task that was spawned outside.
bool link(fixture& f, live_tasks& list, typed_core<void>& task) {
    task.settle(list);
    if (!list.link(task)) return false;
    task.born_listed();
    f.core->count_block();
    return true;
}

// What a worker does with a task it was given.
void run(executor_core& core, task_core& task) { static_cast<void>(task.run(core.environment())); }

}  // namespace

class live_tasks_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(live_tasks_test);
    CPPUNIT_TEST(it_is_the_home_of_what_is_linked);
    CPPUNIT_TEST(tasks_leave_in_any_order);
    CPPUNIT_TEST(a_closed_list_refuses);
    CPPUNIT_TEST(closing_wakes_every_task_to_be_destroyed);
    CPPUNIT_TEST(the_core_lives_as_long_as_the_last_block);
    CPPUNIT_TEST(a_core_without_blocks_ends_with_its_last_owner);
    CPPUNIT_TEST_SUITE_END();

public:
    void it_is_the_home_of_what_is_linked() {
        fixture f;
        live_tasks list(*f.core);
        auto& task = f.make_task();
        const join_handle<void> handle(task);
        CPPUNIT_ASSERT(link(f, list, task));
        CPPUNIT_ASSERT(&task.home() == &list);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, list.size());
        end({&task}, list, f);
    }

    void tasks_leave_in_any_order() {
        for (std::size_t first = 0; first < 3; ++first) {
            for (std::size_t second = 0; second < 3; ++second) {
                if (second == first) continue;
                fixture f;
                live_tasks list(*f.core);
                std::vector<typed_core<void>*> tasks;
                std::vector<join_handle<void>> handles;
                for (int i = 0; i < 3; ++i) {
                    tasks.push_back(&f.make_task());
                    handles.emplace_back(*tasks.back());
                    CPPUNIT_ASSERT(link(f, list, *tasks.back()));
                }
                std::size_t left = 3;
                for (const std::size_t index : {first, second, 3 - first - second}) {
                    tasks[index]->abort();
                    run(*f.core, *tasks[index]);
                    CPPUNIT_ASSERT_EQUAL(--left, list.size());
                }
                end({}, list, f);
            }
        }
    }

    void a_closed_list_refuses() {
        fixture f;
        live_tasks list(*f.core);
        list.close();
        auto& task = f.make_task();
        const join_handle<void> handle(task);
        CPPUNIT_ASSERT(!list.link(task));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, list.size());
        task.cancel_unadopted();
        CPPUNIT_ASSERT(handle.is_finished());
        finish(f);
    }

    void closing_wakes_every_task_to_be_destroyed() {
        fixture f;
        live_tasks list(*f.core);
        std::vector<join_handle<void>> handles;
        for (int i = 0; i < 3; ++i) {
            auto& task = f.make_task();
            handles.emplace_back(task);
            CPPUNIT_ASSERT(link(f, list, task));
            run(*f.core, task);  // Polls it; it waits.
        }
        list.close();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, list.size());
        for (task_core* task = f.core->injected().take_all(); task != nullptr;) {
            task_core* const after = task->next.get();
            run(*f.core, *task);
            task = after;
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, list.size());
        for (const auto& handle : handles) CPPUNIT_ASSERT(handle.is_finished());
        finish(f);
    }

    void the_core_lives_as_long_as_the_last_block() {
        for (const bool waker_last : {false, true}) {
            fixture f;
            join_handle<void> handle = spawn_on(*f.core, pending());
            task_core* const task = f.core->arrivals().take_all();
            f.core->count_block();
            run(*f.core, *task);
            waker kept = task->make_waker();
            f.core->close();
            run(*f.core, *f.core->injected().take_all());
            CPPUNIT_ASSERT(f.core->drained());
            finish(f);
            CPPUNIT_ASSERT(f.alive);
            if (waker_last)
                handle.detach();
            else
                kept = waker();
            CPPUNIT_ASSERT(f.alive);
            if (waker_last)
                std::move(kept).wake();
            else
                handle.detach();
            CPPUNIT_ASSERT(!f.alive);
        }
    }

    void a_core_without_blocks_ends_with_its_last_owner() {
        fixture f;
        f.core->close();
        f.core->release_blocks();
        CPPUNIT_ASSERT(f.alive);
        f.core = {};
        CPPUNIT_ASSERT(!f.alive);
    }

private:
    // Ends the tasks that are alive, and the core.
    static void end(const std::vector<typed_core<void>*>& tasks, live_tasks& list, fixture& f) {
        list.close();
        for (typed_core<void>* task : tasks) run(*f.core, *task);
        finish(f);
    }
    // The core's own lists, too, let go of it.
    static void finish(fixture& f) {
        if (!f.core->drained()) f.core->close();
        f.core->release_blocks();
        f.core = {};
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(live_tasks_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
