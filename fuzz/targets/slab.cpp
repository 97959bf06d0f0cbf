// fuzz/targets/slab.cpp: reactor/slab.hpp hands each slot to one user at a time, as it was left;
// never moves it, finds it by its number, and finds nothing that never was; after seal() it hands
// out none. A chunk that cannot be made leaves everything as it was.
#include <yot_run/reactor/slab.hpp>

#include <fuzz/finding.hpp>
#include <fuzz/records.hpp>
#include <property_tests/parts/slab_reference.hpp>

#include <array>
#include <cstdint>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace {

using fuzz::record;
using fuzz::require;
using fuzz::steps;

// A slot that cannot always be made. Its two halves are at its ends, so that slots which overlap
// show.
struct slot {
    slot() {
        if (std::exchange(next_one_fails, false)) throw std::bad_alloc();
    }
    [[nodiscard]] std::uint64_t content() const {
        require(front == back, "somebody else wrote in one half of a slot");
        return front;
    }
    void write(std::uint64_t value) { front = back = value; }

    static inline bool next_one_fails = false;

    std::uint64_t front = 0;
    std::array<std::uint64_t, 8> between{};
    std::uint64_t back = 0;
};

constexpr std::uint32_t first_chunk = 2;  // So that it grows soon.
using tested_slab = yot_run::internal::slab<slot, first_chunk>;

void expect(reference::complaint none) {
    if (none != nullptr) fuzz::found(none);
}

// Small ones, those next to the ends, and those next to powers of two.
std::uint32_t any_index(const record& given) {
    const std::uint32_t some = given.c;
    switch (given.a % 4) {
        case 0:
            return some;
        case 1:
            return tested_slab::capacity - 4 + some % 8;
        case 2:
            return (std::uint32_t{1} << given.b % 32) + some % 8 - 4;
        default:
            return ~std::uint32_t{0} - some;
    }
}

class session {
public:
    session() { slot::next_one_fails = false; }

    void carry_out(const record& given) {
        using operation = void (session::*)(const record&);
        constexpr std::array<operation, 8> operations{
            &session::acquire, &session::acquire_some, &session::release, &session::release_some,
            &session::write,   &session::find,         &session::seal,    &session::let_fail};
        (this->*operations[given.kind % operations.size()])(given);
    }

private:
    void acquire(const record& /*given*/) {
        steps.add("acquire");
        std::optional<tested_slab::acquired> got;
        try {
            got = slots_.acquire();
        } catch (const std::bad_alloc&) {
            require(std::exchange(a_failure_is_planned_, false) && !slot::next_one_fails,
                    "it finds no memory, though there is some");
            return;
        }
        require(got.has_value() == !expected_.is_sealed(), "sealed, or not sealed");
        if (!got) return;
        expect(expected_.acquired(got->index, got->slot, got->slot->content()));
        require(slots_.find(got->index) == got->slot, "the slot is found elsewhere");
        write_in(got->index);
    }
    void acquire_some(const record& given) {
        for (int i = 0; i <= given.a % 32; ++i) acquire(given);
    }

    void release(const record& given) {
        if (expected_.held() == 0) return;
        const std::uint32_t index = expected_.nth_held(given.b_and_c());
        steps.add({"release", index});
        expect(expected_.released(index, slots_.find(index)->content()));
        slots_.release(index);
    }
    void release_some(const record& given) {
        for (int i = 0; i <= given.a % 32; ++i) release(given);
    }

    void write(const record& given) {
        if (expected_.held() != 0) write_in(expected_.nth_held(given.b_and_c()));
    }
    void write_in(std::uint32_t index) {
        slots_.find(index)->write(++written_);
        expected_.write(index, written_);
    }

    void find(const record& given) {
        const std::uint32_t index = any_index(given);
        steps.add({"find", index});
        expect(expected_.found(index, slots_.find(index)));
    }

    void seal(const record& given) {
        if (given.b % 8 != 0) return find(given);  // It ends most of what can be done.
        steps.add("seal");
        std::vector<const void*> shown;
        slots_.seal([&shown](const slot& each) { shown.push_back(&each); });
        expect(expected_.sealed(std::move(shown)));
    }

    void let_fail(const record& /*given*/) {
        steps.add("let the next chunk fail");
        slot::next_one_fails = a_failure_is_planned_ = true;
    }

    tested_slab slots_;
    reference::slab expected_{first_chunk, tested_slab::capacity};
    std::uint64_t written_ = 0;
    bool a_failure_is_planned_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    steps.begin();
    session one;
    fuzz::record_reader input({data, size});
    while (const auto next = input.next()) one.carry_out(*next);
    return 0;
}
