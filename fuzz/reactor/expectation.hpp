// fuzz/reactor/expectation.hpp: who must be woken by the reactor, who may be, and who must not: the
// contract of reactor/registration.hpp, told a second time and without any of its machinery.
//
// The target says what it does, the observer what the kernel reports, and the wakers that they are
// called. What does not fit is found at once; what should have happened, when a turn ends.
//
//   A registration is ready in both directions until an operation finds otherwise and clears it, which
//   counts only if no event was delivered since the look that preceded the operation.
//   A task that finds it not ready waits. An event that concerns its direction ends that: its waker must
//   be called in the turn that delivers the event, and only once.
//   Events are delivered in the order in which they are reported. Wakers are called at some time after
//   the delivery, in the same turn; so what is delivered is known from who is called, and at the end.
//   An event whose token is no registration's concerns nobody.
//   A registration that ends drops its wakers; those that its turn has taken already may be called.
//
// One thread.
#pragma once

#include <fuzz/worlds/observer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace fuzz {

// A direction, as an index. An enumeration of the reactor's would be of a world.
enum way : std::size_t { reading, writing };
inline constexpr std::array ways{reading, writing};

// A task that waits, by number.
using task_number = int;
inline constexpr task_number nobody = -1;

class expectation {
public:
    // A registration, by number; numbers are not used again.
    using key = int;

    // What the reactor is told by the target.

    [[nodiscard]] key register_as(std::uint64_t token);
    // Also in the middle of a turn.
    void end_registration(key which);
    // Asked before poll_ready. False: the task has to wait.
    [[nodiscard]] bool is_ready(key which, way direction) const;
    // Counts the deliveries; clear() wants it back.
    [[nodiscard]] std::uint64_t seen(key which) const;
    void clear(key which, way direction, std::uint64_t seen);
    // poll_ready is about to store the waker of this task, in place of another one.
    void begin_waiting(key which, way direction, task_number who);
    // poll_ready is back, with this answer.
    void has_polled(key which, way direction, task_number who, bool is_ready);
    void begin_shutdown();
    void end_shutdown();

    // What a turn does.

    void begin_turn();
    void report(const reported_event& event);
    // Called by the waker.
    void called(task_number who);
    void end_turn();

    // A turn or a shutdown is calling wakers.
    [[nodiscard]] bool is_calling() const { return callers_ > 0; }
    // Of an event that was reported in this turn, or a shutdown that is going on, it may know yet or
    // not.
    [[nodiscard]] bool is_uncertain(key which) const;
    [[nodiscard]] task_number waiting(key which, way direction) const;
    [[nodiscard]] bool is_closed(key which, way direction) const;
    [[nodiscard]] bool is_shut_down() const { return is_shut_down_; }
    [[nodiscard]] bool is_shutting_down() const { return is_shutting_down_; }
    [[nodiscard]] std::size_t live() const { return registrations_.size(); }
    [[nodiscard]] std::size_t most_live() const { return most_live_; }
    [[nodiscard]] std::uint64_t calls() const { return calls_; }

private:
    struct registration {
        std::uint64_t token = 0;
        std::array<bool, 2> ready{true, true};
        std::array<bool, 2> closed{};
        std::array<task_number, 2> waiting{nobody, nobody};
        std::array<bool, 2> is_storing{};  // Its waker is being stored right now.
        std::uint64_t deliveries = 0;
    };
    struct pending_event {
        key whose;
        std::uint32_t what;
    };

    [[nodiscard]] const registration& at(key which) const { return registrations_.at(which); }
    void wake(registration& of, way direction);
    void deliver(const pending_event& event);
    void deliver_one();
    // Whether it may be called now, which it then has been.
    [[nodiscard]] bool is_due(task_number who);

    std::unordered_map<key, registration> registrations_;
    std::unordered_map<std::uint64_t, key> by_token_;
    std::unordered_set<std::uint64_t> used_tokens_;  // Of all registrations ever.
    std::deque<pending_event> pending_;    // Reported in this turn, not known to be delivered.
    std::set<task_number> due_;            // Must be called before the turn ends.
    std::set<task_number> may_be_called_;  // As long as this turn lasts,
    std::set<task_number> is_storing_;     // or until poll_ready is back.
    key next_key_ = 0;
    std::size_t most_live_ = 0;
    std::uint64_t calls_ = 0;
    int callers_ = 0;
    bool is_shut_down_ = false;
    bool is_shutting_down_ = false;
};

}  // namespace fuzz
