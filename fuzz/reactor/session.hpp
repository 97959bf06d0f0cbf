// fuzz/reactor/session.hpp: one input of reactor_registration: a reactor, many descriptors, the tasks
// that wait for them, and what must become of it all (expectation.hpp).
//
// Operations work on places, each with a descriptor, at most one registration of it, and duplicates.
// Wakers carry out operations, too: the one that follows in the input the operation that made them.
#pragma once

#include <fuzz/reactor/ends.hpp>
#include <fuzz/reactor/expectation.hpp>
#include <fuzz/reactor/kernel.hpp>
#include <fuzz/reactor/tampering.hpp>
#include <fuzz/records.hpp>

#include <yot_run/reactor/reactor.hpp>
#include <yot_run/reactor/registration.hpp>
#include <yot_run/task/waker_probe.hpp>

#include <array>
#include <deque>
#include <memory>
#include <optional>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {

using ::fuzz::expectation;
using ::fuzz::record_reader;
using ::fuzz::task_number;
using ::fuzz::way;

[[nodiscard]] inline direction direction_of(way which) {
    return which == ::fuzz::reading ? direction::read : direction::write;
}

class session final : public ::fuzz::observer {
public:
    // Takes the first record as settings. Throws std::bad_alloc.
    explicit session(record_reader input);
    ~session() override;

    // Carries out the rest of the input, ends everything, and checks that nothing is left.
    void run();

private:
    // A look at a registration, and an operation that had to wait, not yet cleared.
    struct held_look {
        internal::readiness found;
        std::uint64_t seen;
    };
    struct place {
        std::unique_ptr<end> what;
        std::optional<internal::registration> watched;
        expectation::key key = 0;  // Of the registration.
        std::uint64_t token = 0;
        bool kernel_knows = false;  // The kernel would not take it again.
        bool is_polled = false;     // By a task, right now: nobody else may use the registration.
        std::array<std::optional<held_look>, 2> held;
        std::array<sys::descriptor, 2> duplicates;
    };
    // What a task's waker does, besides being counted.
    struct waiting_task {
        internal::waker_probe probe;
        std::optional<record> on_wake;
    };
    using operation = void (session::*)(place& at, const record& given);
    struct named_operation {
        const char* name;
        operation carry_out;
        bool in_a_turn;     // Also a waker may do it.
        bool while_polled;  // Also while a task polls the registration.
    };
    static const std::array<named_operation, 26> operations;
    static constexpr std::size_t place_count = 80;  // More than a batch of wakers holds.

    [[nodiscard]] place& place_of(const record& given);
    void carry_out(const record& given);
    void carry_out(const record& given, place& at);
    [[nodiscard]] record next_or_nothing();

    // Operations.
    void open(place& at, const record& given);
    void add(place& at, const record& given);
    void remove(place& at, const record& given);
    void wait(place& at, const record& given);
    void wait_and_act(place& at, const record& given);
    void wait_with_news(place& at, const record& given);
    void wait_again(place& at, const record& given);
    void look(place& at, const record& given);
    void clear(place& at, const record& given);
    void send(place& at, const record& given);
    void receive(place& at, const record& given);
    void fill(place& at, const record& given);
    void half_close(place& at, const record& given);
    void reset(place& at, const record& given);
    void close_peer(place& at, const record& given);
    void shut(place& at, const record& given);
    void copy(place& at, const record& given);
    void close_copy(place& at, const record& given);
    void reopen(place& at, const record& given);
    void turn(place& at, const record& given);
    void interrupt(place& at, const record& given);
    void shut_down(place& at, const record& given);
    void repeat(place& at, const record& given);
    void move(place& at, const record& given);
    void plan_fault(place& at, const record& given);
    void tamper(place& at, const record& given);

    task_number new_task();
    [[nodiscard]] waiting_task& task(task_number who) { return tasks_[std::size_t(who)]; }
    void meanwhile(place& at, const record& news);
    [[nodiscard]] poll<internal::readiness> poll_as(place& at, way direction, task_number who);
    void wait_as(place& at, way direction, task_number who);
    void take_turn(sys::duration most = sys::duration::zero());
    // Whoever waits for what is ready by now would wait for ever.
    void require_that_nobody_is_forgotten();
    void end_everything();

    // From the kernel.
    void added(int number, std::uint64_t token) override;
    void removed(int /*number*/) override {}
    void reported(std::vector<::fuzz::reported_event>& events, std::size_t room) override;

    record_reader input_;
    kernel kernel_;
    std::error_code refused_;  // The reactor could not be made.
    sync::reference<internal::reactor> reactor_;
    expectation expected_;
    ::fuzz::tampering tampering_;
    std::deque<waiting_task>
        tasks_;  // By number. They outlive the places, whose wakers they count.
    std::array<place, place_count> places_;
    environment nowhere_;
    std::uint64_t last_token_ = 0;
    std::size_t events_told_ = 0;
    bool is_interrupted_ = false;
    int nesting_ = 0;
    bool is_ending_ = false;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
