// model/worlds/vector_clock.hpp: how much of each thread's past is known; Relacy keeps such a clock for
// each thread, and finds data races with it.
#pragma once

#include <model/worlds/engine.hpp>

#include <algorithm>

namespace model {

[[nodiscard]] constexpr bool acquires(std::memory_order order) {
    return order != std::memory_order_relaxed && order != std::memory_order_release;
}
[[nodiscard]] constexpr bool releases(std::memory_order order) {
    return order != std::memory_order_relaxed && order != std::memory_order_acquire;
}

// A copy of Relacy's vector clock of a thread.
class vector_clock {
public:
    [[nodiscard]] rl::timestamp_t of(unsigned thread) const { return at_[thread]; }
    void join(const vector_clock& other) {
        for (unsigned i = 0; i < max_threads; ++i) at_[i] = std::max(at_[i], other.at_[i]);
    }
    [[nodiscard]] static vector_clock of_current_thread() {
        vector_clock copy;
        const rl::context& context = rl::ctx();
        for (unsigned i = 0; i < threads(context); ++i)
            copy.at_[i] = context.threadx_->acq_rel_order_[i];
        return copy;
    }
    void join_into_current_thread() const {
        const rl::context& context = rl::ctx();
        rl::timestamp_t* const clock = context.threadx_->acq_rel_order_;
        for (unsigned i = 0; i < threads(context); ++i) clock[i] = std::max(clock[i], at_[i]);
    }

private:
    static unsigned threads(const rl::context& context) {
        return unsigned(context.get_thread_count());
    }
    rl::timestamp_t at_[max_threads] = {};
};

}  // namespace model
