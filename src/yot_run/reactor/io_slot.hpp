// yot_run/reactor/io_slot.hpp: what the reactor keeps of one registered descriptor.
//
// A slot never moves and is never freed before the reactor is, so that an event may look at it at any
// time. Between two registrations it is empty: no waker, and a generation that no token has.
#pragma once

#include <yot_run/reactor/readiness_word.hpp>
#include <yot_run/task/waker_slot.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {

struct io_slot {
    slot_state state;
    waker_slot reader;
    waker_slot writer;

    [[nodiscard]] waker_slot& waiting(direction way) noexcept {
        return way == direction::read ? reader : writer;
    }
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
