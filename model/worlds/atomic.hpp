// model/worlds/atomic.hpp: sync::atomic of a checker: as std::atomic, but every order is spelled
// out.
//
// Included by a world after it has defined `location<R>`, which knows how memory behaves; this part
// knows the types, the mutations (order_sites.hpp) and the trace. R is an integer, bool or a
// pointer.
#pragma once

#include <model/worlds/engine.hpp>

#include <bit>
#include <type_traits>

namespace yot_run::inline YOT_RUN_WORLD::sync {

inline constexpr std::memory_order relaxed = std::memory_order_relaxed;
inline constexpr std::memory_order acquire = std::memory_order_acquire;
inline constexpr std::memory_order release = std::memory_order_release;
inline constexpr std::memory_order acq_rel = std::memory_order_acq_rel;
inline constexpr std::memory_order seq_cst = std::memory_order_seq_cst;

namespace internal {

template <class T>
struct representation {
    using type = T;
};
template <class T>
    requires std::is_enum_v<T>
struct representation<T> {
    using type = std::underlying_type_t<T>;
};

// Pointers differ from one execution to the next that is otherwise the same: so their rank is
// noted.
template <class R>
std::uint64_t traceable(R value) {
    if constexpr (std::is_pointer_v<R>)
        return value == nullptr ? 0 : rl::ctx().get_addr_hash(value) + 1;
    else return std::uint64_t(value);
}

[[nodiscard]] inline std::memory_order as_load(std::memory_order order) {
    return order == release ? relaxed : order == acq_rel ? acquire : order;
}
[[nodiscard]] inline std::memory_order as_store(std::memory_order order) {
    return order == acquire ? relaxed : order == acq_rel ? release : order;
}
// The strongest failure order that is no stronger than the success order, and no stronger than
// `wanted`.
[[nodiscard]] inline std::memory_order failure_order(std::memory_order success,
                                                     std::memory_order wanted) {
    const std::memory_order limit = as_load(success);
    return limit == seq_cst || wanted == limit ? wanted : relaxed;
}

}  // namespace internal

template <class T>
class atomic {
    using R = typename internal::representation<T>::type;
    using where = model::where;
    using op = model::operation;
    using how = model::alteration;

public:
    using value_type = T;

    atomic() : atomic(T{}) {}
    atomic(T value, where at = where::here()) : location_(R(value), at) {}
    atomic(const atomic&) = delete;
    atomic& operator=(const atomic&) = delete;

    T load(std::memory_order order, where at = where::here()) const {
        return seen(location_.load(model::plan_at(op::load, order, at).order, at), at);
    }
    void store(T value, std::memory_order order, where at = where::here()) {
        const model::plan plan = model::plan_at(op::store, order, at);
        if (plan.how == how::dropped) return;
        location_.store(R(value), plan.order, at);
        seen(R(value), at);
    }
    T exchange(T value, std::memory_order order, where at = where::here()) {
        return modify<rl::rmw_type_swap>(R(value), order, at);
    }
    template <class Difference>
    T fetch_add(Difference value, std::memory_order order, where at = where::here()) {
        return modify<rl::rmw_type_add>(R(value), order, at);
    }
    template <class Difference>
    T fetch_sub(Difference value, std::memory_order order, where at = where::here()) {
        return modify<rl::rmw_type_sub>(R(value), order, at);
    }
    T fetch_and(T value, std::memory_order order, where at = where::here()) {
        return modify<rl::rmw_type_and>(R(value), order, at);
    }
    T fetch_or(T value, std::memory_order order, where at = where::here()) {
        return modify<rl::rmw_type_or>(R(value), order, at);
    }
    T fetch_xor(T value, std::memory_order order, where at = where::here()) {
        return modify<rl::rmw_type_xor>(R(value), order, at);
    }
    bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                               std::memory_order failure, where at = where::here()) {
        return exchange_if<true>(expected, desired, success, failure, at);
    }
    bool compare_exchange_strong(T& expected, T desired, std::memory_order success,
                                 std::memory_order failure, where at = where::here()) {
        return exchange_if<false>(expected, desired, success, failure, at);
    }

private:
    T seen(R value, const where& at) const {
        model::trace().add(at, internal::traceable(value));
        return T(value);
    }

    template <rl::rmw_type_e kind>
    T modify(R operand, std::memory_order order, const where& at) {
        const model::plan plan = model::plan_at(op::rmw, order, at);
        const rl::rmw_type_t<kind> tag{};
        if (plan.how == how::split) {
            const R before = location_.load(internal::as_load(order), at);
            location_.store(R(rl::perform_rmw(tag, before, operand)), internal::as_store(order),
                            at);
            return seen(before, at);
        }
        return seen(location_.modify(tag, operand, plan.order, at), at);
    }

    template <bool weak>
    bool exchange_if(T& expected, T desired, std::memory_order success, std::memory_order failure,
                     const where& at) {
        if (internal::failure_order(success, failure) != failure)
            model::fail(rl::test_result_inconsistent_test_suite,
                        "the failure order of a CAS is stronger than its success order", at);
        const model::plan plan = model::plan_at(op::cas, success, at);
        const model::plan plan_of_failure = model::plan_at(op::cas_failure, failure, at);
        R found = R(expected);
        bool exchanged;
        if (plan.how == how::split) {
            found = location_.load(internal::as_load(success), at);
            exchanged = found == R(expected);
            if (exchanged) location_.store(R(desired), internal::as_store(success), at);
        } else {
            exchanged = location_.template exchange_if<weak>(
                found, R(desired), plan.order,
                internal::failure_order(plan.order, plan_of_failure.order), at);
        }
        model::trace().add(exchanged);
        if (!exchanged) expected = T(found);
        seen(found, at);
        return exchanged;
    }

    internal::location<R> location_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
