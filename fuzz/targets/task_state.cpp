// fuzz/targets/task_state.cpp: task/state.hpp, by one thread at a time, answers as the rules of a
// task say; its word says the same to the handle, and so does the word as a value, to whoever asks.
#include <yot_run/task/state.hpp>

#include <fuzz/finding.hpp>
#include <fuzz/records.hpp>
#include <property_tests/parts/task_state_reference.hpp>

#include <array>
#include <cstdint>

namespace {

using fuzz::record;
using fuzz::require;
using fuzz::steps;

class session {
public:
    session() { look(); }

    void carry_out(const record& given) {
        const named_operation& chosen = operations[given.kind % operations.size()];
        if (chosen.may_be_done != nullptr && !(expected_.*chosen.may_be_done)()) return;
        steps.add(chosen.name);
        require((this->*chosen.agrees)(), "another answer");
        look();
    }

private:
    struct named_operation {
        const char* name;
        bool (reference::task::*may_be_done)() const;  // Null: always.
        bool (session::*agrees)();
    };
    static const std::array<named_operation, 9> operations;

    // Each carries out an operation on the state and on the bare word.

    bool wake() {
        word_ = word_.after_wake();
        return actual_.wake() == expected_.wake();
    }
    bool abort() {
        word_ = word_.after_abort();
        return actual_.abort() == expected_.abort();
    }
    bool begin() {
        word_ = word_.after_begin();
        return actual_.begin() == expected_.begin();
    }
    bool suspend() {
        word_ = word_.after_suspend();
        return actual_.suspend() == expected_.suspend();
    }
    bool finish() {
        word_ = word_.after_finish();
        return actual_.finish() == expected_.finish();
    }
    bool claim() {
        if (word_.current() == yot_run::internal::phase::idle)
            word_ = word_.with(yot_run::internal::phase::active);
        return actual_.claim() == expected_.claim();
    }
    bool give_join_waker() {
        if (!word_.complete()) word_ = word_.with_join_waker(true);
        return actual_.give_join_waker() == expected_.give_join_waker();
    }
    bool take_join_waker() {
        if (!word_.complete()) word_ = word_.with_join_waker(false);
        return actual_.take_join_waker() == expected_.take_join_waker();
    }
    bool drop_interest() {
        word_ = word_.without_interest();
        const bool is_the_handles = expected_.cell_is_the_handles();
        const auto before = actual_.drop_interest();
        return before == expected_.drop_interest() &&
               before.cell_is_the_handles() == is_the_handles;
    }

    void look() {
        require(word_ == expected_.seen(), "the bare word is another one");
        if (!expected_.has_handle()) return;  // Nobody else may look.
        require(actual_.observe() == expected_.seen(), "another word");
    }

    yot_run::internal::task_state actual_;
    reference::task expected_;
    yot_run::internal::task_word word_ = expected_.seen();
};

constexpr std::array<session::named_operation, 9> session::operations{{
    {"wake", nullptr, &session::wake},
    {"abort", nullptr, &session::abort},
    {"begin", &reference::task::may_begin, &session::begin},
    {"suspend", &reference::task::may_suspend, &session::suspend},
    {"finish", &reference::task::may_finish, &session::finish},
    {"claim", nullptr, &session::claim},
    {"give the join waker", &reference::task::may_give_join_waker, &session::give_join_waker},
    {"take the join waker", &reference::task::may_take_join_waker, &session::take_join_waker},
    {"drop the handle", &reference::task::has_handle, &session::drop_interest},
}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    steps.begin();
    session one;
    fuzz::record_reader input({data, size});
    while (const auto next = input.next()) one.carry_out(*next);
    return 0;
}
