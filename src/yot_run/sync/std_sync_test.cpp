#include <yot_run/sync/std_sync.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <pthread.h>

#include <array>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::sync {
namespace {

struct first_tag;
struct second_tag;
using first_slot = thread_slot<int, first_tag>;
using second_slot = thread_slot<int, second_tag>;

std::string name_of_this_thread() {
    std::array<char, 32> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    return name.data();
}

// This world costs nothing.
static_assert(std::is_same_v<atomic<int>, std::atomic<int>>);
static_assert(sizeof(cell<int>) == sizeof(int));
static_assert(!std::is_copy_constructible_v<cell<int>>);

}  // namespace

class std_sync_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(std_sync_test);
    CPPUNIT_TEST(a_cell_holds_its_value);
    CPPUNIT_TEST(a_thread_runs_its_body_under_its_name);
    CPPUNIT_TEST(a_name_that_is_too_long_is_cut);
    CPPUNIT_TEST(a_thread_takes_what_can_only_be_moved);
    CPPUNIT_TEST(a_thread_knows_whether_it_is_the_current_one);
    CPPUNIT_TEST(each_thread_has_its_own_slot);
    CPPUNIT_TEST(slots_of_different_tags_are_different);
    CPPUNIT_TEST(a_waiting_thread_is_notified);
    CPPUNIT_TEST(there_is_at_least_one_hardware_thread);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_cell_holds_its_value() {
        cell<std::unique_ptr<int>> place;
        CPPUNIT_ASSERT(place.get() == nullptr);
        place.set(std::make_unique<int>(3));
        *place.mut() += 1;
        CPPUNIT_ASSERT_EQUAL(4, *place.get());
        const cell<int> constant(7);
        CPPUNIT_ASSERT_EQUAL(7, constant.get());
    }

    void a_thread_runs_its_body_under_its_name() {
        std::string seen;
        thread other("yot-worker-3", [&] { seen = name_of_this_thread(); });
        other.join();
        CPPUNIT_ASSERT_EQUAL(std::string("yot-worker-3"), seen);
    }

    void a_name_that_is_too_long_is_cut() {
        std::string seen;
        thread other("a-name-of-more-than-15-bytes", [&] { seen = name_of_this_thread(); });
        other.join();
        CPPUNIT_ASSERT_EQUAL(std::string("a-name-of-more-"), seen);
    }

    void a_thread_takes_what_can_only_be_moved() {
        int seen = 0;
        thread other("mover", [&seen, value = std::make_unique<int>(5)] { seen = *value; });
        other.join();
        CPPUNIT_ASSERT_EQUAL(5, seen);
    }

    void a_thread_knows_whether_it_is_the_current_one() {
        thread other;
        CPPUNIT_ASSERT(!other.joinable());
        CPPUNIT_ASSERT(!other.is_current());
        mutex started;
        lock until_assigned(started);
        bool inside = false;
        other = thread("self", [&] {
            const lock guard(started);
            inside = other.is_current();
        });
        CPPUNIT_ASSERT(other.joinable());
        CPPUNIT_ASSERT(!other.is_current());
        until_assigned.unlock();
        other.join();
        CPPUNIT_ASSERT(inside);
        CPPUNIT_ASSERT(!other.joinable());
    }

    void each_thread_has_its_own_slot() {
        int mine = 1;
        CPPUNIT_ASSERT(first_slot::get() == nullptr);
        first_slot::set(&mine);
        int* seen = &mine;
        thread other("other", [&] {
            seen = first_slot::get();
            first_slot::set(nullptr);
        });
        other.join();
        CPPUNIT_ASSERT(seen == nullptr);
        CPPUNIT_ASSERT(first_slot::get() == &mine);
        first_slot::set(nullptr);
    }

    void slots_of_different_tags_are_different() {
        int mine = 1;
        first_slot::set(&mine);
        CPPUNIT_ASSERT(second_slot::get() == nullptr);
        first_slot::set(nullptr);
    }

    void a_waiting_thread_is_notified() {
        mutex guard_of_ready;
        condition_variable changed;
        bool ready = false;
        thread other("notifier", [&] {
            {
                const lock guard(guard_of_ready);
                ready = true;
            }
            changed.notify_one();
        });
        {
            lock guard(guard_of_ready);
            while (!ready) changed.wait(guard);
        }
        other.join();
        CPPUNIT_ASSERT(ready);
    }

    void there_is_at_least_one_hardware_thread() { CPPUNIT_ASSERT(hardware_threads() >= 1); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(std_sync_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
