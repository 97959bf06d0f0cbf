// yot_run/reactor/timer_wheel.hpp: which timers are due, for any number of them.
//
// Time is a count of ticks. Written in digits of six bits, a deadline first differs from the present
// in some digit: that digit's position is the level at which the timer is kept, and its value there
// the slot. Below level 0 nothing differs: the slot is one tick. When the present reaches the first
// tick of a slot of a higher level, its timers are dealt out to the levels below. Eleven levels of 64
// slots take every 64-bit tick, so no deadline is out of range, and nothing has to be clamped.
//
// Invariant: a timer at level l agrees with the present in all digits above l, and is above it in
// digit l (at level 0: or equal). So all of a level comes before all of the next higher one, and the
// first slot in use of the lowest level in use is the next to be reached: two bit scans find it.
//
// A wheel and not a heap: most timers are timeouts that never fire, so what counts is insert and
// remove. Here both are O(1), neither can fail, and the nodes lie in the futures that wait; a heap
// costs O(log n), moves its elements about under everyone's lock, needs an array that may have to
// grow, and each node needs its index there. What the wheel gives up, order within a tick, the
// kernel's wait would not keep either. Its price is 11 KiB, and that a far timer is dealt out up to
// ten times before it fires (once for every six bits of its distance).
// Source: Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987, scheme 7.
//
// A pure data structure: no lock, no clock.
// Checked by: timer_wheel_test.cpp (against a std::multimap), fuzz/targets/timer_wheel.cpp.
#pragma once

#include <yot_run/reactor/timer_list.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class timer_wheel {
public:
    timer_wheel() = default;
    timer_wheel(const timer_wheel&) = delete;
    timer_wheel& operator=(const timer_wheel&) = delete;
    // REQUIRES: empty.
    ~timer_wheel() = default;

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    // The present: the largest tick that was ever given to advance().
    [[nodiscard]] std::uint64_t now() const noexcept { return now_; }

    // A deadline that has passed counts as the present. REQUIRES: the node is in no list. O(1).
    void insert(timer_node& node, std::uint64_t deadline) noexcept;
    // Takes a node out before it has fired. REQUIRES: it is in this wheel. O(1).
    void remove(timer_node& node) noexcept;

    // When advance() has something to do next: never later than the earliest deadline, and exactly
    // that once the present differs from it in the last digit only. A driver that waits for this
    // tick each time comes early at most ten times for one timer. Nothing when the wheel is empty.
    // O(1).
    [[nodiscard]] std::optional<std::uint64_t> next_deadline() const noexcept;

    // Makes `now` the present (unless it has passed) and moves all nodes whose deadline is not later
    // to the end of `fired`: in the order of their deadlines, and those of one tick in the order in
    // which they were inserted. O(1) for each node that fires or goes down a level, however far the
    // step is.
    void advance(std::uint64_t now, timer_list& fired) noexcept;

    // Moves all nodes to the end of `out`, in no particular order.
    void drain(timer_list& out) noexcept;

private:
    static constexpr unsigned digit_bits = 6;
    static constexpr unsigned slots_per_level = 1U << digit_bits;
    static constexpr unsigned levels = 11;

    struct place {
        unsigned level;
        unsigned slot;
    };
    void link(timer_node& node) noexcept;
    // Takes a slot's nodes; those of `out` stay in front.
    void take(place from, timer_list& out) noexcept;
    void mark_empty(place which) noexcept;
    // REQUIRES: not empty.
    [[nodiscard]] place next_place() const noexcept;
    [[nodiscard]] std::uint64_t first_tick_of(place which) const noexcept;

    std::uint64_t now_ = 0;
    std::size_t size_ = 0;
    std::uint32_t levels_in_use_ = 0;                   // A bit for each level.
    std::array<std::uint64_t, levels> slots_in_use_{};  // A bit for each slot.
    std::array<std::array<timer_list, slots_per_level>, levels> slots_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
