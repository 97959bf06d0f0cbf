// property_tests/parts/deque.cpp: executor/deque.hpp, by one thread, does what a std::deque does:
// the owner's end is the back, the thieves' end the front. Also where the ring has to grow, is used
// again, and where the indices wrap.
#include <yot_run/executor/deque.hpp>

#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <deque>
#include <limits>
#include <memory>
#include <vector>

namespace {

using yot_run::internal::steal_status;

using model = std::deque<int>;  // The items, by number.

struct part {
    explicit part(std::uint64_t first_index) : queue(1, first_index) {
        for (int& item : items) item = int(&item - items.data());
    }
    int& item(int number) { return items.at(std::size_t(number)); }

    yot_run::internal::deque<int> queue;
    std::vector<int> items = std::vector<int>(2000);
};

using command = rc::state::Command<model, part>;

struct push : command {
    int number = *rc::gen::inRange(0, 2000);

    void apply(model& expected) const override { expected.push_back(number); }
    void run(const model&, part& actual) const override { actual.queue.push(actual.item(number)); }
    void show(std::ostream& out) const override { out << "push " << number; }
};

// Several at once, so that rings grow.
struct push_many : command {
    int count = *rc::gen::inRange(2, 40);

    void apply(model& expected) const override {
        for (int number = 0; number < count; ++number) expected.push_back(number);
    }
    void run(const model&, part& actual) const override {
        for (int number = 0; number < count; ++number) actual.queue.push(actual.item(number));
    }
    void show(std::ostream& out) const override { out << "push 0 to " << count - 1; }
};

struct pop : command {
    void apply(model& expected) const override {
        if (!expected.empty()) expected.pop_back();
    }
    void run(const model& before, part& actual) const override {
        int* const item = actual.queue.pop();
        RC_ASSERT((item == nullptr) == before.empty());
        if (item != nullptr) RC_ASSERT(*item == before.back());
    }
    void show(std::ostream& out) const override { out << "pop"; }
};

struct steal : command {
    void apply(model& expected) const override {
        if (!expected.empty()) expected.pop_front();
    }
    void run(const model& before, part& actual) const override {
        const auto [status, item] = actual.queue.steal();
        RC_ASSERT(status == (before.empty() ? steal_status::empty : steal_status::stolen));
        if (status == steal_status::stolen) RC_ASSERT(*item == before.front());
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
        rc::state::check(model{}, actual,
                         rc::state::gen::execOneOfWithArgs<push, push_many, pop, steal, look>());
    });
    return holds ? 0 : 1;
}
