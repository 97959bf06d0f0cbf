// property_tests/programs/futures.hpp: futures written by hand that tell the ledger what happens to
// them, and futures that treat wakers as carelessly as they may.
#pragma once

#include <property_tests/programs/ledger.hpp>

#include <yot_run/reactor/timer.hpp>
#include <yot_run/task/context.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/poll.hpp>
#include <yot_run/task/task.hpp>
#include <yot_run/task/waker.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace programs {

using yot_run::context;
using yot_run::poll;
using yot_run::poll_pending;
using yot_run::waker;

// Makes wakers that do something before and after they wake another one.
class observed_wakers {
public:
    using action = std::function<void()>;
    observed_wakers(ledger& account, action before, action after)
        : account_(&account), before_(std::move(before)), after_(std::move(after)) {}

    // One for each waker that it wraps.
    [[nodiscard]] const waker& wrap(const waker& inner);

private:
    struct shared;

    ledger* account_;
    action before_;
    action after_;
    waker wrapped_;
    shared* wraps_ = nullptr;
};

// What a task gives. Exists once.
class output {
public:
    output() = default;
    output(ledger& account, task_id of) : account_(&account), of_(of) { account.make_output(of); }
    output(output&& other) noexcept
        : account_(std::exchange(other.account_, nullptr)), of_(other.of_) {}
    output& operator=(output&& other) noexcept {
        std::swap(account_, other.account_);
        std::swap(of_, other.of_);
        return *this;
    }
    ~output() {
        if (account_ != nullptr) account_->destroy_output(of_);
    }
    [[nodiscard]] task_id of() const { return of_; }

private:
    ledger* account_ = nullptr;
    task_id of_ = 0;
};

// Tells the ledger when what a task consists of is destroyed. Moved along with it.
class lifetime {
public:
    lifetime(ledger& account, task_id of) : account_(&account), of_(of) {}
    lifetime(lifetime&& other) noexcept
        : account_(std::exchange(other.account_, nullptr)), of_(other.of_) {}
    lifetime& operator=(lifetime&&) = delete;
    ~lifetime() {
        if (account_ != nullptr) account_->destroy_future(of_);
    }
    [[nodiscard]] ledger& account() const { return *account_; }
    [[nodiscard]] task_id of() const { return of_; }

private:
    ledger* account_;
    task_id of_;
};

// A task's work, watched: it is polled with a waker that is counted. `ends_task`: its end is the
// end of the task, so this is what the task consists of; otherwise somebody else tells the ledger.
class watched {
public:
    watched(ledger& account, task_id id, bool ends_task, yot_run::task<output> work);

    yot_run::poll<output> poll(context& cx);

private:
    ledger* account_;
    task_id id_;
    std::optional<lifetime> lifetime_;
    std::unique_ptr<observed_wakers> wakers_;
    yot_run::task<output> work_;
};

// A sleep whose timer has a waker of its own.
class watched_sleep {
public:
    watched_sleep(ledger& account, task_id who, yot_run::sys::duration length);
    watched_sleep(watched_sleep&&) noexcept = default;
    watched_sleep& operator=(watched_sleep&&) = delete;
    ~watched_sleep();

    yot_run::poll<> poll(context& cx);

private:
    struct watch;
    void leave_list();

    std::shared_ptr<watch> watch_;
    task_id who_;
    sys_time deadline_;
    std::unique_ptr<observed_wakers> wakers_;
    yot_run::sleep_future sleep_;
};

// Another future, which stays where it is.
template <class F>
class [[nodiscard]] borrowed {
public:
    explicit borrowed(F& other) : other_(&other) {}
    auto poll(context& cx) { return other_->poll(cx); }

private:
    F* other_;
};

// Polls another future, and is ready whatever it answers.
template <class F>
class [[nodiscard]] polled_once {
public:
    explicit polled_once(F& other) : other_(&other) {}
    yot_run::poll<> poll(context& cx) {
        static_cast<void>(other_->poll(cx));
        return {};
    }

private:
    F* other_;
};

// A timeout, held to it that it asks the other future before it gives up.
template <class F>
class [[nodiscard]] checked_timeout {
public:
    checked_timeout(yot_run::sys::duration length, F other)
        : was_asked_(std::make_unique<bool>(false)),
          timeout_(yot_run::timeout(length, noted{was_asked_.get(), std::move(other)})) {}

    auto poll(context& cx) {
        *was_asked_ = false;
        auto answer = timeout_.poll(cx);
        ledger::require(answer.is_pending() || *was_asked_,
                        "P6: a timeout gives up without asking for what it waited for");
        return answer;
    }

private:
    struct noted {
        bool* was_asked;
        F other;
        auto poll(context& cx) {
            *was_asked = true;
            return other.poll(cx);
        }
    };

    std::unique_ptr<bool> was_asked_;
    yot_run::timeout_future<noted> timeout_;
};

// Wakes everybody who waits for it.
class bell {
public:
    void ring();

    class [[nodiscard]] future {
    public:
        // `forgets`: its waker stays behind when it is destroyed.
        future(bell& owner, bool forgets)
            : owner_(&owner), heard_(owner.rings_), forgets_(forgets) {}
        future(future&& other) noexcept
            : owner_(std::exchange(other.owner_, nullptr)),
              heard_(other.heard_),
              forgets_(other.forgets_) {}
        future& operator=(future&&) = delete;
        ~future();
        yot_run::poll<> poll(context& cx);
        [[nodiscard]] bool has_rung() const { return owner_->rings_ != heard_; }

    private:
        bell* owner_;
        std::uint64_t heard_;
        bool forgets_;
        std::uint64_t ticket_ = 0;
    };

    [[nodiscard]] future next(bool forgets) { return {*this, forgets}; }
    [[nodiscard]] std::uint64_t rings() const { return rings_; }
    void forget_all() { waiting_.clear(); }

private:
    struct entry {
        std::uint64_t ticket;
        waker who;
    };
    std::vector<entry> waiting_;
    std::uint64_t rings_ = 0;
    std::uint64_t tickets_ = 0;
};

// What two tasks do by turns, each of which wakes the other one.
struct turns {
    std::array<waker, 2> waiting;
    std::size_t now = 0;

    void pass() {
        now = 1 - now;
        waker next = std::exchange(waiting[now], {});
        if (next) std::move(next).wake();
    }
};
class [[nodiscard]] turn_of {
public:
    turn_of(turns& all, std::size_t side) : all_(&all), side_(side) {}
    yot_run::poll<> poll(context& cx);

private:
    turns* all_;
    std::size_t side_;
};

// Gives away clones of its waker, and is ready when it is polled again.
class [[nodiscard]] hoarding_future {
public:
    hoarding_future(std::vector<waker>& hoard, unsigned clones) : hoard_(&hoard), clones_(clones) {}
    yot_run::poll<> poll(context& cx);

private:
    std::vector<waker>* hoard_;
    unsigned clones_;
    bool was_polled_ = false;
};

}  // namespace programs
