#include <fuzz/reactor/expectation.hpp>

#include <fuzz/finding.hpp>

#include <algorithm>
#include <utility>

namespace fuzz {
namespace {

// What an operation in this direction would have something to do with.
constexpr std::array<std::uint32_t, 2> concerns{readable | read_closed | in_error,
                                                writable | write_closed | in_error};
constexpr std::array<std::uint32_t, 2> closes{read_closed, write_closed};

}  // namespace

expectation::key expectation::register_as(std::uint64_t token) {
    require(!is_shut_down_, "a registration after the shutdown");
    require(used_tokens_.insert(token).second,
            "an event for an earlier registration would find it");
    const key made = next_key_++;
    registrations_.emplace(made, registration{.token = token});
    by_token_.emplace(token, made);
    most_live_ = std::max(most_live_, registrations_.size());
    return made;
}

void expectation::end_registration(key which) {
    const registration& ended = at(which);
    // Whatever of it the turn has taken already may still be called, until the turn ends.
    for (const way direction : ways)
        if (is_uncertain(which) && ended.waiting[direction] != nobody)
            may_be_called_.insert(ended.waiting[direction]);
    by_token_.erase(ended.token);
    registrations_.erase(which);
}

bool expectation::is_ready(key which, way direction) const {
    return is_shut_down_ || at(which).ready[direction] || at(which).closed[direction];
}

std::uint64_t expectation::seen(key which) const { return at(which).deliveries; }

void expectation::clear(key which, way direction, std::uint64_t seen) {
    registration& of = registrations_.at(which);
    if (of.deliveries == seen) of.ready[direction] = false;
}

void expectation::begin_waiting(key which, way direction, task_number who) {
    registration& of = registrations_.at(which);
    of.waiting[direction] = who;
    of.is_storing[direction] = true;
}

void expectation::has_polled(key which, way direction, task_number who, bool is_ready) {
    registration& of = registrations_.at(which);
    of.is_storing[direction] = false;
    const bool expected = this->is_ready(which, direction);
    require(!is_ready || expected, "a registration is ready, and nothing has happened");
    require(is_ready || !expected, "what has happened meanwhile is not seen");
    if (is_ready && of.waiting[direction] == who) of.waiting[direction] = nobody;
    is_storing_.erase(who);
}

void expectation::begin_shutdown() {
    ++callers_;
    is_shut_down_ = is_shutting_down_ = true;
    for (auto& [which, of] : registrations_)
        for (const way direction : ways)
            if (of.is_storing[direction]) wake(of, direction);
}

void expectation::end_shutdown() {
    is_shutting_down_ = false;
    --callers_;
    // Wakers that a turn has taken, that turn will call.
    for (const auto& [which, of] : registrations_)
        for (const way direction : ways)
            require(of.waiting[direction] == nobody || is_uncertain(which),
                    "the shutdown left a task waiting");
    require(is_calling() || due_.empty(), "the shutdown left a task waiting");
}

void expectation::begin_turn() { ++callers_; }

void expectation::report(const reported_event& event) {
    const auto found = by_token_.find(event.token);
    if (found != by_token_.end()) pending_.push_back({found->second, event.what});
}

void expectation::wake(registration& of, way direction) {
    const task_number who = std::exchange(of.waiting[direction], nobody);
    if (who == nobody) return;
    // Whose waker is being stored will look once more, and may be called as well.
    (of.is_storing[direction] ? is_storing_ : due_).insert(who);
}

void expectation::deliver(const pending_event& event) {
    const auto found = registrations_.find(event.whose);
    if (found == registrations_.end()) return;
    registration& to = found->second;
    ++to.deliveries;
    for (const way direction : ways) {
        if ((event.what & concerns[direction]) == 0) continue;
        to.ready[direction] = true;
        if ((event.what & closes[direction]) != 0) to.closed[direction] = true;
        wake(to, direction);
    }
}

void expectation::deliver_one() {
    const pending_event first = pending_.front();
    pending_.pop_front();
    deliver(first);
}

bool expectation::is_due(task_number who) {
    if (due_.erase(who) + may_be_called_.erase(who) + is_storing_.erase(who) > 0) return true;
    if (!is_shutting_down_) return false;
    for (auto& [which, of] : registrations_) {
        const auto waiting = std::ranges::find(of.waiting, who);
        if (waiting == of.waiting.end()) continue;
        *waiting = nobody;
        return true;
    }
    return false;
}

void expectation::called(task_number who) {
    ++calls_;
    while (!is_due(who)) {
        require(!pending_.empty(), "a waker was called without a reason, or twice");
        deliver_one();
    }
}

void expectation::end_turn() {
    while (!pending_.empty()) deliver_one();
    --callers_;
    require(due_.empty(), "an event was reported, and the task that waits for it was not woken");
    may_be_called_.clear();
}

bool expectation::is_uncertain(key which) const {
    return is_shutting_down_ ||
           std::ranges::any_of(pending_, [which](const auto& each) { return each.whose == which; });
}

task_number expectation::waiting(key which, way direction) const {
    return at(which).waiting[direction];
}

bool expectation::is_closed(key which, way direction) const { return at(which).closed[direction]; }

}  // namespace fuzz
