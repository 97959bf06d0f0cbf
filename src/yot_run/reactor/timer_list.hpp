// yot_run/reactor/timer_list.hpp: timers in a ring of links that lie in the timers themselves.
//
// Nothing is allocated and nothing can fail. A node is in at most one list, must not move while it
// is in one, and must be taken out before it is destroyed. No locks here: whoever owns the lists has
// one.
// Checked by: timer_wheel_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <cstdint>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class timer_node {
public:
    timer_node() = default;
    timer_node(const timer_node&) = delete;
    timer_node& operator=(const timer_node&) = delete;

    [[nodiscard]] bool is_linked() const noexcept { return next_ != nullptr; }
    // The tick from which on it is due. REQUIRES: it has been inserted into a wheel.
    [[nodiscard]] std::uint64_t deadline() const noexcept { return deadline_; }

private:
    friend class timer_list;
    friend class timer_wheel;

    static constexpr std::uint16_t no_place = 0xffff;

    timer_node* previous_ = nullptr;
    timer_node* next_ = nullptr;
    std::uint64_t deadline_ = 0;
    std::uint16_t place_ = no_place;  // Which of the wheel's lists it is in.
};

// First in, first out.
class timer_list {
public:
    timer_list() noexcept { make_empty(); }
    timer_list(const timer_list&) = delete;
    timer_list& operator=(const timer_list&) = delete;

    [[nodiscard]] bool empty() const noexcept { return ring_.next_ == &ring_; }

    // REQUIRES: the node is in no list.
    void push_back(timer_node& node) noexcept {
        node.previous_ = std::exchange(ring_.previous_, &node);
        node.next_ = &ring_;
        node.previous_->next_ = &node;
    }
    // The first, which is then in no list; null when there is none.
    [[nodiscard]] timer_node* pop_front() noexcept {
        if (empty()) return nullptr;
        timer_node* const first = ring_.next_;
        unlink(*first);
        return first;
    }
    // Moves all nodes of `other` behind those of this one.
    void append(timer_list& other) noexcept {
        if (other.empty()) return;
        other.ring_.next_->previous_ = ring_.previous_;
        ring_.previous_->next_ = other.ring_.next_;
        other.ring_.previous_->next_ = &ring_;
        ring_.previous_ = other.ring_.previous_;
        other.make_empty();
    }
    // Takes a node out of whichever list it is in.
    static void unlink(timer_node& node) noexcept {
        node.previous_->next_ = node.next_;
        node.next_->previous_ = node.previous_;
        node.previous_ = node.next_ = nullptr;
    }

private:
    void make_empty() noexcept { ring_.previous_ = ring_.next_ = &ring_; }

    timer_node ring_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
