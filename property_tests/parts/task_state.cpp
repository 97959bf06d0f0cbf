// property_tests/parts/task_state.cpp: task/state.hpp, by one thread at a time, against the rules
// of a task told in words (task_state_reference.hpp).
#include <yot_run/task/state.hpp>

#include <property_tests/parts/task_state_reference.hpp>

#include <rapidcheck.h>
#include <rapidcheck/state.h>

namespace {

using reference::task;
using yot_run::internal::task_state;

using command = rc::state::Command<task, task_state>;

// What the handle sees of it, while there is one.
void expect_word(const task& expected, const task_state& actual) {
    if (expected.has_handle()) RC_ASSERT(actual.observe().bits == expected.seen().bits);
}

// An operation that may be done when `MayBeDone` says so (null: always), and what it must answer.
template <auto Actual, auto Expected, auto MayBeDone>
struct operation : command {
    void checkPreconditions(const task& before) const override {
        if constexpr (MayBeDone != nullptr) RC_PRE((before.*MayBeDone)());
    }
    void apply(task& expected) const override { static_cast<void>((expected.*Expected)()); }
    void run(const task& before, task_state& actual) const override {
        task expected = before;
        RC_ASSERT((actual.*Actual)() == (expected.*Expected)());
        expect_word(expected, actual);
    }
};

struct wake : operation<&task_state::wake, &task::wake, nullptr> {
    void show(std::ostream& out) const override { out << "wake"; }
};
struct aborted : operation<&task_state::abort, &task::abort, nullptr> {
    void show(std::ostream& out) const override { out << "abort"; }
};
struct begin : operation<&task_state::begin, &task::begin, &task::may_begin> {
    void show(std::ostream& out) const override { out << "begin"; }
};
struct suspend : operation<&task_state::suspend, &task::suspend, &task::may_suspend> {
    void show(std::ostream& out) const override { out << "suspend"; }
};
struct finish : operation<&task_state::finish, &task::finish, &task::may_finish> {
    void show(std::ostream& out) const override { out << "finish"; }
};
struct claim : operation<&task_state::claim, &task::claim, nullptr> {
    void show(std::ostream& out) const override { out << "claim"; }
};
struct give_join_waker
    : operation<&task_state::give_join_waker, &task::give_join_waker, &task::may_give_join_waker> {
    void show(std::ostream& out) const override { out << "give the join waker"; }
};
struct take_join_waker
    : operation<&task_state::take_join_waker, &task::take_join_waker, &task::may_take_join_waker> {
    void show(std::ostream& out) const override { out << "take the join waker"; }
};

struct drop_interest : command {
    void checkPreconditions(const task& before) const override { RC_PRE(before.has_handle()); }
    void apply(task& expected) const override { static_cast<void>(expected.drop_interest()); }
    void run(const task& before, task_state& actual) const override {
        task expected = before;
        const auto seen = actual.drop_interest();
        RC_ASSERT(seen.bits == expected.drop_interest().bits);
        RC_ASSERT(seen.cell_is_the_handles() == before.cell_is_the_handles());
    }
    void show(std::ostream& out) const override { out << "drop the handle"; }
};

}  // namespace

int main() {
    const bool holds = rc::check("a task keeps what it owes, and ends once", [] {
        task_state actual;
        rc::state::check(task{}, actual,
                         rc::state::gen::execOneOfWithArgs<wake, aborted, begin, suspend, finish,
                                                           claim, give_join_waker,
                                                           take_join_waker, drop_interest>());
    });
    return holds ? 0 : 1;
}
