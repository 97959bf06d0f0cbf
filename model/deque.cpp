// model/deque.cpp: executor/deque.hpp: what the owner pushes comes out once, for the owner or a
// thief.
//
// Promises, each checked in every scenario:
//   every element comes out exactly once (D3 to D8), with what was written to it before the push,
//   and whoever writes it next is ordered after whoever took it (D1, D2, D5, D8);
//   a thief gets elements in the order in which they were pushed;
//   a ring that is replaced stays readable, and its copy is complete before it is seen (D10);
//   a pop of a deque that nothing was ever pushed to finds nothing, also while a thief looks.
// Bounds: one owner, one and two thieves; up to four pushes, three pops and two steals each; rings
// of one, two and four slots, growing twice at most; indices from 0, and from just before they
// wrap. Two deques in a row, where the thief of one is the owner of the other.
// Not covered: total orders of sequentially consistent operations that P0668 allows and neither
// checker can produce; see litmus/. The operations concerned are all sequentially consistent.
#include <model/harness.hpp>
#include <yot_run/executor/deque.hpp>

#include <cstdint>

namespace {

namespace sync = yot_run::sync;
using model::check;
using yot_run::internal::deque;
using yot_run::internal::steal_status;

struct element {
    sync::cell<int> payload{0};
    int number = 0;
    int taken = 0;  // Plain: the payload shows the races.
};

struct shape {
    int pushes;
    int pops;
    int steals;
    std::size_t capacity;
    std::uint64_t first_index = 0;
    bool pops_between = false;  // One pop after each push, the rest at the end.
    bool pops_first = false;    // One more, before anything was pushed.
    bool pushes_all = false;    // At once.
};

template <shape Shape>
class owner_and_thieves : public model::test {
    void thread(unsigned index) override {
        if (index == 0)
            own();
        else
            steal();
    }
    void after() override {
        while (element* left = deque_.pop()) take(*left);
        for (const element& each : elements_) check(each.taken == 1, "nothing is lost");
        check(deque_.looks_empty(), "an empty deque looks empty");
    }
    void own() {
        int pops = Shape.pops;
        if (Shape.pops_first) check(deque_.pop() == nullptr, "a fresh deque is empty");
        for (int i = 0; i < Shape.pushes; ++i) {
            element& pushed = elements_[i];
            pushed.number = i;
            pushed.payload.set(i);
            if (Shape.pushes_all) continue;
            deque_.push(pushed);
            if (Shape.pops_between && pops-- > 0) pop();
        }
        if (Shape.pushes_all) {
            deque_.push_all(elements_, [](element& pushed) {
                return pushed.number + 1 < Shape.pushes ? &pushed + 1 : nullptr;
            });
        }
        while (pops-- > 0) pop();
    }
    void pop() {
        if (element* const popped = deque_.pop()) take(*popped);
    }
    void steal() {
        int last = -1;
        for (int i = 0; i < Shape.steals; ++i) {
            const auto [status, stolen] = deque_.steal();
            check((status == steal_status::stolen) == (stolen != nullptr), "the status is right");
            if (stolen == nullptr) continue;
            take(*stolen);
            check(stolen->number > last, "a thief gets the oldest first");
            last = stolen->number;
        }
    }
    static void take(element& taken) {
        check(taken.payload.get() == taken.number, "an element is as it was pushed");
        taken.payload.set(-1);
        check(++taken.taken == 1, "an element is taken once");
    }

    element elements_[Shape.pushes];
    deque<element> deque_{Shape.capacity, Shape.first_index};
};

// The element goes round: who took it hands it back to the owner, who pushes it again into the same
// slot. A thief that is late must not get it by its old name.
template <bool PushesAll>
class slot_reused : public model::test {
    void thread(unsigned index) override {
        if (index == 0) {
            for (element& each : elements_) {
                each.payload.set(each.payload.get() + 1);
                if (PushesAll) deque_.push_all(&each, [](element&) -> element* { return nullptr; });
                else deque_.push(each);
                if (element* const popped = deque_.pop()) take(*popped);
            }
        } else {
            for (int i = 0; i < 2; ++i)
                if (element* const stolen = deque_.steal().item) take(*stolen);
        }
    }
    void after() override {
        while (element* left = deque_.pop()) take(*left);
        for (const element& each : elements_) check(each.taken == 1, "each comes out once");
    }
    static void take(element& taken) {
        taken.payload.set(taken.payload.get() + 1);
        ++taken.taken;
    }
    element elements_[3];
    deque<element> deque_{1};
};

// The thief of one deque pushes what it got to its own, from which another one steals.
class stolen_onwards : public model::test {
    void thread(unsigned index) override {
        if (index == 0) {
            for (element& each : elements_) {
                each.number = int(&each - elements_);
                each.payload.set(0);
                first_.push(each);
            }
        } else if (index == 1) {
            for (int i = 0; i < 2; ++i)
                if (element* const stolen = first_.steal().item) {
                    stolen->payload.set(stolen->payload.get() + 1);
                    second_.push(*stolen);
                }
            if (element* const popped = second_.pop()) take(*popped);
        } else {
            int last = -1;
            for (int i = 0; i < 2; ++i)
                if (element* const stolen = second_.steal().item) {
                    take(*stolen);
                    check(stolen->number > last, "the order of the first deque is kept");
                    last = stolen->number;
                }
        }
    }
    void after() override {
        while (element* left = first_.pop()) take(*left);
        while (element* left = second_.pop()) take(*left);
        for (const element& each : elements_) check(each.taken == 1, "each comes out once");
    }
    static void take(element& taken) {
        taken.payload.set(taken.payload.get() + 1);
        ++taken.taken;
    }
    element elements_[2];
    deque<element> first_{2};
    deque<element> second_{1};
};

constexpr shape last_element{.pushes = 1, .pops = 1, .steals = 1, .capacity = 4};
constexpr shape fresh{.pushes = 1, .pops = 1, .steals = 1, .capacity = 1, .pops_first = true};
constexpr shape two_elements{.pushes = 2, .pops = 2, .steals = 2, .capacity = 4};
constexpr shape three_elements{.pushes = 3, .pops = 3, .steals = 2, .capacity = 4};
constexpr shape interleaved{
    .pushes = 4, .pops = 3, .steals = 2, .capacity = 4, .pops_between = true};
constexpr shape growing{.pushes = 4, .pops = 2, .steals = 2, .capacity = 1};
constexpr shape all_at_once{.pushes = 3, .pops = 2, .steals = 2, .capacity = 1, .pushes_all = true};
constexpr shape wrapping{.pushes = 3,
                         .pops = 2,
                         .steals = 2,
                         .capacity = 2,
                         .first_index = ~std::uint64_t{0} - 1,
                         .pops_between = true};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(
        argc, argv,
        {
            scenario::of<owner_and_thieves<last_element>>("last_element", {.tree = 100'000}),
            scenario::of<owner_and_thieves<fresh>>("fresh", {.tree = 100'000}),
            scenario::of<owner_and_thieves<two_elements>>("two_elements"),
            scenario::of<owner_and_thieves<three_elements>>("three_elements"),
            scenario::of<owner_and_thieves<interleaved>>("interleaved"),
            scenario::of<owner_and_thieves<growing>>("growing"),
            scenario::of<owner_and_thieves<wrapping>>("wrapping"),
            scenario::of<slot_reused<false>>("slot_reused"),
            scenario::of<slot_reused<true>>("slot_reused_by_all"),
            scenario::of<owner_and_thieves<all_at_once>>("all_at_once"),
            scenario::of<owner_and_thieves<last_element>>("last_element_two_thieves",
                                                          {.threads = 3}),
            scenario::of<owner_and_thieves<three_elements>>("three_elements_two_thieves",
                                                            {.threads = 3}),
            scenario::of<owner_and_thieves<growing>>("growing_two_thieves", {.threads = 3}),
            scenario::of<owner_and_thieves<all_at_once>>("all_at_once_two_thieves",
                                                         {.threads = 3}),
            scenario::of<stolen_onwards>("stolen_onwards", {.threads = 3}),
        });
}
