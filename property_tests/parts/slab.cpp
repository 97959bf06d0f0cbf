// property_tests/parts/slab.cpp: reactor/slab.hpp hands each slot to one user at a time, as it was
// left, never moves it, and finds it by its number; once sealed it hands out none and has shown
// every slot there ever was.
#include <yot_run/reactor/slab.hpp>

#include <property_tests/parts/slab_reference.hpp>

#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::uint32_t first_chunk = 2;  // So that it grows soon.
using tested_slab = yot_run::internal::slab<std::uint64_t, first_chunk>;

// Which slot a slab hands out is its own choice: the model knows how many are held, and the part
// all the rest.
struct model {
    std::size_t held = 0;
    bool is_sealed = false;
};
struct part {
    tested_slab slots;
    reference::slab expected{first_chunk, tested_slab::capacity};
    std::uint64_t written = 0;
};

void expect(reference::complaint none) {
    const std::string found = none == nullptr ? "nothing" : none;
    RC_ASSERT(found == "nothing");
}

using command = rc::state::Command<model, part>;

struct acquire : command {
    void apply(model& expected) const override {
        if (!expected.is_sealed) ++expected.held;
    }
    void run(const model& before, part& actual) const override {
        const auto got = actual.slots.acquire();
        RC_ASSERT(got.has_value() == !before.is_sealed);
        if (!got) return;
        expect(actual.expected.acquired(got->index, got->slot, *got->slot));
        *got->slot = ++actual.written;
        actual.expected.write(got->index, actual.written);
    }
    void show(std::ostream& out) const override { out << "acquire"; }
};

struct release : command {
    std::size_t which = *rc::gen::inRange<std::size_t>(0, 1000);

    void checkPreconditions(const model& before) const override { RC_PRE(before.held > 0); }
    void apply(model& expected) const override { --expected.held; }
    void run(const model&, part& actual) const override {
        const std::uint32_t index = actual.expected.nth_held(which);
        std::uint64_t* const slot = actual.slots.find(index);
        expect(actual.expected.found(index, slot));
        expect(actual.expected.released(index, *slot));
        actual.slots.release(index);
    }
    void show(std::ostream& out) const override { out << "release the " << which << "th"; }
};

struct find : command {
    std::uint32_t index = *rc::gen::oneOf(
        rc::gen::inRange<std::uint32_t>(0, 300),
        rc::gen::inRange<std::uint32_t>(tested_slab::capacity - 4, tested_slab::capacity + 4),
        rc::gen::arbitrary<std::uint32_t>());

    void apply(model&) const override {}
    void run(const model&, part& actual) const override {
        expect(actual.expected.found(index, actual.slots.find(index)));
    }
    void show(std::ostream& out) const override { out << "find " << index; }
};

struct seal : command {
    void apply(model& expected) const override { expected.is_sealed = true; }
    void run(const model&, part& actual) const override {
        std::vector<const void*> shown;
        actual.slots.seal([&shown](const std::uint64_t& slot) { shown.push_back(&slot); });
        expect(actual.expected.sealed(std::move(shown)));
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
