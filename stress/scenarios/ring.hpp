// stress/scenarios/ring.hpp: tasks in a ring that hand tokens on.
//
// Ledger: no token is made or lost: those that lie in the mailboxes in the end are those that were
// given in the beginning.
#pragma once

#include <stress/harness/run.hpp>
#include <stress/scenarios/mailbox.hpp>
#include <yot_run/runtime/runtime.hpp>
#include <yot_run/task/task.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace stress {

class ring {
public:
    ring(run& run, std::size_t members) : run_(run), boxes_(members) {}

    // Spawns the members, and gives the tokens to the first ones.
    void start(yot_run::runtime& runtime, std::uint64_t tokens) {
        latencies& until_run = run_.book().latency("wake to run");
        tokens_ = tokens;
        for (std::size_t index = 0; index < boxes_.size(); ++index)
            members_.push_back(runtime.spawn(member(run_, until_run, boxes_[index],
                                                    boxes_[(index + 1) % boxes_.size()])));
        for (std::uint64_t token = 0; token < tokens; ++token) boxes_[token % boxes_.size()].give();
    }

    // Waits for the members, which end when the run is over, and balances the account.
    void finish(yot_run::runtime& runtime) {
        for (auto& each : members_) runtime.block_on(std::move(each));
        std::uint64_t left = 0;
        for (mailbox& each : boxes_) left += each.given() - each.received();
        run_.book().expect_equal("tokens in the ring", tokens_, left);
        for (mailbox& each : boxes_) each.forget();
    }

private:
    // Ends with the first token that comes after the end of the run, and hands that on, too: so all
    // of them end.
    static yot_run::task<> member(run& run, latencies& until_run, mailbox& here, mailbox& next) {
        for (bool last = false; !last;) {
            const std::uint64_t tokens = co_await here.receive();
            until_run.record(here.since_given());
            run.step();
            last = run.is_over();
            next.give(tokens);
        }
    }

    run& run_;
    std::vector<mailbox> boxes_;
    std::vector<yot_run::join_handle<void>> members_;
    std::uint64_t tokens_ = 0;
};

}  // namespace stress
