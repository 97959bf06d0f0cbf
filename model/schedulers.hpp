// model/schedulers.hpp: how a search goes through the executions: Relacy's schedulers, with two
// things changed.
//
// Relacy takes any thread with the same probability at each step. So it would hardly ever let one
// thread stand still while another runs a long way, and a thread of few steps would only meet the
// first ones of a longer one. Here a random execution decides first how readily it switches.
//
// When memory is freed Relacy decides at random whether to reuse it at once. In a tree search each
// such choice doubles the tree and hardly ever shows anything new: here it is reused at once.
#pragma once

#include <model/worlds/engine.hpp>

namespace model {

template <unsigned Threads>
class random_scheduler : public rl::random_scheduler<rl::thread_id_t{Threads}> {
    using base = rl::random_scheduler<rl::thread_id_t{Threads}>;

public:
    using base::base;

    rl::thread_id_t iteration_begin(rl::iteration_t execution) {
        choices_.seed(~execution);
        steps_in_a_row_ = 1U << choices_.rand() % 5;
        return base::iteration_begin(execution);
    }
    rl::thread_id_t schedule(rl::unpark_reason& reason, unsigned yield) {
        const auto* const present = this->thread_;
        if (yield == 0 && present->state_ == rl::thread_state_running &&
            choices_.rand() % steps_in_a_row_ != 0) {
            reason = rl::unpark_reason_normal;
            return present->index_;
        }
        return base::schedule(reason, yield);
    }

private:
    rl::random_generator choices_;
    unsigned steps_in_a_row_ = 1;  // On average.
};

template <class Base>
class tree_scheduler : public Base {
public:
    using Base::Base;

    unsigned rand(unsigned limit, rl::sched_type why) {
        constexpr unsigned reused_at_once = 1;
        return why == rl::sched_type_mem_realloc ? reused_at_once : Base::rand(limit, why);
    }
};

template <unsigned Threads>
using full_scheduler = tree_scheduler<rl::full_search_scheduler<rl::thread_id_t{Threads}>>;
template <unsigned Threads>
using bounded_scheduler = tree_scheduler<rl::context_bound_scheduler<rl::thread_id_t{Threads}>>;

template <class Suite, template <unsigned> class Scheduler>
void simulate_with(rl::test_params& parameters) {
    using scheduler = Scheduler<unsigned{Suite::params::thread_count}>;
    rl::ostringstream state;
    if (rl::run_test<Suite, scheduler>(parameters, state, false) == rl::test_result_success) return;
    if (parameters.collect_history) return;
    // Once more, for the history.
    parameters.initial_state = parameters.final_state = state.str();
    parameters.collect_history = true;
    const rl::test_result_e found = parameters.test_result;
    rl::ostringstream unused;
    rl::run_test<Suite, scheduler>(parameters, unused, true);
    if (parameters.test_result != found) {
        std::fputs("model: not deterministic: an execution went another way the second time\n",
                   stderr);
        std::abort();
    }
}

// Searches until something is found, or everything was seen that there is to see, or as many random
// executions as were asked for; leaves result and history in `parameters`.
template <class Suite>
void simulate(rl::test_params& parameters) {
    switch (parameters.search_type) {
        case rl::sched_random: return simulate_with<Suite, random_scheduler>(parameters);
        case rl::sched_bound: return simulate_with<Suite, bounded_scheduler>(parameters);
        default: return simulate_with<Suite, full_scheduler>(parameters);
    }
}

}  // namespace model
