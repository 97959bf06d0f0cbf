// model/worlds/view_sync.hpp: the `sync` seam on the view machine: the second checker.
//
// view_machine.hpp says what the memory does; this file is one location of it. Fibers, searches,
// blocking and histories are Relacy's.
#pragma once

#include <model/worlds/view_machine.hpp>

#include <algorithm>

namespace yot_run::inline YOT_RUN_WORLD::sync::internal {

// What a thread knows of the memory, besides Relacy's vector clocks: its view.
struct handover {
    void give() { seen.join(model::view_machine::instance().current()); }
    void take() { model::view_machine::instance().current().join(seen); }
    model::view seen;
};

inline void execution_begins() {
    model::view_machine::instance().reset();
    model::dependencies::instance().reset();
}
inline void threads_begin() { model::view_machine::instance().start_threads(); }
inline void threads_ended() { model::view_machine::instance().end_threads(); }

// One line of a history.
template <class R>
struct step {
    const void* object;
    const char* what;
    std::memory_order order;
    bool reads;
    R value_read;
    model::timestamp read_at;
    bool is_newest;
    bool writes;
    R value_written;
    model::timestamp written_at;

    static void print(std::ostream& out, R value) {
        if constexpr (std::is_pointer_v<R>) out << static_cast<const void*>(value);
        else out << +value;
    }
    void output(std::ostream& out) const {
        out << "<" << object << "> " << what << " " << model::name_of(order).data();
        if (reads) {
            out << ", reads ";
            print(out, value_read);
            out << " @" << read_at << (is_newest ? "" : " [not the newest]");
        }
        if (writes) {
            out << ", writes ";
            print(out, value_written);
            out << " @" << written_at;
        }
    }
};

template <class R>
class location {
    using where = model::where;
    using machine = model::view_machine;

public:
    location(R value, const where& at) : life_(this, "atomic", at) {
        message first{0, value, false, {}, {}};
        id_ = machine::instance().add_location(first.time);
        messages_.push_back(first);
    }
    ~location() { machine::instance().remove_location(id_); }

    R load(std::memory_order order, const where& at) const {
        rl::ctx().sched();
        life_.use(at);
        if (rl::ctx().invariant_executing) return messages_.back().value;
        const message& picked = messages_[pick(bound(order), anything)];
        read(picked, order);
        loads_.loaded(picked.dependencies, order, at);
        note(at, read_step("load", order, picked));
        return picked.value;
    }

    void store(R value, std::memory_order order, const where& at) {
        rl::ctx().sched();
        life_.use(at);
        const model::timestamp behind = bound(order);
        // The new message goes before messages_[i], or last.
        unsigned candidates[max_candidates];
        unsigned count = 0;
        for (auto i = unsigned(messages_.size()); i > 0 && count < max_candidates; --i) {
            if (messages_[i - 1].time < behind) break;
            if (i == messages_.size() || !messages_[i].is_rmw) candidates[count++] = i;
        }
        const model::timestamp time =
            write(candidates[model::choose(count, rl::sched_type_user)], value, false, order, {}, at);
        note(at, {this, "store", order, false, {}, 0, true, true, value, time});
    }

    template <rl::rmw_type_e kind>
    R modify(rl::rmw_type_t<kind> tag, R operand, std::memory_order order, const where& at) {
        rl::ctx().sched();
        life_.use(at);
        const unsigned index = pick(bound(order), [&](unsigned i) { return !is_taken(i); });
        const message before = messages_[index];
        step<R> taken = read_step(rl::format(kind), order, before);
        read(before, order);
        loads_.depends_on(before.dependencies);
        taken.value_written = R(rl::perform_rmw(tag, before.value, operand));
        taken.written_at = write(index + 1, taken.value_written, true, order, before.released, at);
        taken.writes = true;
        note(at, taken);
        return before.value;
    }

    template <bool weak>
    bool exchange_if(R& found, R desired, std::memory_order success, std::memory_order failure,
                     const where& at) {
        rl::ctx().sched();
        life_.use(at);
        const R expected = found;
        // One pick serves both outcomes, each with what its own order allows.
        const model::timestamp oldest = std::min(bound(success), bound(failure));
        const unsigned index = pick(oldest, [&](unsigned i) {
            const bool matches = messages_[i].value == expected;
            if (matches && !weak) return !is_taken(i) && messages_[i].time >= bound(success);
            return messages_[i].time >= bound(failure) ||
                   (matches && !is_taken(i) && messages_[i].time >= bound(success));
        });
        const message before = messages_[index];
        const bool matches = before.value == expected;
        const bool exchanged = matches && !is_taken(index) && before.time >= bound(success) &&
                               !(weak && before.time >= bound(failure) && fails_spuriously());
        const std::memory_order order = exchanged ? success : failure;
        step<R> taken = read_step(exchanged ? "CAS, done," : "CAS, not done,", order, before);
        found = before.value;
        read(before, order);
        if (exchanged) loads_.depends_on(before.dependencies);
        else loads_.loaded(before.dependencies, order, at);
        if (exchanged) {
            taken.writes = true;
            taken.value_written = desired;
            taken.written_at = write(index + 1, desired, true, order, before.released, at);
        }
        note(at, taken);
        return exchanged;
    }

private:
    struct message {
        model::timestamp time;
        R value;
        bool is_rmw;
        model::knowledge released;
        model::vector_clock dependencies;
    };
    // How often a thread has read the same message in a row, which was not the newest.
    struct rereading {
        model::timestamp time = 0;
        unsigned times = 0;
    };

    static constexpr unsigned max_candidates = 64;
    // In a tree search a store becomes visible after this many reads; a random one gets there
    // anyway.
    static constexpr unsigned max_rereads = 3;
    static constexpr auto anything = [](unsigned) { return true; };

    // The oldest message that the current thread may read with this order.
    [[nodiscard]] model::timestamp bound(std::memory_order order) const {
        const model::timestamp known = machine::instance().current().of(id_);
        if (order != std::memory_order_seq_cst) return known;
        return std::max(known, machine::instance().sequentially_consistent.of(id_));
    }
    // A read-modify-write has read it: nothing else fits behind it.
    [[nodiscard]] bool is_taken(unsigned index) const {
        return index + 1 < messages_.size() && messages_[index + 1].is_rmw;
    }

    template <class Allowed>
    [[nodiscard]] unsigned pick(model::timestamp oldest, Allowed allowed) const {
        const rereading& before = rereads_[model::current_thread()];
        const bool moves_on = before.times >= max_rereads && !rl::ctx().is_random_sched();
        unsigned candidates[max_candidates];
        unsigned count = 0;
        for (auto i = unsigned(messages_.size()); i-- > 0 && count < max_candidates;) {
            const model::timestamp time = messages_[i].time;
            if (time < oldest || (moves_on && time <= before.time && count > 0)) break;
            if (allowed(i)) candidates[count++] = i;
        }
        return candidates[model::choose(count, rl::sched_type_atomic_load)];
    }

    void read(const message& picked, std::memory_order order) const {
        rereading& before = rereads_[model::current_thread()];
        const bool again = picked.time == before.time && picked.time != messages_.back().time;
        before = {picked.time, again ? before.times + 1 : 0};
        tick();
        loads_.accessed(picked.time);
        machine::instance().current().raise(id_, picked.time);
        if (model::acquires(order)) {
            machine::instance().current().join(picked.released.seen);
            picked.released.clock.join_into_current_thread();
        }
        if (order == std::memory_order_seq_cst)
            machine::instance().sequentially_consistent.raise(id_, picked.time);
    }

    // Puts a message before messages_[index]; gives its time.
    model::timestamp write(unsigned index, R value, bool is_rmw, std::memory_order order,
                           const model::knowledge& continued, const where& at) {
        const model::timestamp before = messages_[index - 1].time;
        const model::timestamp time =
            index == messages_.size() ? before + 1 : (before + messages_[index].time) / 2;
        tick();
        machine::instance().current().raise(id_, time);
        message made{time, value, is_rmw, {}, loads_.stored(time, order, at)};
        if (model::releases(order))
            made.released = {machine::instance().current(),
                             model::vector_clock::of_current_thread()};
        made.released.join(continued);
        if (order == std::memory_order_seq_cst)
            machine::instance().sequentially_consistent.raise(id_, time);
        machine::instance().written(id_, time);
        messages_.insert(messages_.begin() + index, made);
        return time;
    }

    // A weak CAS fails for no reason: in a tree search once per object, or it would have no leaves.
    [[nodiscard]] bool fails_spuriously() {
        rl::context& context = rl::ctx();
        if (context.is_random_sched()) return context.rand(4, rl::sched_type_cas_fail) == 0;
        if (has_failed_) return false;
        has_failed_ = context.rand(2, rl::sched_type_cas_fail) == 1;
        return has_failed_;
    }

    // Relacy's clocks tell apart what a thread did before and after.
    static void tick() { rl::ctx().threadx_->own_acq_rel_order_ += 1; }

    [[nodiscard]] step<R> read_step(const char* what, std::memory_order order,
                                    const message& picked) const {
        const bool is_newest = picked.time == messages_.back().time;
        return {this, what, order, true, picked.value, picked.time, is_newest, false, {}, 0};
    }
    static void note(const where& at, const step<R>& taken) { model::note(at, taken); }

    unsigned id_;
    typename rl::vector<message>::type messages_;
    mutable rereading rereads_[model::max_threads];
    mutable model::noted_loads loads_;
    bool has_failed_ = false;
    model::watched_object life_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::sync::internal

#include <model/worlds/atomic.hpp>
#include <model/worlds/blocking.hpp>
