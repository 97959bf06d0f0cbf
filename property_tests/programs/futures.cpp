#include <property_tests/programs/futures.hpp>

#include <yot_run/simulation/simulation.hpp>

#include <algorithm>
#include <exception>

namespace programs {

using yot_run::raw_waker;
using yot_run::waker_functions;

// What all clones of one wrapped waker share; gone with the last of them.
struct observed_wakers::shared {
    ledger* account;
    action before;
    action after;
    waker inner;
    std::size_t clones = 1;

    static shared& of(const void* data) { return *static_cast<shared*>(const_cast<void*>(data)); }
    static raw_waker clone(const void* data) noexcept {
        shared& self = of(data);
        ++self.clones;
        ++self.account->wakers;
        return {data, &functions};
    }
    static void wake(const void* data) noexcept {
        shared& self = of(data);
        if (self.clones > 1) {
            wake_by_ref(data);
        } else {
            self.before();
            std::move(self.inner).wake();
            self.after();
        }
        drop(data);
    }
    static void wake_by_ref(const void* data) noexcept {
        shared& self = of(data);
        // Others may drop theirs meanwhile, but this one is ours until we return.
        self.before();
        self.inner.wake_by_ref();
        self.after();
    }
    static void drop(const void* data) noexcept {
        shared& self = of(data);
        --self.account->wakers;
        if (--self.clones == 0) delete &self;
    }
    static const waker_functions functions;
};

constinit const waker_functions observed_wakers::shared::functions{clone, wake, wake_by_ref, drop};

const waker& observed_wakers::wrap(const waker& inner) {
    if (wraps_ != nullptr && wrapped_ && wraps_->inner.will_wake(inner)) return wrapped_;
    wraps_ = new shared{account_, before_, after_, inner.clone()};
    ++account_->wakers;
    wrapped_ = waker(raw_waker{wraps_, &shared::functions});
    return wrapped_;
}

watched::watched(ledger& account, task_id id, bool ends_task, yot_run::task<output> work)
    : account_(&account),
      id_(id),
      wakers_(std::make_unique<observed_wakers>(
          account, [&account, id] { account.begin_wake(id); },
          [&account, id] { account.end_wake(id); })),
      work_(std::move(work)) {
    if (ends_task) lifetime_.emplace(account, id);
}

poll<output> watched::poll(context& cx) {
    account_->begin_poll(id_);
    try {
        context inner(wakers_->wrap(cx.waker()), cx);
        yot_run::poll<output> answer = work_.poll(inner);
        account_->end_poll(id_);
        if (answer.is_ready() && lifetime_) account_->end(id_, ending::gave);
        return answer;
    } catch (...) {
        account_->end_poll(id_);
        if (lifetime_) account_->end(id_, ending::threw);
        throw;
    }
}

// What its timer's waker tells; it may be called once more after the sleep has gone.
struct watched_sleep::watch {
    ledger* account;
    bool is_listed = false;
    bool is_being_polled = false;
    ledger::sleep_position position;

    void on_wake() {
        if (!is_listed) return;
        // Also the budget wakes, and only during a poll. Then it is not certain that there is a
        // timer.
        if (is_being_polled)
            position->is_certain = false;
        else
            account->wake_sleeper(position);
    }
};

watched_sleep::watched_sleep(ledger& account, task_id who, yot_run::sys::duration length)
    : watch_(std::make_shared<watch>(&account)),
      who_(who),
      deadline_(yot_run::sys::now() + length),
      wakers_(std::make_unique<observed_wakers>(
          account, [seen = watch_] { seen->on_wake(); }, [] {})),
      sleep_(yot_run::sleep_until(deadline_)) {}

watched_sleep::~watched_sleep() {
    if (watch_) leave_list();
}

void watched_sleep::leave_list() {
    if (std::exchange(watch_->is_listed, false)) watch_->account->disarm(watch_->position);
}

poll<> watched_sleep::poll(context& cx) {
    if (!std::exchange(watch_->is_listed, true))
        watch_->position = watch_->account->list_sleep(who_, deadline_);
    watch_->is_being_polled = true;
    context inner(wakers_->wrap(cx.waker()), cx);
    const yot_run::poll<> answer = sleep_.poll(inner);
    watch_->is_being_polled = false;
    if (answer.is_pending()) {
        watch_->account->arm(watch_->position);
        return poll_pending;
    }
    leave_list();
    ledger::require(yot_run::sys::now() >= deadline_, "P6: a sleep is over too early");
    return {};
}

void bell::ring() {
    ++rings_;
    std::vector<entry> woken = std::exchange(waiting_, {});
    for (entry& each : woken) std::move(each.who).wake();
}

// Cloning and dropping a waker are points, at which others may change the list.
bell::future::~future() {
    if (owner_ == nullptr || forgets_ || ticket_ == 0) return;
    const auto own = std::ranges::find(owner_->waiting_, ticket_, &entry::ticket);
    if (own == owner_->waiting_.end()) return;
    const waker dropped = std::move(own->who);
    owner_->waiting_.erase(own);
}

poll<> bell::future::poll(context& cx) {
    waker mine = cx.waker().clone();
    if (has_rung()) return {};
    const auto own = std::ranges::find(owner_->waiting_, ticket_, &entry::ticket);
    if (ticket_ != 0 && own != owner_->waiting_.end()) {
        own->who.swap(mine);
        return poll_pending;
    }
    ticket_ = ++owner_->tickets_;
    owner_->waiting_.push_back({ticket_, std::move(mine)});
    return poll_pending;
}

poll<> turn_of::poll(context& cx) {
    waker mine = cx.waker().clone();
    if (all_->now == side_) return {};
    all_->waiting[side_].swap(mine);
    return poll_pending;
}

poll<> hoarding_future::poll(context& cx) {
    if (std::exchange(was_polled_, true)) return {};
    for (unsigned i = 0; i < clones_; ++i) hoard_->push_back(cx.waker().clone());
    return poll_pending;
}

}  // namespace programs
