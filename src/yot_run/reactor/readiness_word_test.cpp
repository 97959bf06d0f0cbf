#include <yot_run/reactor/readiness_word.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using tiny = basic_readiness_word<2, 2>;

constexpr std::array<direction, 2> both_ways{direction::read, direction::write};
constexpr unsigned all_bits = 32;  // One more than the largest set of bits.

// What the word stands for, spelled out.
struct meaning {
    unsigned generation;
    unsigned tick;
    unsigned ready;
    bool operator==(const meaning&) const = default;
};

meaning meaning_of(tiny word) {
    return {word.generation(), unsigned(word.tick()), unsigned(word.ready())};
}

std::vector<tiny> all_words() {
    std::vector<tiny> words;
    for (unsigned generation = 0; generation < 4; ++generation)
        for (unsigned tick = 0; tick < 4; ++tick)
            for (unsigned ready = 0; ready < all_bits; ++ready)
                words.push_back(tiny::of(generation, tick, ready_bits(ready)));
    return words;
}

// Transitions are usable at compile time.
static_assert(readiness_word{}.after_open().is_ready(direction::read));
static_assert(!readiness_word{}.is_ready(direction::write));
static_assert(readiness_word{}.after_close().generation() == 1);

}  // namespace

class readiness_word_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(readiness_word_test);
    CPPUNIT_TEST(the_parts_of_a_word_come_back_unchanged);
    CPPUNIT_TEST(a_direction_is_ready_by_its_own_bits_and_by_shutdown);
    CPPUNIT_TEST(open_begins_optimistic_and_stays_shut_down);
    CPPUNIT_TEST(an_event_is_added_in_its_generation_only);
    CPPUNIT_TEST(clear_takes_one_bit_and_only_if_no_event_came_since);
    CPPUNIT_TEST(close_begins_another_generation);
    CPPUNIT_TEST(shutdown_adds_its_bit_and_nothing_else);
    CPPUNIT_TEST(the_shipping_word_wraps_as_the_tiny_one_does);
    CPPUNIT_TEST(a_slot_delivers_to_its_present_generation_only);
    CPPUNIT_TEST(an_event_between_the_attempt_and_the_clear_is_kept);
    CPPUNIT_TEST(a_clear_never_clears_what_is_closed);
    CPPUNIT_TEST(a_slot_that_was_shut_down_stays_so_in_the_next_generation);
    CPPUNIT_TEST_SUITE_END();

public:
    void the_parts_of_a_word_come_back_unchanged() {
        for (const tiny word : all_words()) {
            const meaning is = meaning_of(word);
            CPPUNIT_ASSERT(word == tiny::of(is.generation, is.tick, ready_bits(is.ready)));
        }
    }

    void a_direction_is_ready_by_its_own_bits_and_by_shutdown() {
        for (const tiny word : all_words()) {
            const unsigned ready = meaning_of(word).ready;
            CPPUNIT_ASSERT_EQUAL((ready & (1 | 4 | 16)) != 0, word.is_ready(direction::read));
            CPPUNIT_ASSERT_EQUAL((ready & (2 | 8 | 16)) != 0, word.is_ready(direction::write));
            CPPUNIT_ASSERT_EQUAL((ready & 4) != 0, word.is_closed(direction::read));
            CPPUNIT_ASSERT_EQUAL((ready & 8) != 0, word.is_closed(direction::write));
            CPPUNIT_ASSERT_EQUAL((ready & 16) != 0, word.is_shut_down());
        }
    }

    void open_begins_optimistic_and_stays_shut_down() {
        for (const tiny word : all_words()) {
            const meaning was = meaning_of(word);
            const meaning expected{was.generation, 0, (was.ready & 16) | 1 | 2};
            CPPUNIT_ASSERT(meaning_of(word.after_open()) == expected);
        }
    }

    void an_event_is_added_in_its_generation_only() {
        for (const tiny word : all_words()) {
            const meaning was = meaning_of(word);
            for (unsigned to = 0; to < 4; ++to) {
                for (unsigned events = 0; events < all_bits; ++events) {
                    const meaning expected =
                        to == was.generation ? meaning{to, (was.tick + 1) % 4, was.ready | events}
                                             : was;
                    const tiny after = word.after_deliver(to, ready_bits(events));
                    CPPUNIT_ASSERT(meaning_of(after) == expected);
                }
            }
        }
    }

    void clear_takes_one_bit_and_only_if_no_event_came_since() {
        for (const tiny word : all_words()) {
            const meaning was = meaning_of(word);
            for (const tiny seen : all_words()) {
                const meaning then = meaning_of(seen);
                const bool same = then.generation == was.generation && then.tick == was.tick;
                for (const direction way : both_ways) {
                    const unsigned bit = way == direction::read ? 1 : 2;
                    meaning expected = was;
                    if (same) expected.ready &= ~bit;
                    CPPUNIT_ASSERT(meaning_of(word.after_clear(way, seen)) == expected);
                }
            }
        }
    }

    void close_begins_another_generation() {
        for (const tiny word : all_words()) {
            const meaning was = meaning_of(word);
            const meaning expected{(was.generation + 1) % 4, 0, was.ready & 16};
            CPPUNIT_ASSERT(meaning_of(word.after_close()) == expected);
        }
    }

    void shutdown_adds_its_bit_and_nothing_else() {
        for (const tiny word : all_words()) {
            const meaning was = meaning_of(word);
            const meaning expected{was.generation, was.tick, was.ready | 16};
            CPPUNIT_ASSERT(meaning_of(word.after_shut_down()) == expected);
        }
    }

    void the_shipping_word_wraps_as_the_tiny_one_does() {
        const auto last = readiness_word::of(0xffff'ffff, 0xff'ffff, ready_bits::readable);
        const auto next = last.after_deliver(0xffff'ffff, ready_bits::writable);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, next.tick());
        CPPUNIT_ASSERT_EQUAL(0xffff'ffffU, next.generation());
        CPPUNIT_ASSERT(next.ready() == (ready_bits::readable | ready_bits::writable));
        CPPUNIT_ASSERT_EQUAL(0U, last.after_close().generation());
    }

    void a_slot_delivers_to_its_present_generation_only() {
        slot_state slot;
        const std::uint32_t first = slot.open();
        slot.close();
        const std::uint32_t second = slot.open();
        const auto before = slot.observe();
        CPPUNIT_ASSERT(!slot.deliver(first, ready_bits::read_closed));
        CPPUNIT_ASSERT(slot.observe() == before);
        CPPUNIT_ASSERT(slot.deliver(second, ready_bits::read_closed));
        CPPUNIT_ASSERT(slot.observe().is_closed(direction::read));
        slot.close();
        CPPUNIT_ASSERT(!slot.deliver(second, ready_bits::readable));
        CPPUNIT_ASSERT(slot.observe().ready() == ready_bits::none);
    }

    void an_event_between_the_attempt_and_the_clear_is_kept() {
        slot_state slot;
        const std::uint32_t generation = slot.open();
        const auto seen = slot.observe();
        CPPUNIT_ASSERT(slot.deliver(generation, ready_bits::readable));
        slot.clear(direction::read, seen);
        CPPUNIT_ASSERT(slot.observe().is_ready(direction::read));
        slot.clear(direction::read, slot.observe());
        CPPUNIT_ASSERT(!slot.observe().is_ready(direction::read));
        CPPUNIT_ASSERT(slot.observe().is_ready(direction::write));
    }

    void a_clear_never_clears_what_is_closed() {
        slot_state slot;
        const std::uint32_t generation = slot.open();
        CPPUNIT_ASSERT(
            slot.deliver(generation, ready_bits::read_closed | ready_bits::write_closed));
        for (const direction way : both_ways) slot.clear(way, slot.observe());
        for (const direction way : both_ways) CPPUNIT_ASSERT(slot.observe().is_ready(way));
    }

    void a_slot_that_was_shut_down_stays_so_in_the_next_generation() {
        slot_state slot;
        slot.shut_down();
        static_cast<void>(slot.open());
        CPPUNIT_ASSERT(slot.observe().is_shut_down());
        for (const direction way : both_ways) slot.clear(way, slot.observe());
        for (const direction way : both_ways) CPPUNIT_ASSERT(slot.observe().is_ready(way));
        slot.close();
        static_cast<void>(slot.open());
        CPPUNIT_ASSERT(slot.observe().is_shut_down());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(readiness_word_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
