// yot_run/reactor/readiness_word.hpp: what is known of one registered descriptor, in one word.
//
//   generation | tick | readiness
//
//   generation  which registration the slot belongs to; an event for an earlier one finds nobody.
//   tick        counts the events delivered, so that a clear knows whether one came meanwhile.
//   readiness   readable, writable          cleared by the operation that found otherwise
//               read_closed, write_closed   stay until the generation ends
//               shut_down                   stays for ever: the reactor has shut down
//
//                open          deliver          clear             close          shut_down
//   generation   -             must match (1)   must match (1)    + 1            -
//   tick         0             + 1              must match (1)    0              -
//   readiness    optimistic    | events         without one bit   none           | shut_down
//   (1) otherwise nothing changes.   optimistic: readable and writable, for the first attempt tells.
//
// An error has no bit. It makes both directions ready, and each of them finds the error, or EAGAIN,
// by trying. A bit for it would be shared: cleared by one direction it would be lost to the other,
// and never cleared it would make a task spin.
// The tick (24 bits) fails only if a multiple of 16,777,216 events is delivered after the value that
// an operation observed and before its clear, the last ones after its system call; the generation (32
// bits) only if a slot is reused as often between the kernel's report of an event and its delivery.
// Checked by: readiness_word_test.cpp (every transition of every tiny word),
// model/readiness_widths.cpp, model/registration.cpp (E1, E2).
#pragma once

#include <yot_run/sync/sync.hpp>

#include <cstdint>

namespace yot_run::inline YOT_RUN_WORLD::internal {

enum class direction : unsigned char { read, write };

// A set of the things that can be ready.
enum class ready_bits : std::uint8_t {
    none = 0,
    readable = 1,
    writable = 2,
    read_closed = 4,
    write_closed = 8,
    shut_down = 16,
};
[[nodiscard]] constexpr ready_bits operator|(ready_bits a, ready_bits b) noexcept {
    return ready_bits(unsigned(a) | unsigned(b));
}
[[nodiscard]] constexpr ready_bits operator&(ready_bits a, ready_bits b) noexcept {
    return ready_bits(unsigned(a) & unsigned(b));
}
[[nodiscard]] constexpr ready_bits without(ready_bits from, ready_bits what) noexcept {
    return ready_bits(unsigned(from) & ~unsigned(what));
}
// The bit that an operation in this direction waits for and clears.
[[nodiscard]] constexpr ready_bits open_bit(direction way) noexcept {
    return way == direction::read ? ready_bits::readable : ready_bits::writable;
}
[[nodiscard]] constexpr ready_bits closed_bit(direction way) noexcept {
    return way == direction::read ? ready_bits::read_closed : ready_bits::write_closed;
}
// True: an operation in this direction would not wait.
[[nodiscard]] constexpr bool concerns(ready_bits bits, direction way) noexcept {
    return (bits & (open_bit(way) | closed_bit(way) | ready_bits::shut_down)) != ready_bits::none;
}

// The word as a value. The widths are parameters so that a test can see them wrap.
template <unsigned GenerationBits, unsigned TickBits>
struct basic_readiness_word {
    static constexpr unsigned ready_width = 8;
    static_assert(GenerationBits <= 32 && GenerationBits + TickBits + ready_width <= 64);
    static constexpr std::uint64_t tick_mask = (std::uint64_t{1} << TickBits) - 1;
    static constexpr std::uint64_t generation_mask = (std::uint64_t{1} << GenerationBits) - 1;

    std::uint64_t bits = 0;

    [[nodiscard]] static constexpr basic_readiness_word of(std::uint64_t generation,
                                                           std::uint64_t tick,
                                                           ready_bits ready) noexcept {
        return {(generation & generation_mask) << (TickBits + ready_width) |
                (tick & tick_mask) << ready_width | std::uint64_t(ready)};
    }
    [[nodiscard]] constexpr std::uint32_t generation() const noexcept {
        return std::uint32_t(bits >> (TickBits + ready_width) & generation_mask);
    }
    [[nodiscard]] constexpr std::uint64_t tick() const noexcept {
        return bits >> ready_width & tick_mask;
    }
    [[nodiscard]] constexpr ready_bits ready() const noexcept { return ready_bits(bits & 0xff); }
    [[nodiscard]] constexpr bool is_ready(direction way) const noexcept {
        return concerns(ready(), way);
    }
    [[nodiscard]] constexpr bool is_closed(direction way) const noexcept {
        return (ready() & closed_bit(way)) != ready_bits::none;
    }
    [[nodiscard]] constexpr bool is_shut_down() const noexcept {
        return (ready() & ready_bits::shut_down) != ready_bits::none;
    }

    [[nodiscard]] constexpr basic_readiness_word after_open() const noexcept {
        return of(generation(), 0,
                  (ready() & ready_bits::shut_down) | ready_bits::readable | ready_bits::writable);
    }
    [[nodiscard]] constexpr basic_readiness_word after_deliver(std::uint32_t to,
                                                               ready_bits events) const noexcept {
        if (to != generation()) return *this;
        return of(generation(), tick() + 1, ready() | events);
    }
    [[nodiscard]] constexpr basic_readiness_word after_clear(
        direction way, basic_readiness_word seen) const noexcept {
        if (seen.generation() != generation() || seen.tick() != tick()) return *this;
        return of(generation(), tick(), without(ready(), open_bit(way)));
    }
    [[nodiscard]] constexpr basic_readiness_word after_close() const noexcept {
        return of(generation() + std::uint64_t{1}, 0, ready() & ready_bits::shut_down);
    }
    [[nodiscard]] constexpr basic_readiness_word after_shut_down() const noexcept {
        return of(generation(), tick(), ready() | ready_bits::shut_down);
    }
    constexpr bool operator==(const basic_readiness_word&) const = default;
};

// The word as threads share it.
//
// Order: what the word says of a descriptor is checked by the system call that follows. Who sees a
// change is decided by the waker_slot beside it: deliver, then take(); register_waker(), then
// observe(). A slot's reuse is ordered by the slab's lock. But a load may be out of date, so every
// decision falls in a read-modify-write, which is not: even one that changes nothing, such as the
// refusal of an event, which would otherwise rest on nothing but the kernel's having reported it
// later than the slot was opened.
// E1 and E2 are for an execution in which a load takes effect late (load buffering): an observation
// that has the tick of an event which came only after the system call that found nothing. clear()
// would take the event for an older one, and forget it. With E1 and E2 the turn that reported the
// event happens before that system call, which then finds what was reported.
template <unsigned GenerationBits, unsigned TickBits>
class basic_slot_state {
public:
    using word = basic_readiness_word<GenerationBits, TickBits>;

    basic_slot_state() noexcept : word_(0) {}

    // Any thread, at any time.
    [[nodiscard]] word observe() const noexcept {
        return {word_.load(sync::acquire)};  // E1, see E2.
    }
    // True: the event is for this generation and has been noted. False: it was for an earlier one.
    // Any thread, at any time.
    [[nodiscard]] bool deliver(std::uint32_t generation, ready_bits events) noexcept {
        const word before = apply([=](word now) { return now.after_deliver(generation, events); });
        return before.generation() == generation;
    }
    // An operation in this direction found out that it must wait. Does nothing if an event came
    // since `seen` was observed, which must have been before the operation. REQUIRES: the slot is the
    // caller's.
    void clear(direction way, word seen) noexcept {
        apply([=](word now) { return now.after_clear(way, seen); });
    }
    // Begins a registration, and returns its generation. REQUIRES: the slot is the caller's.
    [[nodiscard]] std::uint32_t open() noexcept {
        return apply([](word now) { return now.after_open(); }).generation();
    }
    // Ends it: no event is delivered to it from now on. REQUIRES: the slot is the caller's.
    void close() noexcept {
        apply([](word now) { return now.after_close(); });
    }
    // Any thread, at any time.
    void shut_down() noexcept {
        apply([](word now) { return now.after_shut_down(); });
    }

private:
    // Returns the word before.
    template <class Transition>
    word apply(Transition transition) noexcept {
        std::uint64_t seen = word_.load(sync::relaxed);  // A guess, which the exchange confirms.
        // E2 releases to E1; see the class.
        while (!word_.compare_exchange_weak(seen, transition(word{seen}).bits, sync::release,
                                            sync::relaxed)) {
        }
        return {seen};
    }

    sync::atomic<std::uint64_t> word_;
};

using readiness_word = basic_readiness_word<32, 24>;
using slot_state = basic_slot_state<32, 24>;

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
