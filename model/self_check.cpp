// model/self_check.cpp: models that are wrong on purpose, so that the checkers are checked.
//
// Promise: each kind of failure that harness.hpp names is found, under both checkers, by every
// search that the scenario asks for. And correct programs that are easy to get wrong in a checker
// pass: an atomic operation in a catch block, a large stack frame, threads that the model starts
// itself.
// Bounds: one or two threads, a few operations.
// Not covered: what the checkers cannot produce at all; that is litmus/.
#include <model/harness.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace {

namespace sync = yot_run::sync;
using model::check;

// A pointer that no optimizer sees through, so that it leaves wrong code as it was written.
template <class T>
T* opaque(T* pointer) {
    asm volatile("" : "+r"(pointer) : : "memory");
    return pointer;
}

class data_race : public model::test {
    void thread(unsigned) override { payload_.set(1); }
    sync::cell<int> payload_{0};
};

// The flag carries the payload, but nothing orders it behind the flag.
class relaxed_message : public model::test {
    void thread(unsigned index) override {
        if (index == 0) {
            payload_.set(1);
            flag_.store(true, sync::relaxed);
        } else if (flag_.load(sync::acquire)) {
            static_cast<void>(payload_.get());
        }
    }
    sync::cell<int> payload_{0};
    sync::atomic<bool> flag_{false};
};

// Both are done with the object, but the one that deletes it does not know of the other's reads.
class relaxed_last_owner : public model::test {
    struct object {
        sync::cell<int> payload{0};
        sync::atomic<int> owners{2};
    };
    void before() override { object_ = new object; }
    void thread(unsigned) override {
        static_cast<void>(object_->payload.get());
        if (object_->owners.fetch_sub(1, sync::relaxed) == 1) delete object_;
    }
    object* object_ = nullptr;
};

class lost_update : public model::test {
    void thread(unsigned) override { value_.store(value_.load(sync::seq_cst) + 1, sync::seq_cst); }
    void after() override { check(value_.load(sync::relaxed) == 2, "both increments count"); }
    sync::atomic<int> value_{0};
};

// The sleeper looks before it takes the lock, so the notification can fall in between.
class lost_wake : public model::test {
    void thread(unsigned index) override {
        if (index == 0) {
            if (ready_.load(sync::acquire)) return;
            sync::lock guard(mutex_);
            condition_.wait(guard);
        } else {
            ready_.store(true, sync::release);
            condition_.notify_one();
        }
    }
    sync::atomic<bool> ready_{false};
    sync::mutex mutex_;
    sync::condition_variable condition_;
};

class crossed_locks : public model::test {
    void thread(unsigned index) override {
        const sync::lock one(index == 0 ? first_ : second_);
        const sync::lock other(index == 0 ? second_ : first_);
    }
    sync::mutex first_;
    sync::mutex second_;
};

class endless_loop : public model::test {
    void thread(unsigned) override {
        while (!never_.load(sync::relaxed)) {
        }
    }
    sync::atomic<bool> never_{false};
};

class leak : public model::test {
    void thread(unsigned) override { static_cast<void>(opaque(new int(1))); }
};

class use_after_free : public model::test {
    void thread(unsigned) override {
        auto* const freed = opaque(new sync::atomic<int>(1));
        delete freed;
        static_cast<void>(opaque(freed)->load(sync::relaxed));
    }
};

// As before, through plain memory, where no checker looks: only the pointer in it tells.
class wild_pointer : public model::test {
    struct object {
        int* target;
        char rest[100];
    };
    void thread(unsigned) override {
        object* const freed = opaque(new object{&target_, {}});
        delete freed;
        *opaque(freed)->target = 1;
    }
    int target_ = 0;
};

class double_free : public model::test {
    void thread(unsigned) override {
        int* const object = opaque(new int(1));
        delete object;
        delete opaque(object);
    }
};

// --- and what must pass

// The C++ runtime keeps the exceptions that are being handled by thread, not by fiber.
class operation_in_a_catch_block : public model::test {
    void thread(unsigned index) override {
        const std::string mine = index == 0 ? "the first" : "the second";
        try {
            throw mine;
        } catch (const std::string& caught) {
            value_.fetch_add(1, sync::relaxed);
            check(caught == mine, "a thread catches its own exception");
            const std::exception_ptr current = std::current_exception();
            value_.fetch_add(1, sync::relaxed);
            try {
                std::rethrow_exception(current);
            } catch (const std::string& again) {
                check(again == mine, "the current exception is the thread's own");
            }
        }
    }
    sync::atomic<int> value_{0};
};

class large_frame : public model::test {
    void thread(unsigned) override {
        volatile char frame[200 * 1024];
        for (std::size_t i = 0; i < sizeof(frame); i += 64) frame[i] = 1;
        value_.fetch_add(1, sync::relaxed);
        check(frame[0] == 1 && frame[sizeof(frame) - 64] == 1, "the frame is its owner's alone");
    }
    sync::atomic<int> value_{0};
};

class over_aligned : public model::test {
    struct alignas(64) object {
        sync::atomic<int> value{0};
    };
    void thread(unsigned) override {
        const auto owned = std::make_unique<object>();
        check(reinterpret_cast<std::uintptr_t>(owned.get()) % 64 == 0, "alignment is kept");
    }
};

class started_threads : public model::test {
    struct tag;
    using slot = sync::thread_slot<int, tag>;

    void thread(unsigned) override {
        payload_.set(1);
        sync::thread one("one", [this] { add(); });
        sync::thread two("two", [this] { add(); });
        check(!one.is_current(), "the starter is another thread");
        one.join();
        two.join();
        check(sum_.load(sync::relaxed) == 2, "what joined threads did is seen");
        check(payload_.get() == 2, "the first one wrote");
        check(slot::get() == nullptr, "a slot belongs to one thread");
    }
    void add() {
        int mine = 0;
        check(slot::get() == nullptr, "a slot is empty at first");
        slot::set(&mine);
        // Relaxed: the second to come does not touch the payload.
        if (sum_.fetch_add(1, sync::relaxed) == 0) payload_.set(2);
        check(slot::get() == &mine, "a slot keeps what was set");
    }
    sync::cell<int> payload_{0};
    sync::atomic<int> sum_{0};
};

class guarded_by_a_mutex : public model::test {
    void thread(unsigned) override {
        sync::lock guard(mutex_);
        payload_.set(payload_.get() + 1);
        guard.unlock();
        guard.lock();
        payload_.set(payload_.get() + 1);
    }
    void after() override { check(payload_.get() == 4, "every increment counts"); }
    sync::mutex mutex_;
    sync::cell<int> payload_{0};
};

// A timed wait ends though nobody notifies.
class timed_wait : public model::test {
    void thread(unsigned) override {
        sync::lock guard(mutex_);
        static_cast<void>(condition_.wait_until(guard, std::chrono::steady_clock::time_point{}));
        check(guard.owns_lock(), "a wait gives the lock back");
    }
    sync::mutex mutex_;
    sync::condition_variable condition_;
};

constexpr model::bounds tiny{.threads = 2, .random = 5'000, .bounded = 5'000, .tree = 5'000};
constexpr model::bounds alone{.threads = 1, .random = 100, .bounded = 100, .tree = 100};
// A tree search cuts a livelock short only after thousands of choices.
constexpr model::bounds random_only{.threads = 2, .random = 5'000, .bounded = 0};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(
        argc, argv,
        {
            scenario::of<data_race>("data_race", tiny).fails_with(rl::test_result_data_race),
            scenario::of<relaxed_message>("relaxed_message", tiny)
                .fails_with(rl::test_result_data_race),
            scenario::of<relaxed_last_owner>("relaxed_last_owner", tiny)
                .fails_with(rl::test_result_data_race),
            scenario::of<lost_update>("lost_update", tiny)
                .fails_with(rl::test_result_user_assert_failed),
            scenario::of<lost_wake>("lost_wake", tiny).fails_with(rl::test_result_deadlock),
            scenario::of<crossed_locks>("crossed_locks", tiny).fails_with(rl::test_result_deadlock),
            scenario::of<endless_loop>("endless_loop", random_only)
                .fails_with(rl::test_result_livelock),
            scenario::of<leak>("leak", alone).fails_with(rl::test_result_memory_leak),
            scenario::of<use_after_free>("use_after_free", alone)
                .fails_with(rl::test_result_access_to_freed_memory),
#ifndef YOT_RUN_MODEL_ASAN  // It reports the fault itself.
            scenario::of<wild_pointer>("wild_pointer", alone)
                .fails_with(rl::test_result_access_to_freed_memory),
#endif
            scenario::of<double_free>("double_free", alone).fails_with(rl::test_result_double_free),
            scenario::of<operation_in_a_catch_block>("operation_in_a_catch_block", tiny),
            scenario::of<large_frame>("large_frame", tiny),
            scenario::of<over_aligned>("over_aligned", alone),
            scenario::of<started_threads>(
                "started_threads",
                {.threads = 1, .started = 2, .random = 5'000, .bounded = 5'000, .tree = 5'000}),
            scenario::of<guarded_by_a_mutex>("guarded_by_a_mutex", tiny),
            scenario::of<timed_wait>("timed_wait", alone),
        });
}
