// model/harness.hpp: how a model is written.
//
// A model is a small program on the shipping code: its constructor and `before` set the scene,
// `thread(i)` runs for each i on a thread of its own, in every interleaving and with every value
// that the memory model of the world (worlds/) lets a load return; `after` looks at the result. It
// fails when a `check` fails, and also on a data race, a deadlock, a livelock, a leak, an access to
// freed memory, a double free, a wild pointer, a read of an uninitialized object.
//
//     class last_owner_destroys : public model::test {
//         void before() override { ... }
//         void thread(unsigned index) override { ... }
//         void after() override { ... }
//     };
//     int main(int argc, char** argv) {
//         return model::run(argc, argv, {
//             model::scenario::of<last_owner_destroys>("two_owners", {.threads = 2}),
//         });
//     }
//
// A model must be deterministic but for what the seam decides: no clocks, no random numbers, no
// order by address. A loop must wait for another thread through the seam, or end by itself.
//
// The program that results is compiled once per world, and says with --help how to use it: which
// searches it makes, how to replay one execution, how to break one operation (order_sites.hpp).
#pragma once

#include <model/order_sites.hpp>
#include <yot_run/sync/sync.hpp>

#include <cstdint>
#include <initializer_list>

namespace model {

class test {
public:
    test() = default;
    test(const test&) = delete;
    test& operator=(const test&) = delete;
    virtual ~test() = default;

    virtual void before() {}
    virtual void thread(unsigned index) = 0;
    virtual void after() {}
};

// Fails the execution unless `holds`. Says what should hold, not what went wrong.
void check(bool holds, const char* what, where at = where::here());

// For a loop that looks again and again until another thread has done something.
void yield();

// How much of a scenario is searched.
struct bounds {
    unsigned threads = 2;  // 1 to 4, run by the harness,
    unsigned started = 0;  // 0 to 3 more that the model starts itself, if it has one thread.
    // Executions of a random search. Each is named by a number, which is its seed.
    std::uint64_t random = 20'000;
    // Most executions of a search with at most this many preemptions; a preemption is a switch away
    // from a thread that could go on.
    std::uint64_t bounded = 50'000;
    unsigned preemptions = 2;
    // Most executions of a search of everything; 0 where that is hopeless.
    std::uint64_t tree = 0;
};

struct scenario {
    const char* name;
    test* (*make)();
    bounds limits;
    // For models that are wrong on purpose: what must be found.
    rl::test_result_e expected = rl::test_result_success;

    template <class Test>
    [[nodiscard]] static scenario of(const char* name, const bounds& limits = {}) {
        return {name, []() -> test* { return new Test; }, limits};
    }
    [[nodiscard]] scenario fails_with(rl::test_result_e result) const {
        scenario wrong = *this;
        wrong.expected = result;
        return wrong;
    }
};

// A main program. Returns the exit status: 0 if everything was as it should be, 1 if something was
// found, 2 if the arguments make no sense.
[[nodiscard]] int run(int argc, char** argv, std::initializer_list<scenario> scenarios);

}  // namespace model
