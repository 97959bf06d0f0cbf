#include <yot_run/sync/reference.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <thread>
#include <type_traits>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::sync {
namespace {

struct object final : shared_object {
    explicit object(int& alive_objects, int n = 0) : alive(&alive_objects), number(n) { ++*alive; }
    ~object() { --*alive; }
    int* alive;
    int number;
};

static_assert(!std::is_copy_constructible_v<object>);
static_assert(std::is_nothrow_move_constructible_v<reference<object>>);

}  // namespace

class reference_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(reference_test);
    CPPUNIT_TEST(only_the_last_drop_is_the_last);
    CPPUNIT_TEST(the_object_goes_with_its_only_owner);
    CPPUNIT_TEST(the_object_goes_with_the_last_of_its_owners);
    CPPUNIT_TEST(moving_hands_the_object_over);
    CPPUNIT_TEST(assigning_lets_go_of_the_old_object);
    CPPUNIT_TEST(assigning_a_reference_to_itself_keeps_the_object);
    CPPUNIT_TEST(a_released_reference_can_be_adopted);
    CPPUNIT_TEST(sharing_takes_another_reference);
    CPPUNIT_TEST(an_empty_reference_owns_nothing);
    CPPUNIT_TEST(the_last_owner_sees_what_the_others_did);
    CPPUNIT_TEST_SUITE_END();

    int alive = 0;

public:
    void only_the_last_drop_is_the_last() {
        reference_count count(2);
        count.add();
        CPPUNIT_ASSERT(!count.drop());
        CPPUNIT_ASSERT(!count.drop());
        CPPUNIT_ASSERT(count.drop());
    }

    void the_object_goes_with_its_only_owner() {
        {
            const auto only = make_shared_object<object>(alive, 5);
            CPPUNIT_ASSERT_EQUAL(1, alive);
            CPPUNIT_ASSERT_EQUAL(5, only->number);
            CPPUNIT_ASSERT_EQUAL(5, (*only).number);
            CPPUNIT_ASSERT(only);
        }
        CPPUNIT_ASSERT_EQUAL(0, alive);
    }

    void the_object_goes_with_the_last_of_its_owners() {
        auto first = make_shared_object<object>(alive);
        auto second = first;
        CPPUNIT_ASSERT(first.get() == second.get());
        first = {};
        CPPUNIT_ASSERT_EQUAL(1, alive);
        second = {};
        CPPUNIT_ASSERT_EQUAL(0, alive);
    }

    void moving_hands_the_object_over() {
        auto first = make_shared_object<object>(alive);
        {
            const auto second = std::move(first);
            CPPUNIT_ASSERT(!first);
            CPPUNIT_ASSERT(first.get() == nullptr);
            CPPUNIT_ASSERT_EQUAL(1, alive);
        }
        CPPUNIT_ASSERT_EQUAL(0, alive);
    }

    void assigning_lets_go_of_the_old_object() {
        auto one = make_shared_object<object>(alive, 1);
        one = make_shared_object<object>(alive, 2);
        CPPUNIT_ASSERT_EQUAL(1, alive);
        CPPUNIT_ASSERT_EQUAL(2, one->number);
    }

    void assigning_a_reference_to_itself_keeps_the_object() {
        auto one = make_shared_object<object>(alive);
        auto& same = one;
        one = same;
        CPPUNIT_ASSERT(one);
        one = std::move(same);
        CPPUNIT_ASSERT(one);
        CPPUNIT_ASSERT_EQUAL(1, alive);
    }

    void a_released_reference_can_be_adopted() {
        auto one = make_shared_object<object>(alive);
        object* const released = one.release();
        CPPUNIT_ASSERT(!one);
        CPPUNIT_ASSERT_EQUAL(1, alive);
        one = reference<object>::adopt(released);
        one = {};
        CPPUNIT_ASSERT_EQUAL(0, alive);
    }

    void sharing_takes_another_reference() {
        auto one = make_shared_object<object>(alive);
        {
            const auto other = reference<object>::share(one.get());
            one = {};
            CPPUNIT_ASSERT_EQUAL(1, alive);
        }
        CPPUNIT_ASSERT_EQUAL(0, alive);
    }

    void an_empty_reference_owns_nothing() {
        reference<object> empty;
        const auto copy = empty;
        CPPUNIT_ASSERT(!empty);
        CPPUNIT_ASSERT(!copy);
        CPPUNIT_ASSERT(empty.release() == nullptr);
    }

    // Each owner writes its own place without an atomic, and the destructor reads them all.
    void the_last_owner_sees_what_the_others_did() {
        struct ledger final : shared_object {
            explicit ledger(int& t) : total(&t) {}
            ~ledger() {
                for (const int entry : entries) *total += entry;
            }
            int* total;
            std::array<int, 3> entries{};
        };
        int total = 0;
        constexpr int rounds = 1000;
        for (int round = 0; round < rounds; ++round) {
            auto own = make_shared_object<ledger>(total);
            std::array<std::thread, 2> others;
            for (std::size_t i = 0; i < others.size(); ++i)
                others[i] = std::thread([mine = own, i]() mutable {
                    mine->entries[i] = 1;
                    mine = {};
                });
            own->entries[2] = 1;
            own = {};
            for (std::thread& other : others) other.join();
        }
        CPPUNIT_ASSERT_EQUAL(3 * rounds, total);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(reference_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
