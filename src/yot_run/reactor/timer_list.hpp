// yot_run/reactor/timer_list.hpp: timers in a ring of links that lie in the timers themselves.
//
// Nothing is allocated and nothing can fail. A node is in at most one list, must not move while it
// is in one, and must be taken out before it is destroyed. No locks here: whoever owns the lists has
// one.
// Checked by: timer_wheel_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <cstdint>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// The links of a node, which is also all that the head of a ring needs.
struct timer_links {
    timer_links* previous = nullptr;
    timer_links* next = nullptr;
};

class timer_node : private timer_links {
public:
    timer_node() = default;
    timer_node(const timer_node&) = delete;
    timer_node& operator=(const timer_node&) = delete;

    [[nodiscard]] bool is_linked() const noexcept { return next != nullptr; }
    // In a wheel, rather than in a list of those that a wheel let go.
    [[nodiscard]] bool is_in_wheel() const noexcept { return place_ != no_place; }
    // The tick from which on it is due. REQUIRES: it has been inserted into a wheel.
    [[nodiscard]] std::uint64_t deadline() const noexcept { return deadline_; }

private:
    friend class timer_list;
    friend class timer_wheel;

    static constexpr std::uint16_t no_place = 0xffff;

    std::uint64_t deadline_ = 0;
    std::uint16_t place_ = no_place;  // Which of the wheel's lists it is in.
};

// First in, first out.
class timer_list {
public:
    timer_list() noexcept { make_empty(); }
    timer_list(const timer_list&) = delete;
    timer_list& operator=(const timer_list&) = delete;

    [[nodiscard]] bool empty() const noexcept { return ring_.next == &ring_; }

    // REQUIRES: the node is in no list.
    void push_back(timer_node& node) noexcept {
        node.previous = ring_.previous;
        node.next = &ring_;
        ring_.previous = node.previous->next = &node;
    }
    // The first, which is then in no list; null when there is none.
    [[nodiscard]] timer_node* pop_front() noexcept {
        if (empty()) return nullptr;
        auto& first = static_cast<timer_node&>(*ring_.next);
        unlink(first);
        return &first;
    }
    // Moves all nodes of `other` behind those of this one.
    void append(timer_list& other) noexcept {
        if (other.empty()) return;
        other.ring_.next->previous = ring_.previous;
        ring_.previous->next = other.ring_.next;
        other.ring_.previous->next = &ring_;
        ring_.previous = other.ring_.previous;
        other.make_empty();
    }
    // Takes a node out of whichever list it is in.
    static void unlink(timer_node& node) noexcept {
        node.previous->next = node.next;
        node.next->previous = node.previous;
        node.previous = node.next = nullptr;
    }

private:
    void make_empty() noexcept { ring_.previous = ring_.next = &ring_; }

    timer_links ring_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
