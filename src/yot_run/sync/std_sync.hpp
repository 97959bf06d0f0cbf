// yot_run/sync/std_sync.hpp: the world in which programs run: the standard library, at no cost.
#pragma once

#include <yot_run/sync/sync.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::sync {

template <class T>
using atomic = std::atomic<T>;

inline constexpr std::memory_order relaxed = std::memory_order_relaxed;
inline constexpr std::memory_order acquire = std::memory_order_acquire;
inline constexpr std::memory_order release = std::memory_order_release;
inline constexpr std::memory_order acq_rel = std::memory_order_acq_rel;
inline constexpr std::memory_order seq_cst = std::memory_order_seq_cst;

// Plain data that several threads reach, ordered by an atomic or a mutex elsewhere. Here it is just
// the value; in a checker every read and write, its construction and its destruction are watched.
template <class T>
class cell {
public:
    cell() = default;
    explicit cell(T value) : value_(std::move(value)) {}
    cell(const cell&) = delete;
    cell& operator=(const cell&) = delete;

    // Reads. The caller's protocol excludes writers.
    [[nodiscard]] const T& get() const noexcept { return value_; }
    // Writes. The caller's protocol excludes everybody else.
    [[nodiscard]] T& mut() noexcept { return value_; }
    void set(T value) noexcept { value_ = std::move(value); }

private:
    T value_{};
};

using mutex = std::mutex;
using condition_variable = std::condition_variable;
using lock = std::unique_lock<mutex>;

// A thread with a name, which the system shows (at most 15 bytes of it). Must be joined by its
// owner before it is destroyed.
class thread {
public:
    thread() = default;
    // Throws std::system_error when the system has no thread to give.
    thread(const std::string& name, std::move_only_function<void()> body);
    void join() { thread_.join(); }
    [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }
    [[nodiscard]] bool is_current() const noexcept {
        return thread_.get_id() == std::this_thread::get_id();
    }

private:
    std::thread thread_;
};

// The number of hardware threads, at least 1.
// Made when first asked for; null once it has been destroyed at the thread's end.
template <class T>
class thread_object {
public:
    [[nodiscard, gnu::noinline]] static T* get() {
        if (ended_) return nullptr;
        static thread_local holder here;
        return &here.object;
    }

private:
    struct holder {
        ~holder() { ended_ = true; }
        T object;
    };
    static inline thread_local constinit bool ended_ = false;
};

[[nodiscard]] unsigned hardware_threads() noexcept;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool recycles_memory = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool recycles_memory = false;
#else
inline constexpr bool recycles_memory = true;
#endif
#else
inline constexpr bool recycles_memory = true;
#endif

// One pointer per thread and Tag, null at first. A coroutine may suspend on one thread and go on on
// another, and a compiler may keep the address of a thread-local across that: so nothing here is
// inlined, and callers do not keep the result across an await.
template <class T, class Tag>
class thread_slot {
public:
    [[nodiscard, gnu::noinline]] static T* get() noexcept { return pointer_; }
    [[gnu::noinline]] static void set(T* pointer) noexcept { pointer_ = pointer; }

private:
    static inline thread_local constinit T* pointer_ = nullptr;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
