// model/litmus/tests.hpp: the litmus tests, and what is expected of each; litmus.cpp runs them.
#pragma once

#include <yot_run/sync/sync.hpp>

namespace litmus {

namespace sync = yot_run::sync;
using sync::acq_rel;
using sync::acquire;
using sync::relaxed;
using sync::release;
using sync::seq_cst;

// What the threads of a test share, and what they saw.
struct memory {
    sync::atomic<int> x{0};
    sync::atomic<int> y{0};
    sync::cell<int> data{0};
    sync::mutex mutex;
    int r0 = -1;
    int r1 = -1;
    int r2 = -1;
    int r3 = -1;
    // At the end every thread is known to have ended, so these are the last in modification order.
    int x_at_the_end = -1;
    int y_at_the_end = -1;
};

using step = void (*)(memory&);
enum class verdict : bool { forbidden, allowed };
enum class shows : bool { no, yes };

struct test {
    const char* name;
    verdict standard;
    shows relacy;
    shows view;
    step threads[4];
    // The outcome; null for those whose outcome is a data race.
    bool (*outcome)(const memory&);
    // Does the flag for load buffering name a load and a store (worlds/load_buffering.hpp)?
    bool is_flagged = false;
};

inline constexpr auto allowed = verdict::allowed;
inline constexpr auto forbidden = verdict::forbidden;
inline constexpr auto yes = shows::yes;
inline constexpr auto no = shows::no;

template <auto Store, auto Load>
void store_x_load_y(memory& m) {
    m.x.store(1, Store);
    m.r0 = m.y.load(Load);
}
template <auto Store, auto Load>
void store_y_load_x(memory& m) {
    m.y.store(1, Store);
    m.r1 = m.x.load(Load);
}
template <auto First, auto Second>
void load_x_load_y(memory& m) {
    m.r0 = m.x.load(First);
    m.r1 = m.y.load(Second);
}
template <auto First, auto Second>
void load_y_load_x(memory& m) {
    m.r2 = m.y.load(First);
    m.r3 = m.x.load(Second);
}
template <auto Order, int Value = 1>
void store_x(memory& m) {
    m.x.store(Value, Order);
}
template <auto Order, int Value = 1>
void store_y(memory& m) {
    m.y.store(Value, Order);
}
template <auto X, auto Y, int ValueX = 1, int ValueY = 1>
void store_x_store_y(memory& m) {
    m.x.store(ValueX, X);
    m.y.store(ValueY, Y);
}
template <auto Y, auto X, int ValueY = 1, int ValueX = 1>
void store_y_store_x(memory& m) {
    m.y.store(ValueY, Y);
    m.x.store(ValueX, X);
}
// Message passing's reader: the flag is y, the message x.
template <auto Flag, auto Message>
void read_message(memory& m) {
    m.r0 = m.y.load(Flag);
    m.r1 = m.x.load(Message);
}

template <auto Success, auto Failure>
int failing_cas(sync::atomic<int>& object) {
    int found = 9;  // Never a value of the object's.
    object.compare_exchange_strong(found, 2, Success, Failure);
    return found;
}
template <auto Flag>
void read_data_behind(memory& m) {
    if (m.y.load(Flag) == 1) static_cast<void>(m.data.get());
}
// One of two owners lets go, and the last one destroys.
template <auto Order>
void let_go(memory& m) {
    static_cast<void>(m.data.get());
    if (m.x.fetch_add(1, Order) == 1) m.data.set(1);
}
inline void increment_x_under_the_mutex(memory& m) {
    const sync::lock guard(m.mutex);
    m.x.store(m.x.load(relaxed) + 1, relaxed);
}

inline bool both_missed(const memory& m) { return m.r0 == 0 && m.r1 == 0; }
inline bool flag_without_message(const memory& m) { return m.r0 == 1 && m.r1 == 0; }
inline bool second_flag_without_message(const memory& m) { return m.r0 == 2 && m.r1 == 0; }
inline bool readers_disagree(const memory& m) {
    return m.r0 == 1 && m.r1 == 0 && m.r2 == 1 && m.r3 == 0;
}
inline bool both_first_stores_last(const memory& m) {
    return m.x_at_the_end == 1 && m.y_at_the_end == 1;
}

// clang-format off
// The name; the standard; Relacy; the view machine.
inline constexpr test tests[] = {
    // Store buffering: each thread stores, then misses the other's store.
    {"SB", allowed, yes, yes,
     {store_x_load_y<relaxed, relaxed>, store_y_load_x<relaxed, relaxed>}, both_missed},
    {"SB_release_acquire", allowed, yes, yes,
     {store_x_load_y<release, acquire>, store_y_load_x<release, acquire>}, both_missed},
    {"SB_sc_stores_acquire_loads", allowed, yes, yes,
     {store_x_load_y<seq_cst, acquire>, store_y_load_x<seq_cst, acquire>}, both_missed},
    {"SB_sc_loads_release_stores", allowed, yes, yes,
     {store_x_load_y<release, seq_cst>, store_y_load_x<release, seq_cst>}, both_missed},
    {"SB_sc_on_one_side", allowed, yes, yes,
     {store_x_load_y<seq_cst, seq_cst>, store_y_load_x<release, acquire>}, both_missed},
    {"SB_sc", forbidden, no, no,
     {store_x_load_y<seq_cst, seq_cst>, store_y_load_x<seq_cst, seq_cst>}, both_missed},
    {"SB_sc_exchange_relaxed_load", allowed, yes, yes,
     {[](memory& m) { m.x.exchange(1, seq_cst); m.r0 = m.y.load(relaxed); },
      [](memory& m) { m.y.exchange(1, seq_cst); m.r1 = m.x.load(relaxed); }}, both_missed},
    {"SB_read_by_rmw", allowed, no, yes,
     {[](memory& m) { m.x.store(1, relaxed); m.r0 = m.y.fetch_add(0, acq_rel); },
      [](memory& m) { m.y.store(1, relaxed); m.r1 = m.x.fetch_add(0, acq_rel); }}, both_missed},
    {"SB_read_by_failing_cas", allowed, no, yes,
     {[](memory& m) { m.x.store(1, relaxed); m.r0 = failing_cas<acq_rel, acquire>(m.y); },
      [](memory& m) { m.y.store(1, relaxed); m.r1 = failing_cas<acq_rel, acquire>(m.x); }},
     both_missed},
    {"SB_sc_rmw", forbidden, no, no,
     {[](memory& m) { m.x.exchange(1, seq_cst); m.r0 = m.y.fetch_add(0, seq_cst); },
      [](memory& m) { m.y.exchange(1, seq_cst); m.r1 = m.x.fetch_add(0, seq_cst); }}, both_missed},

    // Message passing: the flag is seen, the message is not.
    {"MP", allowed, yes, yes,
     {store_x_store_y<relaxed, relaxed>, read_message<relaxed, relaxed>}, flag_without_message},
    {"MP_release_relaxed", allowed, yes, yes,
     {store_x_store_y<relaxed, release>, read_message<relaxed, relaxed>}, flag_without_message},
    {"MP_relaxed_acquire", allowed, yes, yes,
     {store_x_store_y<relaxed, relaxed>, read_message<acquire, relaxed>}, flag_without_message},
    {"MP_release_acquire", forbidden, no, no,
     {store_x_store_y<relaxed, release>, read_message<acquire, relaxed>}, flag_without_message},
    {"MP_message_read_by_rmw", allowed, no, yes,
     {store_x_store_y<relaxed, relaxed>,
      [](memory& m) { m.r0 = m.y.load(relaxed); m.r1 = m.x.fetch_add(0, relaxed); }},
     flag_without_message},
    {"MP_message_read_by_failing_cas", allowed, no, yes,
     {store_x_store_y<relaxed, relaxed>,
      [](memory& m) { m.r0 = m.y.load(relaxed); m.r1 = failing_cas<relaxed, relaxed>(m.x); }},
     flag_without_message},
    // Release sequences. Until C++20 a later store of the same thread continued one.
    {"MP_second_flag_by_same_thread", allowed, no, yes,
     {[](memory& m) { m.x.store(1, relaxed); m.y.store(1, release); m.y.store(2, relaxed); },
      read_message<acquire, relaxed>}, second_flag_without_message},
    {"MP_second_flag_by_rmw_of_same_thread", forbidden, no, no,
     {[](memory& m) { m.x.store(1, relaxed); m.y.store(1, release); m.y.fetch_add(1, relaxed); },
      read_message<acquire, relaxed>}, second_flag_without_message},
    {"MP_second_flag_by_rmw_of_another", forbidden, no, no,
     {store_x_store_y<relaxed, release>,
      [](memory& m) { int one = 1; m.y.compare_exchange_strong(one, 2, relaxed, relaxed); },
      read_message<acquire, relaxed>}, second_flag_without_message},
    {"MP_second_flag_by_store_of_another", allowed, yes, yes,
     {store_x_store_y<relaxed, release>,
      [](memory& m) { if (m.y.load(relaxed) == 1) m.y.store(2, relaxed); },
      read_message<acquire, relaxed>}, second_flag_without_message},

    // Nothing synchronizes, so the total order may have the load of the message before the store. In both
    // checkers it is the order of execution, and the load sees all earlier stores that are in it.
    {"MP_sc_message_relaxed_flag", allowed, no, no,
     {store_x_store_y<seq_cst, relaxed>, read_message<relaxed, seq_cst>}, flag_without_message},

    // Load buffering: each thread sees what the other stores afterwards.
    {"LB", allowed, no, no,
     {[](memory& m) { m.r0 = m.x.load(relaxed); m.y.store(1, relaxed); },
      [](memory& m) { m.r1 = m.y.load(relaxed); m.x.store(1, relaxed); }},
     [](const memory& m) { return m.r0 == 1 && m.r1 == 1; }, true},
    {"LB_acquire_loads", allowed, no, no,
     {[](memory& m) { m.r0 = m.x.load(acquire); m.y.store(1, relaxed); },
      [](memory& m) { m.r1 = m.y.load(acquire); m.x.store(1, relaxed); }},
     [](const memory& m) { return m.r0 == 1 && m.r1 == 1; }, true},
    {"LB_release_acquire", forbidden, no, no,
     {[](memory& m) { m.r0 = m.x.load(acquire); m.y.store(1, release); },
      [](memory& m) { m.r1 = m.y.load(acquire); m.x.store(1, release); }},
     [](const memory& m) { return m.r0 == 1 && m.r1 == 1; }},

    // Stores that land in the middle of modification order.
    {"2+2W", allowed, no, yes,
     {store_x_store_y<relaxed, relaxed, 1, 2>, store_y_store_x<relaxed, relaxed, 1, 2>},
     both_first_stores_last},
    {"2+2W_release", allowed, no, yes,
     {store_x_store_y<release, release, 1, 2>, store_y_store_x<release, release, 1, 2>},
     both_first_stores_last},
    {"2+2W_sc", forbidden, no, no,
     {store_x_store_y<seq_cst, seq_cst, 1, 2>, store_y_store_x<seq_cst, seq_cst, 1, 2>},
     both_first_stores_last},
    {"S", allowed, no, yes,
     {store_x_store_y<relaxed, relaxed, 2, 1>,
      [](memory& m) { m.r0 = m.y.load(relaxed); m.x.store(1, relaxed); }},
     [](const memory& m) { return m.r0 == 1 && m.x_at_the_end == 2; }},
    {"S_release_acquire", forbidden, no, no,
     {store_x_store_y<relaxed, release, 2, 1>,
      [](memory& m) { m.r0 = m.y.load(acquire); m.x.store(1, relaxed); }},
     [](const memory& m) { return m.r0 == 1 && m.x_at_the_end == 2; }},
    {"R", allowed, yes, yes,
     {store_x_store_y<relaxed, relaxed>,
      [](memory& m) { m.y.store(2, relaxed); m.r0 = m.x.load(relaxed); }},
     [](const memory& m) { return m.r0 == 0 && m.y_at_the_end == 2; }},
    {"R_release_acquire", allowed, yes, yes,
     {store_x_store_y<release, release>,
      [](memory& m) { m.y.store(2, release); m.r0 = m.x.load(acquire); }},
     [](const memory& m) { return m.r0 == 0 && m.y_at_the_end == 2; }},
    {"R_sc", forbidden, no, no,
     {store_x_store_y<seq_cst, seq_cst>,
      [](memory& m) { m.y.store(2, seq_cst); m.r0 = m.x.load(seq_cst); }},
     [](const memory& m) { return m.r0 == 0 && m.y_at_the_end == 2; }},

    // Two readers see two stores in different orders.
    {"IRIW_acquire", allowed, yes, yes,
     {store_x<release>, store_y<release>, load_x_load_y<acquire, acquire>,
      load_y_load_x<acquire, acquire>}, readers_disagree},
    {"IRIW_sc", forbidden, no, no,
     {store_x<seq_cst>, store_y<seq_cst>, load_x_load_y<seq_cst, seq_cst>,
      load_y_load_x<seq_cst, seq_cst>}, readers_disagree},
    // Forbidden since P0668: Relacy raises a false alarm.
    {"IRIW_sc_loads_of_relaxed_stores", forbidden, yes, no,
     {store_x<relaxed>, store_y<relaxed>, load_x_load_y<seq_cst, seq_cst>,
      load_y_load_x<seq_cst, seq_cst>}, readers_disagree},
    // Causality through a third thread.
    {"WRC", allowed, yes, yes,
     {store_x<relaxed>,
      [](memory& m) { m.r2 = m.x.load(relaxed); if (m.r2 == 1) m.y.store(1, relaxed); },
      read_message<relaxed, relaxed>}, flag_without_message},
    {"WRC_release_acquire", forbidden, no, no,
     {store_x<relaxed>,
      [](memory& m) { m.r2 = m.x.load(relaxed); if (m.r2 == 1) m.y.store(1, release); },
      read_message<acquire, relaxed>}, flag_without_message},

    // Coherence: one location alone behaves.
    {"CoRR", forbidden, no, no,
     {store_x<relaxed>, [](memory& m) { m.r0 = m.x.load(relaxed); m.r1 = m.x.load(relaxed); }},
     flag_without_message},
    {"CoRW", forbidden, no, no,
     {store_x<relaxed>, [](memory& m) { m.r0 = m.x.load(relaxed); m.x.store(2, relaxed); }},
     [](const memory& m) { return m.r0 == 1 && m.x_at_the_end == 1; }},
    {"CoWR", forbidden, no, no,
     {store_x<relaxed>, [](memory& m) { m.x.store(2, relaxed); m.r0 = m.x.load(relaxed); }},
     [](const memory& m) { return m.r0 == 1 && m.x_at_the_end == 2; }},
    {"atomicity_of_rmw", forbidden, no, no,
     {[](memory& m) { m.x.fetch_add(1, relaxed); }, [](memory& m) { m.x.fetch_add(1, relaxed); }},
     [](const memory& m) { return m.x_at_the_end != 2; }},
    // No store goes between a read-modify-write and what it read.
    {"atomicity_of_rmw_against_store", forbidden, no, no,
     {[](memory& m) { m.r0 = m.x.fetch_add(2, relaxed); }, store_x<relaxed>},
     [](const memory& m) { return m.r0 == 0 && m.x_at_the_end == 2; }},
    // How far back a load can look.
    {"one_value_back", allowed, yes, yes,
     {[](memory& m) { m.x.store(1, relaxed); m.x.store(2, relaxed); m.y.store(1, relaxed); },
      read_message<relaxed, relaxed>}, [](const memory& m) { return m.r0 == 1 && m.r1 == 1; }},
    {"three_values_back", allowed, no, yes,
     {[](memory& m) {
          for (int i = 1; i <= 4; ++i) m.x.store(i, relaxed);
          m.y.store(1, relaxed);
      },
      read_message<relaxed, relaxed>}, [](const memory& m) { return m.r0 == 1 && m.r1 == 1; }},

    // The total order of sequentially consistent operations need not agree with happens-before when
    // weaker accesses are mixed in (P0668). In both checkers it is the order of execution.
    {"Z6.U", allowed, no, no,
     {store_x_store_y<seq_cst, release>,
      [](memory& m) { m.r0 = m.y.fetch_add(1, seq_cst); m.r1 = m.y.load(relaxed); },
      [](memory& m) { m.y.store(3, seq_cst); m.r2 = m.x.load(seq_cst); }},
     [](const memory& m) { return m.r0 == 1 && m.r1 == 3 && m.r2 == 0; }},

    // Mutexes.
    {"increments_under_a_mutex", forbidden, no, no,
     {increment_x_under_the_mutex, increment_x_under_the_mutex},
     [](const memory& m) { return m.x_at_the_end != 2; }},

    // Data races.
    {"race_behind_a_relaxed_flag", allowed, yes, yes,
     {[](memory& m) { m.data.set(1); m.y.store(1, relaxed); }, read_data_behind<acquire>}, nullptr},
    {"no_race_behind_a_released_flag", forbidden, no, no,
     {[](memory& m) { m.data.set(1); m.y.store(1, release); }, read_data_behind<acquire>}, nullptr},
    // The last owner of an object destroys it, which is a write: it must know what the others did.
    {"refcount_relaxed", allowed, yes, yes, {let_go<relaxed>, let_go<relaxed>}, nullptr},
    {"refcount_release", allowed, yes, yes, {let_go<release>, let_go<release>}, nullptr},
    {"refcount_acq_rel", forbidden, no, no, {let_go<acq_rel>, let_go<acq_rel>}, nullptr},
    // Sequential consistency orders nothing on the side of a relaxed store.
    {"race_behind_a_flag_read_seq_cst", allowed, yes, yes,
     {[](memory& m) { m.data.set(1); m.y.store(1, relaxed); }, read_data_behind<seq_cst>}, nullptr},
};
// clang-format on

}  // namespace litmus
