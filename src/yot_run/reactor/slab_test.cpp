#include <yot_run/reactor/slab.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <set>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

struct counted {
    static inline int alive = 0;
    int value = 0;
    counted() { ++alive; }
    ~counted() { --alive; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
};

static_assert(slot_token::unpacked(slot_token{7, 9}.packed()) == slot_token{7, 9});
static_assert(slot_token::unpacked(~std::uint64_t{0}).index >= slab<int>::capacity);

}  // namespace

class slab_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(slab_test);
    CPPUNIT_TEST(each_slot_has_its_own_place_and_number);
    CPPUNIT_TEST(slots_do_not_move_when_the_slab_grows);
    CPPUNIT_TEST(a_released_slot_is_handed_out_again);
    CPPUNIT_TEST(what_was_never_in_use_is_not_found);
    CPPUNIT_TEST(slots_are_made_by_the_chunk_and_destroyed_with_the_slab);
    CPPUNIT_TEST(a_sealed_slab_refuses_and_shows_every_slot_once);
    CPPUNIT_TEST(two_threads_never_have_the_same_slot);
    CPPUNIT_TEST_SUITE_END();

public:
    void each_slot_has_its_own_place_and_number() {
        slab<int> slots;
        std::set<std::uint32_t> numbers;
        std::set<int*> places;
        for (int i = 0; i < 1000; ++i) {
            const auto got = slots.acquire().value();
            numbers.insert(got.index);
            places.insert(got.slot);
            CPPUNIT_ASSERT_EQUAL(got.slot, slots.find(got.index));
            CPPUNIT_ASSERT_EQUAL(std::uintptr_t{0},
                                 reinterpret_cast<std::uintptr_t>(got.slot) % 64);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{1000}, numbers.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1000}, places.size());
    }

    void slots_do_not_move_when_the_slab_grows() {
        slab<int> slots;
        std::vector<slab<int>::acquired> got;
        for (int i = 0; i < 10'000; ++i) {
            got.push_back(slots.acquire().value());
            *got.back().slot = i;
        }
        for (int i = 0; i < 10'000; ++i) {
            CPPUNIT_ASSERT_EQUAL(i, *slots.find(got[std::size_t(i)].index));
        }
    }

    void a_released_slot_is_handed_out_again() {
        slab<int> slots;
        const auto first = slots.acquire().value();
        const auto second = slots.acquire().value();
        *first.slot = 42;
        slots.release(first.index);
        CPPUNIT_ASSERT_EQUAL(first.slot, slots.find(first.index));
        const auto again = slots.acquire().value();
        CPPUNIT_ASSERT_EQUAL(first.index, again.index);
        CPPUNIT_ASSERT_EQUAL(42, *again.slot);
        slots.release(second.index);
        slots.release(again.index);
        std::set<std::uint32_t> both{slots.acquire()->index, slots.acquire()->index};
        CPPUNIT_ASSERT((both == std::set<std::uint32_t>{first.index, second.index}));
    }

    void what_was_never_in_use_is_not_found() {
        slab<int> slots;
        CPPUNIT_ASSERT(slots.find(0) == nullptr);
        static_cast<void>(slots.acquire());
        CPPUNIT_ASSERT(slots.find(64) == nullptr);
        CPPUNIT_ASSERT(slots.find(slab<int>::capacity - 1) == nullptr);
        CPPUNIT_ASSERT(slots.find(slab<int>::capacity) == nullptr);
        CPPUNIT_ASSERT(slots.find(~std::uint32_t{0}) == nullptr);
    }

    void slots_are_made_by_the_chunk_and_destroyed_with_the_slab() {
        {
            slab<counted> slots;
            CPPUNIT_ASSERT_EQUAL(0, counted::alive);
            for (int i = 0; i < 65; ++i) static_cast<void>(slots.acquire());
            CPPUNIT_ASSERT_EQUAL(64 + 128, counted::alive);
        }
        CPPUNIT_ASSERT_EQUAL(0, counted::alive);
    }

    void a_sealed_slab_refuses_and_shows_every_slot_once() {
        slab<int> slots;
        for (int i = 0; i < 100; ++i) static_cast<void>(slots.acquire());
        slots.release(50);
        int seen = 0;
        slots.seal([&seen](int& value) {
            ++value;
            ++seen;
        });
        CPPUNIT_ASSERT_EQUAL(100, seen);
        for (std::uint32_t i = 0; i < 100; ++i) CPPUNIT_ASSERT_EQUAL(1, *slots.find(i));
        CPPUNIT_ASSERT(!slots.acquire());
        slots.release(51);
        CPPUNIT_ASSERT(!slots.acquire());
    }

    void two_threads_never_have_the_same_slot() {
        struct guarded {
            sync::atomic<int> holders{0};
        };
        slab<guarded> slots;
        sync::atomic<int> clashes{0};
        const auto use_slots = [&slots, &clashes] {
            for (int i = 0; i < 2'000; ++i) {
                std::vector<slab<guarded>::acquired> mine;
                for (int k = 0; k < 3; ++k) mine.push_back(slots.acquire().value());
                // Relaxed: only whether two overlap is asked, and the lock orders one after another.
                for (const auto& got : mine)
                    if (got.slot->holders.fetch_add(1, sync::relaxed) != 0)
                        clashes.fetch_add(1, sync::relaxed);
                for (const auto& got : mine) {
                    if (slots.find(got.index) != got.slot) clashes.fetch_add(1, sync::relaxed);
                    got.slot->holders.fetch_sub(1, sync::relaxed);
                    slots.release(got.index);
                }
            }
        };
        sync::thread one("one", use_slots);
        sync::thread two("two", use_slots);
        one.join();
        two.join();
        CPPUNIT_ASSERT_EQUAL(0, clashes.load(sync::relaxed));
        CPPUNIT_ASSERT(slots.find(64) == nullptr);  // Six slots have been enough.
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(slab_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
