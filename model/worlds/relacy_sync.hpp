// model/worlds/relacy_sync.hpp: the `sync` seam on Relacy: the first checker.
//
// Its memory is C++11's, and not all of that (litmus/ shows what is missing): a
// read-modify-write reads the newest value only, a store goes to the end of the modification order,
// values older than the last two are forgotten. What it finds it finds fast; see view_sync.hpp for
// the other one.
#pragma once

#include <model/worlds/engine.hpp>

namespace yot_run::inline YOT_RUN_WORLD::sync::internal {

// What a thread knows of the memory, besides Relacy's vector clocks: nothing here.
struct handover {
    void give() {}
    void take() {}
};

// An execution starts; its threads start; they have ended.
inline void execution_begins() {}
inline void threads_begin() {}
inline void threads_ended() {}

// rl::atomic with a constructor that is a write, and an end.
template <class R>
class location {
    using where = model::where;

public:
    location(R value, const where& at) : life_(this, "atomic", at) {
        const rl::preemption_disabler alone(rl::ctx());
        atomic_.store(value, rl::mo_relaxed, {model::constructor_mark, at.file, at.line});
    }

    R load(std::memory_order order, const where& at) const {
        const R value = atomic_.load(relacy(order), model::info_of(at));
        life_.use(at);
        return value;
    }
    void store(R value, std::memory_order order, const where& at) {
        life_.use(at);
        atomic_.store(value, relacy(order), model::info_of(at));
    }
    template <rl::rmw_type_e kind>
    R modify(rl::rmw_type_t<kind> tag, R operand, std::memory_order order, const where& at) {
        life_.use(at);
        return atomic_.rmw(tag, operand, relacy(order), model::info_of(at));
    }
    template <bool weak>
    bool exchange_if(R& found, R desired, std::memory_order success, std::memory_order failure,
                     const where& at) {
        life_.use(at);
        return atomic_.compare_exchange(rl::bool_t<weak>(), found, desired, relacy(success),
                                        relacy(failure), model::info_of(at));
    }

private:
    [[nodiscard]] static rl::memory_order relacy(std::memory_order order) {
        switch (order) {
            case std::memory_order::relaxed: return rl::mo_relaxed;
            case std::memory_order::consume: return rl::mo_consume;
            case std::memory_order::acquire: return rl::mo_acquire;
            case std::memory_order::release: return rl::mo_release;
            case std::memory_order::acq_rel: return rl::mo_acq_rel;
            case std::memory_order::seq_cst: break;
        }
        return rl::mo_seq_cst;
    }

    rl::atomic<R> atomic_;
    model::watched_object life_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::sync::internal

#include <model/worlds/atomic.hpp>
#include <model/worlds/blocking.hpp>
