// fuzz/targets/timer_wheel.cpp: reactor/timer_wheel.hpp fires what a sorted map fires, in its
// order, and says when it will, for ticks of every size.
#include <yot_run/reactor/timer_wheel.hpp>

#include <fuzz/finding.hpp>
#include <fuzz/records.hpp>
#include <property_tests/parts/timer_wheel_reference.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

namespace {

using fuzz::record;
using fuzz::require;
using fuzz::steps;
using reference::tick;
using yot_run::internal::timer_list;
using yot_run::internal::timer_node;
using yot_run::internal::timer_wheel;

constexpr tick last_tick = ~tick{0};

struct numbered_node : timer_node {
    explicit numbered_node(int given) : number(given) {}
    int number;
};

// Ticks near the powers of two, where digits and levels end, and near both ends of time.
tick any_tick(const record& given, tick now, tick before) {
    const tick power = tick{1} << given.b % 64;
    const tick some = given.c % 16;
    const tick digit = given.b % 11 * 6;
    switch (given.a % 9) {
        case 0:
            return reference::later(now, some);
        case 1:
            return reference::later(now, reference::later(power, some));
        case 2:
            return reference::later(now, power - std::min(power, some));
        case 3:
            return reference::later(now >> digit << digit, tick{given.c} << digit);
        case 4:
            return (now >> digit << digit) + (tick{given.c} << digit) - 1;  // May wrap.
        case 5:
            return power + some;
        case 6:
            return last_tick - (given.b % 2 == 0 ? some : power);
        case 7:
            return now - std::min(now, power);
        default:
            return before;
    }
}

class session {
public:
    ~session() {
        drain({});
        forget({.a = 255});
    }

    void carry_out(const record& given) {
        using operation = void (session::*)(const record&);
        constexpr std::array<operation, 8> operations{
            &session::insert,  &session::insert, &session::insert, &session::remove,
            &session::advance, &session::wait,   &session::forget, &session::drain};
        // Draining ends most of what there is to see, so it is rare.
        const bool is_rare = given.kind % operations.size() == 7 && given.b % 8 != 0;
        (this->*operations[is_rare ? 4 : given.kind % operations.size()])(given);
        look();
    }

private:
    numbered_node& node_of(int number) { return nodes_[std::size_t(number)]; }

    void insert(const record& given) {
        const tick deadline = any_tick(given, expected_.now(), before_);
        before_ = deadline;
        steps.add({"insert for", std::int64_t(deadline)});
        if (unused_.empty()) {
            const int number = int(nodes_.size());
            nodes_.emplace_back(number);
            unused_.push_back(number);
        }
        const int number = unused_.back();
        unused_.pop_back();
        wheel_.insert(node_of(number), deadline);
        expected_.insert(number, deadline);
        require(node_of(number).is_linked() && node_of(number).is_in_wheel(), "it is not in");
        require(node_of(number).deadline() == std::max(deadline, expected_.now()),
                "another deadline");
    }

    void remove(const record& given) {
        if (expected_.empty()) return;
        const int number = expected_.remove_nth(given.b_and_c());
        steps.add({"remove", number});
        wheel_.remove(node_of(number));
        require(!node_of(number).is_linked() && !node_of(number).is_in_wheel(), "it is still in");
        unused_.push_back(number);
    }

    void advance(const record& given) { advance_to(any_tick(given, expected_.now(), before_)); }

    void advance_to(tick now) {
        steps.add({"advance to", std::int64_t(now)});
        wheel_.advance(now, fired_);
        for (const int number : expected_.advance(now)) fired_expected_.push_back(number);
    }

    // As a driver does, until the first one fires.
    void wait(const record& /*given*/) {
        if (expected_.empty()) return;
        const std::size_t size = expected_.size();
        const tick first = expected_.deadline_of_nth(0);
        constexpr int most_early = 10;
        for (int early = 0; expected_.size() == size; ++early) {
            require(early <= most_early, "a driver comes early too often");
            const auto next = wheel_.next_deadline();
            require(next && *next <= first, "a driver would come late");
            advance_to(*next);
        }
    }

    // The owners of those that fired take some of them out, from the front; one from anywhere.
    void forget(const record& given) {
        if (!fired_expected_.empty() && given.a % 2 == 0) {
            const std::size_t which = given.b % fired_expected_.size();
            const auto chosen = fired_expected_.begin() + std::ptrdiff_t(which);
            steps.add({"unlink", *chosen});
            require(node_of(*chosen).is_linked() && !node_of(*chosen).is_in_wheel(),
                    "one that fired is in no list, or in the wheel");
            timer_list::unlink(node_of(*chosen));
            unused_.push_back(*chosen);
            fired_expected_.erase(chosen);
        }
        for (std::size_t i = 0; given.a == 255 || i < given.a; ++i) {
            auto* const node = static_cast<numbered_node*>(fired_.pop_front());
            require((node == nullptr) == fired_expected_.empty(),
                    "too many have fired, or too few");
            if (node == nullptr) return;
            require(node->number == fired_expected_.front(), "another one fires first");
            require(!node->is_linked() && !node->is_in_wheel(), "it is still in a list");
            fired_expected_.pop_front();
            unused_.push_back(node->number);
        }
    }

    void drain(const record& /*given*/) {
        steps.add("drain");
        timer_list all;
        wheel_.drain(all);
        std::vector<int> drained;
        while (auto* const node = static_cast<numbered_node*>(all.pop_front())) {
            require(!node->is_in_wheel(), "what was drained is in the wheel");
            drained.push_back(node->number);
        }
        std::sort(drained.begin(), drained.end());
        require(drained == expected_.drain(), "not all of them are drained, once");
        unused_.insert(unused_.end(), drained.begin(), drained.end());
    }

    void look() {
        require(wheel_.now() == expected_.now(), "another present");
        require(wheel_.size() == expected_.size(), "another size");
        require(wheel_.empty() == expected_.empty(), "empty, or not empty");
        require(wheel_.next_deadline() == expected_.next_deadline(), "another next deadline");
    }

    timer_wheel wheel_;
    timer_list fired_;  // Behind what has not been forgotten yet.
    std::deque<numbered_node> nodes_;
    std::vector<int> unused_;  // Nodes in no list, to be used again.
    reference::timer_wheel expected_;
    std::deque<int> fired_expected_;
    tick before_ = 0;  // The last deadline.
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    steps.begin();
    session one;
    fuzz::record_reader input({data, size});
    while (const auto next = input.next()) one.carry_out(*next);
    return 0;
}
