// property_tests/parts/deque.cpp: executor/deque.hpp, by one thread, does what a std::deque does:
// the owner's end is the back, the thieves' end the front. Also where the ring has to grow, is used
// again, and where the indices wrap.
#include <yot_run/executor/deque.hpp>

#include <property_tests/parts/deque_reference.hpp>

#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <limits>
#include <optional>
#include <vector>

namespace {

using yot_run::internal::steal_status;

using model = reference::deque;

constexpr std::size_t initial_capacity = 1;

struct part {
    explicit part(std::uint64_t first_index) : queue(initial_capacity, first_index) {
        for (int& item : items) item = int(&item - items.data());
    }
    int& item(int number) { return items.at(std::size_t(number)); }

    yot_run::internal::deque<int> queue;
    std::vector<int> items = std::vector<int>(2000);
};

using command = rc::state::Command<model, part>;

// Several at once now and then, so that rings grow.
struct push : command {
    int first = *rc::gen::inRange(0, 1900);
    int count = *rc::gen::oneOf(rc::gen::just(1), rc::gen::inRange(2, 40));

    void apply(model& expected) const override {
        for (int i = 0; i < count; ++i) expected.push(first + i);
    }
    void run(const model& before, part& actual) const override {
        model expected = before;
        for (int i = 0; i < count; ++i)
            RC_ASSERT(actual.queue.push(actual.item(first + i)) == expected.push(first + i));
    }
    void show(std::ostream& out) const override {
        out << "push " << first << " to " << first + count - 1;
    }
};

struct pop : command {
    void apply(model& expected) const override { expected.pop(); }
    void run(const model& before, part& actual) const override {
        model expected = before;
        const int* const item = actual.queue.pop();
        RC_ASSERT((item == nullptr ? std::nullopt : std::optional(*item)) == expected.pop());
    }
    void show(std::ostream& out) const override { out << "pop"; }
};

struct steal : command {
    void apply(model& expected) const override { expected.steal(); }
    void run(const model& before, part& actual) const override {
        model expected = before;
        const auto [status, item] = actual.queue.steal();
        RC_ASSERT(status == (before.empty() ? steal_status::empty : steal_status::stolen));
        RC_ASSERT((item == nullptr ? std::nullopt : std::optional(*item)) == expected.steal());
    }
    void show(std::ostream& out) const override { out << "steal"; }
};

struct look : command {
    void apply(model&) const override {}
    void run(const model& before, part& actual) const override {
        RC_ASSERT(actual.queue.looks_empty() == before.empty());
        RC_ASSERT(actual.queue.approximate_size() == before.size());
    }
    void show(std::ostream& out) const override { out << "look"; }
};

}  // namespace

int main() {
    const bool holds = rc::check("a deque used by one thread is a std::deque", [] {
        // At the start, near the end of the indices, and where their sign changes.
        const auto wraps = std::numeric_limits<std::uint64_t>::max();
        const auto turns = std::uint64_t{1} << 63;
        part actual(*rc::gen::element(std::uint64_t{0}, wraps, wraps - 20, turns, turns - 20));
        rc::state::check(model(initial_capacity), actual,
                         rc::state::gen::execOneOfWithArgs<push, push, pop, steal, look>());
    });
    return holds ? 0 : 1;
}
