// yot_run/executor/test_doubles.hpp: for tests: events that threads and tasks wait for, and objects
// that are counted.
#pragma once

#include <yot_run/sync/reference.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/spawn.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::test {

// Opens when it has been unlocked as often as it has locks, and stays open. Any thread.
class gate {
public:
    class [[nodiscard]] passage {
    public:
        explicit passage(gate& through) noexcept : through_(&through) {}
        yot_run::poll<> poll(context& cx) { return through_->poll(cx); }

    private:
        gate* through_;
    };

    explicit gate(unsigned locks = 1) noexcept : locks_(locks) {}
    gate(const gate&) = delete;
    gate& operator=(const gate&) = delete;

    void unlock() {
        std::vector<waker> waiting;
        {
            const sync::lock guard(mutex_);
            if (locks_ == 0 || --locks_ > 0) return;
            waiting.swap(waiting_);
            opened_.notify_all();
        }
        for (waker& one : waiting) std::move(one).wake();
    }
    // Blocks the calling thread; in a task, its worker.
    void wait() {
        sync::lock guard(mutex_);
        opened_.wait(guard, [this] { return locks_ == 0; });
    }
    // What a task awaits.
    [[nodiscard]] passage passed() noexcept { return passage(*this); }
    [[nodiscard]] bool is_open() const {
        const sync::lock guard(mutex_);
        return locks_ == 0;
    }
    // How many polls have left a waker here.
    [[nodiscard]] std::size_t waiting() const {
        const sync::lock guard(mutex_);
        return waiting_.size();
    }
    // The wakers that were left, for a test to use in place of the gate.
    [[nodiscard]] std::vector<waker> take_wakers() {
        const sync::lock guard(mutex_);
        return std::exchange(waiting_, {});
    }

private:
    yot_run::poll<> poll(context& cx) {
        const sync::lock guard(mutex_);
        if (locks_ == 0) return {};
        waiting_.push_back(cx.waker().clone());
        return poll_pending;
    }

    mutable sync::mutex mutex_;
    sync::condition_variable opened_;
    unsigned locks_;
    std::vector<waker> waiting_;
};

// Letters for one task: whoever sends one wakes it. Any thread sends.
class mailbox {
public:
    class [[nodiscard]] receipt {
    public:
        explicit receipt(mailbox& from) noexcept : from_(&from) {}
        yot_run::poll<> poll(context& cx) { return from_->poll(cx); }

    private:
        mailbox* from_;
    };

    void send() {
        waker receiver;
        {
            const sync::lock guard(mutex_);
            ++letters_;
            receiver = std::exchange(receiver_, {});
        }
        if (receiver) std::move(receiver).wake();
    }
    // Takes a letter, when there is one.
    [[nodiscard]] receipt receive() noexcept { return receipt(*this); }

private:
    yot_run::poll<> poll(context& cx) {
        const sync::lock guard(mutex_);
        if (letters_ > 0) {
            --letters_;
            return {};
        }
        receiver_ = cx.waker().clone();
        return poll_pending;
    }

    sync::mutex mutex_;
    unsigned letters_ = 0;
    waker receiver_;
};

// A future written by hand: what the callable answers to a context.
template <class Answer>
class polled_by {
public:
    explicit polled_by(Answer answer) : answer_(std::move(answer)) {}
    auto poll(context& cx) { return answer_(cx); }

private:
    Answer answer_;
};

// How many of something there are; counted on any thread, read after what the test waits for.
class tally {
public:
    // Relaxed, all of it: plain counts, ordered by what the test waits for.
    void add(int amount = 1) noexcept { count_.fetch_add(amount, sync::relaxed); }
    [[nodiscard]] int get() const noexcept { return count_.load(sync::relaxed); }

private:
    sync::atomic<int> count_{0};
};

// Objects that were made, and destroyed.
struct ledger {
    tally made;
    tally destroyed;
    [[nodiscard]] int alive() const noexcept { return made.get() - destroyed.get(); }
};

// An object that is entered in a ledger: a parameter or a local of a coroutine's frame.
class entry {
public:
    explicit entry(ledger& book) noexcept : book_(&book) { book_->made.add(); }
    entry(entry&& other) noexcept : entry(*other.book_) {}
    entry& operator=(entry&&) = delete;
    ~entry() { book_->destroyed.add(); }

private:
    ledger* book_;
};

// The thread that calls `wait_for` sleeps on this.
class bell final : public sync::shared_object {
public:
    void ring() {
        const sync::lock guard(mutex_);
        rung_ = true;
        changed_.notify_one();
    }
    void wait() {
        sync::lock guard(mutex_);
        changed_.wait(guard, [this] { return rung_; });
        rung_ = false;
    }
    [[nodiscard]] static waker make_waker(sync::reference<bell> owner) noexcept {
        return waker({owner.release(), &functions});
    }

private:
    using owner = sync::reference<bell>;

    static bell& of(const void* data) noexcept {
        return *static_cast<bell*>(const_cast<void*>(data));
    }
    static raw_waker clone(const void* data) noexcept {
        return {owner::share(&of(data)).release(), &functions};
    }
    static void wake(const void* data) noexcept { owner::adopt(&of(data))->ring(); }
    static void wake_by_ref(const void* data) noexcept { of(data).ring(); }
    static void drop(const void* data) noexcept { static_cast<void>(owner::adopt(&of(data))); }
    static constexpr waker_functions functions{clone, wake, wake_by_ref, drop};

    sync::mutex mutex_;
    sync::condition_variable changed_;
    bool rung_ = false;
};

// Blocks the calling thread until the future is ready: what block_on is made of, below the runtime.
template <future F>
output_of<F> wait_for(F&& future) {
    const auto here = sync::make_shared_object<bell>();
    const waker waker = bell::make_waker(here);
    environment outside;
    for (;;) {
        context cx(waker, outside);
        if (auto answer = future.poll(cx); answer.is_ready()) return std::move(answer).value();
        here->wait();
    }
}

// The task has ended, and awaiting it throws task_cancelled. Takes its output, if it has ended.
template <class T>
[[nodiscard]] bool is_cancelled(join_handle<T>& handle) {
    if (!handle.is_finished()) return false;
    try {
        wait_for(handle);
    } catch (const task_cancelled&) {
        return true;
    }
    return false;
}

}  // namespace yot_run::inline YOT_RUN_WORLD::test
