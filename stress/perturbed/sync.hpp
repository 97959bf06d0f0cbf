// stress/perturbed/sync.hpp: the `sync` seam of the perturbed world: the standard's own, with a
// point (perturb.hpp) before every operation.
// Order: that of the standard's operations; the points add none.
#pragma once

#include <stress/perturbed/perturb.hpp>
#include <yot_run/sync/sync.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::sync {

using stress::perturbation::point;

inline constexpr std::memory_order relaxed = std::memory_order_relaxed;
inline constexpr std::memory_order acquire = std::memory_order_acquire;
inline constexpr std::memory_order release = std::memory_order_release;
inline constexpr std::memory_order acq_rel = std::memory_order_acq_rel;
inline constexpr std::memory_order seq_cst = std::memory_order_seq_cst;

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

template <class T>
class atomic : private std::atomic<T> {
    using standard = std::atomic<T>;

public:
    atomic() = default;
    constexpr atomic(T value) noexcept : standard(value) {}

    [[nodiscard]] T load(std::memory_order order) const noexcept {
        point();
        return standard::load(order);
    }
    void store(T value, std::memory_order order) noexcept {
        point();
        standard::store(value, order);
    }
    T exchange(T value, std::memory_order order) noexcept {
        point();
        return standard::exchange(value, order);
    }
    template <class... Orders>
    bool compare_exchange_strong(T& expected, T desired, Orders... orders) noexcept {
        point();
        return standard::compare_exchange_strong(expected, desired, orders...);
    }
    template <class... Orders>
    bool compare_exchange_weak(T& expected, T desired, Orders... orders) noexcept {
        point();
        return standard::compare_exchange_weak(expected, desired, orders...);
    }
    T fetch_add(T amount, std::memory_order order) noexcept {
        point();
        return standard::fetch_add(amount, order);
    }
    T fetch_sub(T amount, std::memory_order order) noexcept {
        point();
        return standard::fetch_sub(amount, order);
    }
    T fetch_or(T bits, std::memory_order order) noexcept {
        point();
        return standard::fetch_or(bits, order);
    }
    T fetch_and(T bits, std::memory_order order) noexcept {
        point();
        return standard::fetch_and(bits, order);
    }
};

// Plain data, as in the standard's world: what watches it is ThreadSanitizer.
template <class T>
class cell {
public:
    cell() = default;
    explicit cell(T value) : value_(std::move(value)) {}
    cell(const cell&) = delete;
    cell& operator=(const cell&) = delete;

    [[nodiscard]] const T& get() const noexcept { return value_; }
    [[nodiscard]] T& mut() noexcept { return value_; }
    void set(T value) noexcept { value_ = std::move(value); }

private:
    T value_{};
};

using mutex = std::mutex;
using condition_variable = std::condition_variable;

class perturbed_lock : public std::unique_lock<sync::mutex> {
public:
    explicit perturbed_lock(sync::mutex& locked)
        : std::unique_lock<sync::mutex>(after_a_point(locked)) {}

private:
    static sync::mutex& after_a_point(sync::mutex& locked) noexcept {
        point();
        return locked;
    }
};
using lock = perturbed_lock;

class thread {
public:
    thread() = default;
    thread(const std::string& name, std::move_only_function<void()> body);
    void join() { thread_.join(); }
    [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }
    [[nodiscard]] bool is_current() const noexcept {
        return thread_.get_id() == std::this_thread::get_id();
    }

private:
    std::thread thread_;
};

[[nodiscard]] unsigned hardware_threads() noexcept;

template <class T, class Tag>
class thread_slot {
public:
    [[nodiscard, gnu::noinline]] static T* get() noexcept { return pointer_; }
    [[gnu::noinline]] static void set(T* pointer) noexcept { pointer_ = pointer; }

private:
    static inline thread_local constinit T* pointer_ = nullptr;
};

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

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
