// yot_run/reactor/selector_event.hpp: what a selector reports, whatever the system calls it.
#pragma once

#include <yot_run/reactor/readiness_word.hpp>
#include <yot_run/sync/sync.hpp>

#include <cstddef>
#include <cstdint>

namespace yot_run::inline YOT_RUN_WORLD::internal {

struct selector_event {
    std::uint64_t token = 0;
    bool readable = false;
    bool writable = false;
    bool read_closed = false;   // Nothing more will arrive: reading never waits again.
    bool write_closed = false;  // Nothing more can be sent: writing never waits again.
    bool error = false;         // There is something that only an attempt can tell, either way.

    [[nodiscard]] constexpr ready_bits bits() const noexcept {
        ready_bits result = ready_bits::none;
        if (readable || error) result = result | ready_bits::readable;
        if (writable || error) result = result | ready_bits::writable;
        if (read_closed) result = result | ready_bits::read_closed;
        if (write_closed) result = result | ready_bits::write_closed;
        return result;
    }
    constexpr bool operator==(const selector_event&) const = default;
};

// How one wait ended.
struct selector_wait {
    std::size_t events = 0;  // How many were written.
    bool woken = false;      // A wake() came before or during the wait.
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
