#include <yot_run/reactor/timer_wheel.hpp>

#include <algorithm>
#include <bit>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

void timer_wheel::insert(timer_node& node, std::uint64_t deadline) noexcept {
    node.deadline_ = std::max(deadline, now_);
    link(node);
    ++size_;
}

void timer_wheel::link(timer_node& node) noexcept {
    // The highest bit in which deadline and present differ; for the present itself, the lowest.
    const auto highest = unsigned(std::bit_width((node.deadline_ ^ now_) | 1) - 1);
    const unsigned level = highest / digit_bits;
    const unsigned slot = unsigned(node.deadline_ >> level * digit_bits) % slots_per_level;
    node.place_ = std::uint16_t(level * slots_per_level + slot);
    slots_[level][slot].push_back(node);
    slots_in_use_[level] |= std::uint64_t{1} << slot;
    levels_in_use_ |= 1U << level;
}

void timer_wheel::remove(timer_node& node) noexcept {
    const unsigned number = std::exchange(node.place_, timer_node::no_place);
    timer_list::unlink(node);
    --size_;
    const place left{number / slots_per_level, number % slots_per_level};
    if (slots_[left.level][left.slot].empty()) mark_empty(left);
}

void timer_wheel::mark_empty(place which) noexcept {
    slots_in_use_[which.level] &= ~(std::uint64_t{1} << which.slot);
    if (slots_in_use_[which.level] == 0) levels_in_use_ &= ~(1U << which.level);
}

timer_wheel::place timer_wheel::next_place() const noexcept {
    const auto level = unsigned(std::countr_zero(levels_in_use_));
    return {level, unsigned(std::countr_zero(slots_in_use_[level]))};
}

std::uint64_t timer_wheel::first_tick_of(place which) const noexcept {
    // The present, with the level's digit replaced and those below it zero.
    const unsigned digit = which.level * digit_bits;
    const std::uint64_t below = (std::uint64_t{1} << digit) * (slots_per_level - 1);
    const std::uint64_t higher = now_ & ~(below | ((std::uint64_t{1} << digit) - 1));
    return higher | std::uint64_t{which.slot} << digit;
}

std::optional<std::uint64_t> timer_wheel::next_deadline() const noexcept {
    if (empty()) return std::nullopt;
    return first_tick_of(next_place());
}

void timer_wheel::take(place from, timer_list& out) noexcept {
    out.append(slots_[from.level][from.slot]);
    mark_empty(from);
}

void timer_wheel::advance(std::uint64_t now, timer_list& fired) noexcept {
    if (now < now_) return;
    while (!empty()) {
        const place next = next_place();
        const std::uint64_t tick = first_tick_of(next);
        if (tick > now) break;
        now_ = tick;
        timer_list reached;
        take(next, reached);
        while (timer_node* const node = reached.pop_front()) {
            if (node->deadline_ > now_) {
                link(*node);  // At a lower level, since this level's digit is now the present's.
            } else {
                node->place_ = timer_node::no_place;
                fired.push_back(*node);
                --size_;
            }
        }
    }
    now_ = now;
}

void timer_wheel::drain(timer_list& out) noexcept {
    timer_list all;
    while (levels_in_use_ != 0) take(next_place(), all);
    while (timer_node* const node = all.pop_front()) {
        node->place_ = timer_node::no_place;
        out.push_back(*node);
    }
    size_ = 0;
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
