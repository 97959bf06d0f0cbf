// property_tests/parts/slab.cpp: reactor/slab.hpp hands each slot to one user at a time, never moves
// it, and finds it by its number; once sealed it hands out none and has shown every slot there ever
// was.
#include <yot_run/reactor/slab.hpp>

#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <map>
#include <set>
#include <vector>

namespace {

// What is known of slots: numbers in the order in which they were acquired. The number that a slab
// gives is its own choice, so the model counts uses and the part remembers which slot each one is.
struct model {
    std::vector<int> held;  // Uses.
    int uses = 0;
    bool is_sealed = false;
};

struct part {
    struct slot {
        std::uint32_t index;
        int* value;
    };

    yot_run::internal::slab<int> slots;
    std::map<int, slot> held;               // By use.
    std::map<std::uint32_t, int*> address;  // Of every slot that ever was, by index.
};

using command = rc::state::Command<model, part>;

struct acquire : command {
    void apply(model& expected) const override {
        if (expected.is_sealed) return;
        expected.held.push_back(expected.uses++);
    }
    void run(const model& before, part& actual) const override {
        const auto got = actual.slots.acquire();
        RC_ASSERT(got.has_value() == !before.is_sealed);
        if (!got) return;
        for (const auto& [use, other] : actual.held) RC_ASSERT(other.index != got->index);
        const auto [known, is_new] = actual.address.emplace(got->index, got->slot);
        RC_ASSERT(known->second == got->slot);
        // A slot that was given back is used before a new one is made.
        if (is_new) RC_ASSERT(actual.address.size() == actual.held.size() + 1);
        actual.held[before.uses] = {got->index, got->slot};
        *got->slot = before.uses;
    }
    void show(std::ostream& out) const override { out << "acquire"; }
};

struct release : command {
    std::size_t which = *rc::gen::inRange<std::size_t>(0, 1000);

    void checkPreconditions(const model& before) const override { RC_PRE(!before.held.empty()); }
    void apply(model& expected) const override {
        expected.held.erase(expected.held.begin() + std::ptrdiff_t(which % expected.held.size()));
    }
    void run(const model& before, part& actual) const override {
        const int use = before.held[which % before.held.size()];
        const part::slot slot = actual.held.at(use);
        RC_ASSERT(*slot.value == use);  // Nobody else wrote there.
        actual.slots.release(slot.index);
        actual.held.erase(use);
    }
    void show(std::ostream& out) const override { out << "release the " << which << "th"; }
};

struct find : command {
    std::uint32_t index = *rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(0, 300),
                                          rc::gen::arbitrary<std::uint32_t>());

    void apply(model&) const override {}
    void run(const model&, part& actual) const override {
        int* const found = actual.slots.find(index);
        const auto known = actual.address.find(index);
        if (known != actual.address.end()) RC_ASSERT(found == known->second);
    }
    void show(std::ostream& out) const override { out << "find " << index; }
};

struct seal : command {
    void apply(model& expected) const override { expected.is_sealed = true; }
    void run(const model&, part& actual) const override {
        std::multiset<const int*> visited;
        actual.slots.seal([&](const int& slot) { visited.insert(&slot); });
        std::multiset<const int*> expected;
        for (const auto& [index, address] : actual.address) expected.insert(address);
        RC_ASSERT(visited == expected);
    }
    void show(std::ostream& out) const override { out << "seal"; }
};

// Seals now and then only, so that most of a sequence is before that.
rc::Gen<std::shared_ptr<const command>> next_command(const model& before) {
    namespace gen = rc::state::gen;
    const auto usual = gen::execOneOfWithArgs<acquire, acquire, acquire, release, find>();
    const auto last = gen::execOneOfWithArgs<seal, acquire, release, find>();
    return rc::gen::weightedOneOf<std::shared_ptr<const command>>(
        {{50, usual(before)}, {1, last(before)}});
}

}  // namespace

int main() {
    const bool holds = rc::check("a slab hands each slot to one user at a time", [] {
        part actual;
        rc::state::check(model{}, actual, next_command);
    });
    return holds ? 0 : 1;
}
