// model/worlds/engine.hpp: what both checkers take from Relacy: fibers, schedulers, histories,
// vector clocks, tracked memory; and what they need besides.
//
// Relacy's parts are included one by one: its umbrella headers redefine `new`, `free`, `assert` and
// the memory orders as macros. Two parts are replaced: its random generator, whose low bits decide
// everything and repeat (a model with 2.7 million interleavings got 9,172 of them, however long it
// ran), and its fibers (fibers.hpp).
#pragma once

#include <model/history.hpp>
#include <model/order_sites.hpp>
#include <model/worlds/fibers.hpp>

#include <relacy/base.hpp>

#define RL_RANDOM_HPP  // Keeps Relacy's own out.
namespace rl {

// splitmix64 (Steele, Lea, Flood, OOPSLA 2014). One execution of a random search is one seed.
struct random_generator {
    std::uint64_t state;

    static std::uint64_t mix(std::uint64_t bits) {
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9U;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBU;
        return bits ^ (bits >> 31);
    }
    void seed(iteration_t execution) { state = mix(execution * 0xD1342543DE82EF95U + 1); }
    unsigned rand() {
        state += 0x9E3779B97F4A7C15U;
        return unsigned(mix(state) >> 33);
    }
};

}  // namespace rl

// The order matters to Relacy.
// clang-format off
#include <relacy/context.hpp>
#include <relacy/context_base_impl.hpp>
#include <relacy/backoff.hpp>
#include <relacy/atomic_fence.hpp>
#include <relacy/atomic.hpp>
#include <relacy/var.hpp>
#include <relacy/thread_local.hpp>
#include <relacy/test_suite.hpp>
#include <relacy/dyn_thread.hpp>
#include <relacy/stdlib/mutex.hpp>
#include <relacy/stdlib/condition_variable.hpp>
#include <relacy/stdlib/semaphore.hpp>
#include <relacy/stdlib/event.hpp>
// clang-format on
#undef $

namespace model {

// Threads of one model, those that it starts itself included.
inline constexpr unsigned max_threads = 8;

[[nodiscard]] inline rl::debug_info info_of(const where& at) {
    return {at.function, at.file, at.line};
}

[[nodiscard]] inline unsigned current_thread() { return unsigned(rl::ctx().threadx_->index_); }

// Ends the execution as failed; does not return.
inline void fail(rl::test_result_e result, const char* message, const where& at) {
    rl::ctx().fail_test(message, result, info_of(at));
}

template <class Event>
void note(const where& at, const Event& event) {
    rl::context& context = rl::ctx();
    if (context.collecting_history()) context.exec_log(info_of(at), event);
}

// What an execution has done so far, as a number: two executions with the same number are taken to
// be the same. Reset by the harness.
struct execution_trace {
    std::uint64_t hash = 0;
    std::uint64_t number = 0;  // Counts executions; never the same for two of them.
    where last{"", "", 0, 0};  // The last operation on something shared.

    void add(std::uint64_t what) {
        hash = rl::random_generator::mix(hash ^ (what + 0x9E3779B97F4A7C15U));
    }
    void add(const where& at, std::uint64_t value) {
        last = at;
        add((std::uint64_t{current_thread()} << 48) | (std::uint64_t{at.line} << 16) | at.column);
        add(value);
    }
};
inline execution_trace& trace() noexcept {
    static constinit execution_trace the_trace;
    return the_trace;
}

struct access_event {
    const void* object;
    const char* kind;
    const char* what;
    void output(std::ostream& out) const { out << "<" << object << "> " << kind << " " << what; }
};

// Watches the accesses to one object, by Relacy's vector clocks. Two that are not ordered by
// happens-before, one of them a write, are a race; so are the ones after its end.
class watched_object {
public:
    // `owner` and `kind` name the object in histories. The constructor's is a write.
    watched_object(const void* owner, const char* kind, const where& made)
        : clocks_(rl::ctx().var_ctor()), owner_(owner), kind_(kind), made_(made) {
        clocks_->init(*rl::ctx().threadx_);
    }
    watched_object(const watched_object&) = delete;
    watched_object& operator=(const watched_object&) = delete;
    // A write, too: whoever else touched the object must have been ordered before.
    ~watched_object() {
        write(made_, "destroyed, which was made");
        rl::ctx().var_dtor(clocks_);
        magic_ = 0;
    }

    void read(const where& at, const char* what) const {
        if (rl::ctx().invariant_executing) return;
        use(at, what);
        note(at, access_event{owner_, kind_, what});
    }
    void write(const where& at, const char* what) {
        check_alive(at);
        if (!clocks_->store(*rl::ctx().threadx_)) race(at, what, true);
        remember(at, true);
        note(at, access_event{owner_, kind_, what});
    }
    // A read that histories show only if it fails, because the caller notes something better.
    void use(const where& at, const char* what = "used") const {
        if (rl::ctx().invariant_executing) return;
        check_alive(at);
        if (!clocks_->load(*rl::ctx().threadx_)) race(at, what, false);
        remember(at, false);
    }

private:
    static constexpr unsigned alive = 0x59'6f'74'21;

    // For the history only: what each thread did last with each object, to name the other side of a race.
    struct past_access {
        const watched_object* object;
        unsigned thread;
        rl::timestamp_t time;
        bool writes;
        where at;
    };
    static rl::vector<past_access>::type& past() {
        static rl::vector<past_access>::type accesses;
        static std::uint64_t execution = 0;
        if (execution != trace().number) accesses.clear();
        execution = trace().number;
        return accesses;
    }
    void remember(const where& at, bool writes) const {
        if (!rl::ctx().collecting_history()) return;
        const unsigned self = current_thread();
        past().push_back({this, self, rl::ctx().threadx_->acq_rel_order_[self], writes, at});
    }
    void check_alive(const where& at) const {
        if (magic_ == alive) return;
        note(at, access_event{this, "an object", "used after its end"});
        fail(rl::test_result_access_to_freed_memory, "used after its end", at);
    }
    // The last access of another thread that the current one knows nothing of.
    [[nodiscard]] const past_access* find_unordered(bool writes) const {
        const rl::timestamp_t* const known = rl::ctx().threadx_->acq_rel_order_;
        const auto& accesses = past();
        for (auto each = accesses.rbegin(); each != accesses.rend(); ++each)
            if (each->object == this && each->thread != current_thread() &&
                (writes || each->writes) && each->time > known[each->thread])
                return &*each;
        return nullptr;
    }
    void race(const where& at, const char* what, bool writes) const {
        note(at, access_event{owner_, kind_, what});
        static char message[512];
        const past_access* const other = find_unordered(writes);
        if (other == nullptr)
            std::snprintf(message, sizeof(message), "%s %s", kind_, what);
        else
            std::snprintf(message, sizeof(message),
                          "%s %s; not ordered with thread %u in %s, %s(%u)", kind_, what,
                          other->thread, other->at.function, other->at.file, other->at.line);
        fail(rl::test_result_data_race, message, at);
    }

    rl::var_data* clocks_;
    const void* owner_;
    const char* kind_;
    where made_;
    // Volatile, so that no compiler leaves out the last write to an object that is going away.
    volatile unsigned magic_ = alive;
};

}  // namespace model
