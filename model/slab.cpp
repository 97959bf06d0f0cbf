// model/slab.cpp: reactor/slab.hpp: slots that are found without a lock while others are made.
//
// Promises, each a scenario:
//   a number finds its slot, fully made, however the caller came by the number (S1, S2);
//   a slot is with one user at a time, and its next user is ordered after the last (the lock);
//   whoever acquires while the slab is sealed is either refused or visited.
// Bounds: two and three threads, up to four slots; chunks of one, two and four slots.
// Not covered: running out of memory, or of numbers (slab_test.cpp).
#include <model/harness.hpp>
#include <yot_run/reactor/slab.hpp>

#include <cstdint>

namespace {

namespace sync = yot_run::sync;
using model::check;
using yot_run::internal::slab;

// As an io_slot: threads that were told its number touch it at any time.
struct slot {
    sync::atomic<int> state{7};
    sync::cell<int> users_own{0};
};

// Thread 0 makes slots until the slab has grown twice, and tells the last number with a relaxed
// store: as the kernel does, which orders nothing. Thread 1 finds it.
class found_while_growing : public model::test {
    void thread(unsigned index) override {
        if (index == 0) {
            for (int i = 0; i < 4; ++i) told_.store(int(slots_.acquire()->index), sync::relaxed);
            return;
        }
        const int number = told_.load(sync::relaxed);
        if (number < 0) return;
        slot* const found = slots_.find(std::uint32_t(number));
        check(found != nullptr, "a number that was told finds its slot");
        check(found->state.load(sync::relaxed) == 7, "the slot is made before it is found");
    }
    slab<slot, 1> slots_;
    sync::atomic<int> told_{-1};
};

// Each takes a slot, uses it, gives it back, and takes another.
template <unsigned Threads>
class used_in_turn : public model::test {
    void thread(unsigned) override {
        for (int i = 0; i < 2; ++i) {
            const auto taken = slots_.acquire();
            taken->slot->users_own.set(taken->slot->users_own.get() + 1);
            slots_.release(taken->index);
        }
    }
    void after() override {
        int uses = 0;
        for (std::uint32_t index = 0; slot* const each = slots_.find(index); ++index)
            uses += each->users_own.get();
        check(uses == 2 * int(Threads), "no use is lost");
    }
    slab<slot, 1> slots_;
};

// Thread 0 acquires, thread 1 seals.
class sealed : public model::test {
    void thread(unsigned index) override {
        if (index == 0) {
            for (int i = 0; i < 2; ++i)
                if (slots_.acquire()) ++acquired_;
        } else {
            slots_.seal([this](slot& each) {
                each.state.exchange(9, sync::relaxed);
                ++visited_;
            });
        }
    }
    void after() override { check(acquired_ == visited_, "refused or visited"); }
    slab<slot, 1> slots_;
    int acquired_ = 0;  // Each written by one thread, and read when both have ended.
    int visited_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(argc, argv,
                      {
                          scenario::of<found_while_growing>("found_while_growing"),
                          scenario::of<used_in_turn<2>>("used_in_turn"),
                          scenario::of<used_in_turn<3>>("used_in_turn_by_three", {.threads = 3}),
                          scenario::of<sealed>("sealed"),
                      });
}
