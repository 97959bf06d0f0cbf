// model/worlds/blocking.hpp: the parts of the `sync` seam that both checkers have in common: cells,
// mutexes, condition variables, threads, and what belongs to a thread.
//
// Included by a world after it has defined `handover`: what one thread tells another about the
// memory where the first releases and the second acquires.
#pragma once

#include <model/worlds/engine.hpp>

#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::sync {

// Plain shared data. Every access is watched; construction and destruction are writes.
template <class T>
class cell {
    using where = model::where;

public:
    explicit cell(where at = where::here()) : watched_(this, "cell", at) {}
    explicit cell(T value, where at = where::here())
        : value_(std::move(value)), watched_(this, "cell", at) {}
    cell(const cell&) = delete;
    cell& operator=(const cell&) = delete;

    [[nodiscard]] const T& get(where at = where::here()) const {
        watched_.read(at, "read");
        return value_;
    }
    [[nodiscard]] T& mut(where at = where::here()) {
        watched_.write(at, "written");
        return value_;
    }
    void set(T value, where at = where::here()) { mut(at) = std::move(value); }

private:
    T value_{};
    model::watched_object watched_;  // Last, so that its end comes first, and is a write.
};

class mutex {
    using where = model::where;

public:
    explicit mutex(where at = where::here()) : watched_(this, "mutex", at) {}
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;

    void lock(where at = where::here()) {
        watched_.use(at);
        mutex_.lock(model::info_of(at));
        known_.take();
        model::trace().add(at, 0);
    }
    [[nodiscard]] bool try_lock(where at = where::here()) {
        watched_.use(at);
        const bool locked = mutex_.try_lock(model::info_of(at));
        if (locked) known_.take();
        model::trace().add(at, locked);
        return locked;
    }
    void unlock(where at = where::here()) {
        watched_.use(at);
        known_.give();
        mutex_.unlock(model::info_of(at));
    }
    // For Relacy's condition variable.
    void lock(rl::debug_info_param info) { lock(where{info.file_, info.func_, info.line_, 0}); }
    void unlock(rl::debug_info_param info) { unlock(where{info.file_, info.func_, info.line_, 0}); }

private:
    model::watched_object watched_;
    internal::handover known_;
    rl::mutex mutex_;
};

// As std::unique_lock<mutex>, without what nobody uses.
class unique_lock {
    using where = model::where;

public:
    explicit unique_lock(sync::mutex& mutex, where at = where::here())
        : mutex_(&mutex),
          left_out_(model::plan_at(model::operation::lock, relaxed, at).how ==
                    model::alteration::dropped) {
        lock(at);
    }
    unique_lock(const unique_lock&) = delete;
    unique_lock& operator=(const unique_lock&) = delete;
    ~unique_lock() {
        if (owns_) unlock();
    }

    void lock(where at = where::here()) {
        if (!left_out_) mutex_->lock(at);
        owns_ = true;
    }
    void unlock(where at = where::here()) {
        if (!left_out_) mutex_->unlock(at);
        owns_ = false;
    }
    [[nodiscard]] bool owns_lock() const noexcept { return owns_; }
    [[nodiscard]] sync::mutex* mutex() const noexcept { return mutex_; }

    // A wait gives the mutex back and takes it again, so it needs it. A lock that was left out has it
    // just for that: what is to be found is what goes wrong before and after.
    class for_wait {
    public:
        for_wait(unique_lock& held, where at) : held_(held), at_(at) {
            if (held_.left_out_) held_.mutex_->lock(at_);
        }
        for_wait(const for_wait&) = delete;
        for_wait& operator=(const for_wait&) = delete;
        ~for_wait() {
            if (held_.left_out_) held_.mutex_->unlock(at_);
        }

    private:
        unique_lock& held_;
        where at_;
    };

private:
    sync::mutex* mutex_;
    bool left_out_;
    bool owns_ = false;
};
using lock = unique_lock;

// Waits may end without a notification, timed ones at any moment.
class condition_variable {
    using where = model::where;

public:
    explicit condition_variable(where at = where::here())
        : watched_(this, "condition variable", at) {}
    condition_variable(const condition_variable&) = delete;
    condition_variable& operator=(const condition_variable&) = delete;

    void wait(lock& held, where at = where::here()) {
        watched_.use(at);
        const lock::for_wait mine(held, at);
        condition_.wait(*held.mutex(), model::info_of(at));
    }
    template <class Clock, class Duration>
    std::cv_status wait_until(lock& held, const std::chrono::time_point<Clock, Duration>& deadline,
                              where at = where::here()) {
        watched_.use(at);
        const lock::for_wait mine(held, at);
        return condition_.wait_until(*held.mutex(), deadline, model::info_of(at))
                   ? std::cv_status::timeout
                   : std::cv_status::no_timeout;
    }
    template <class Rep, class Period, class Predicate>
    bool wait_for(lock& held, const std::chrono::duration<Rep, Period>& /*length*/,
                  Predicate is_over, where at = where::here()) {
        while (!is_over())
            if (wait_until(held, std::chrono::steady_clock::time_point{}, at) ==
                std::cv_status::timeout)
                return is_over();
        return true;
    }
    void notify_one(where at = where::here()) {
        if (!is_left_out(at)) condition_.notify_one(model::info_of(at));
    }
    void notify_all(where at = where::here()) {
        if (!is_left_out(at)) condition_.notify_all(model::info_of(at));
    }

private:
    [[nodiscard]] bool is_left_out(const where& at) const {
        watched_.use(at);
        model::trace().add(at, 1);
        return model::plan_at(model::operation::notify, relaxed, at).how ==
               model::alteration::dropped;
    }

    model::watched_object watched_;
    rl::condition_variable_any condition_;
};

// A fiber. A model that starts threads says how many (harness.hpp).
class thread {
public:
    thread() = default;
    thread(const std::string& /*name*/, std::move_only_function<void()> body)
        : running_(std::make_unique<running>()) {
        running_->body = std::move(body);
        running_->known.give();
        running_->fiber.start(run, running_.get());
    }
    thread(thread&&) = default;
    thread& operator=(thread&&) = default;
    ~thread() {
        if (joinable())
            model::fail(rl::test_result_inconsistent_test_suite, "a thread was not joined",
                        model::where::here());
    }

    void join() {
        running_->fiber.join();
        running_->known.take();
        running_.reset();
    }
    [[nodiscard]] bool joinable() const noexcept { return running_ != nullptr; }
    [[nodiscard]] bool is_current() const {
        return running_ != nullptr && running_->index == model::current_thread();
    }

private:
    struct running {
        std::move_only_function<void()> body;
        internal::handover known;  // From the creator to the thread, then to the one who joins it.
        rl::dyn_thread fiber;
        unsigned index = model::max_threads;  // None, until it runs.
    };

    static void* run(void* argument) {
        auto& self = *static_cast<running*>(argument);
        self.index = model::current_thread();
        self.known.take();
        self.body();
        self.known.give();
        return nullptr;
    }

    std::unique_ptr<running> running_;
};

[[nodiscard]] inline unsigned hardware_threads() noexcept { return 2; }

inline constexpr bool recycles_memory = false;

// None, where memory is not recycled: nobody asks for one.
template <class T>
class thread_object {
public:
    [[nodiscard]] static T* get() noexcept { return nullptr; }
};

// One pointer per fiber and Tag, null at the start of each execution.
template <class T, class Tag>
class thread_slot {
public:
    [[nodiscard]] static T* get() { return mine(); }
    static void set(T* pointer) { mine() = pointer; }

private:
    [[nodiscard]] static T*& mine() {
        if (execution_ != model::trace().number) {
            execution_ = model::trace().number;
            for (T*& pointer : pointers_) pointer = nullptr;
        }
        return pointers_[model::current_thread()];
    }

    static inline std::uint64_t execution_ = 0;
    static inline T* pointers_[model::max_threads] = {};
};

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
