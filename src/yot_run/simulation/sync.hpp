// yot_run/simulation/sync.hpp: the `sync` seam on simulated threads (simulator.hpp).
//
// Every operation is a point, before which other threads may move. Memory is sequentially consistent.
// What the standard lets happen, happens now and then: a weak exchange fails, a wait on a condition
// variable ends for no reason.
// Checked by: sync_test.cpp.
#pragma once

#include <yot_run/simulation/simulator.hpp>
#include <yot_run/sync/sync.hpp>

#include <atomic>
#include <chrono>
#include <concepts>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::sync {

namespace simulated = simulation::internal;

inline constexpr std::memory_order relaxed = std::memory_order_relaxed;
inline constexpr std::memory_order acquire = std::memory_order_acquire;
inline constexpr std::memory_order release = std::memory_order_release;
inline constexpr std::memory_order acq_rel = std::memory_order_acq_rel;
inline constexpr std::memory_order seq_cst = std::memory_order_seq_cst;

// As std::atomic<T>, as far as it is used.
template <class T>
class atomic {
public:
    atomic() = default;
    constexpr atomic(T value) noexcept : value_(value) {}
    atomic(const atomic&) = delete;
    atomic& operator=(const atomic&) = delete;

    [[nodiscard]] T load(std::memory_order /*order*/) const noexcept { return reach(); }
    void store(T value, std::memory_order /*order*/) noexcept { reach() = value; }
    T exchange(T value, std::memory_order /*order*/) noexcept {
        return std::exchange(reach(), value);
    }
    bool compare_exchange_strong(T& expected, T desired, std::memory_order /*success*/,
                                 std::memory_order /*failure*/) noexcept {
        T& value = reach();
        if (value != expected) {
            expected = value;
            return false;
        }
        value = desired;
        return true;
    }
    bool compare_exchange_strong(T& expected, T desired, std::memory_order order) noexcept {
        return compare_exchange_strong(expected, desired, order, order);
    }
    bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                               std::memory_order failure) noexcept {
        simulated::simulator* const here = simulated::simulator::current();
        if (here != nullptr && here->happens(64)) {
            expected = reach();
            return false;
        }
        return compare_exchange_strong(expected, desired, success, failure);
    }
    bool compare_exchange_weak(T& expected, T desired, std::memory_order order) noexcept {
        return compare_exchange_weak(expected, desired, order, order);
    }
    T fetch_add(T amount, std::memory_order /*order*/) noexcept
        requires std::integral<T>
    {
        T& value = reach();
        return std::exchange(value, T(value + amount));
    }
    T fetch_sub(T amount, std::memory_order /*order*/) noexcept
        requires std::integral<T>
    {
        T& value = reach();
        return std::exchange(value, T(value - amount));
    }
    T fetch_or(T bits, std::memory_order /*order*/) noexcept
        requires std::integral<T>
    {
        T& value = reach();
        return std::exchange(value, T(value | bits));
    }
    T fetch_and(T bits, std::memory_order /*order*/) noexcept
        requires std::integral<T>
    {
        T& value = reach();
        return std::exchange(value, T(value & bits));
    }

private:
    [[nodiscard]] T& reach() noexcept {
        simulated::point();
        return value_;
    }
    [[nodiscard]] const T& reach() const noexcept {
        simulated::point();
        return value_;
    }

    T value_{};
};

// Plain data: nothing moves between its accesses and the point before them.
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

class mutex {
public:
    mutex() = default;
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;

    void lock() noexcept;
    [[nodiscard]] bool try_lock() noexcept;
    void unlock() noexcept;

private:
    friend class condition_variable;
    void take() noexcept;
    void give_back() noexcept;

    bool is_taken_ = false;
    simulated::wait_list waiting_;
};
using lock = std::unique_lock<mutex>;

class condition_variable {
public:
    condition_variable() = default;
    condition_variable(const condition_variable&) = delete;
    condition_variable& operator=(const condition_variable&) = delete;

    void wait(lock& held) noexcept { wait_at_most(held, std::nullopt); }
    template <class Predicate>
    void wait(lock& held, Predicate is_over) {
        while (!is_over()) wait(held);
    }
    std::cv_status wait_until(lock& held, simulated::time_point deadline) noexcept {
        return wait_at_most(held, deadline) ? std::cv_status::no_timeout : std::cv_status::timeout;
    }
    template <class Rep, class Period, class Predicate>
    bool wait_for(lock& held, const std::chrono::duration<Rep, Period>& length, Predicate is_over) {
        const auto deadline = time_after(std::chrono::ceil<std::chrono::nanoseconds>(length));
        while (!is_over())
            if (!wait_at_most(held, deadline)) return is_over();
        return true;
    }
    void notify_one() noexcept;
    void notify_all() noexcept;

private:
    [[nodiscard]] static simulated::time_point time_after(std::chrono::nanoseconds length);
    bool wait_at_most(lock& held, std::optional<simulated::time_point> deadline) noexcept;

    simulated::wait_list waiting_;
};

// A simulated thread. A program whose threads are not joined fails.
class thread {
public:
    thread() = default;
    thread(const std::string& name, std::move_only_function<void()> body);
    thread(thread&& other) noexcept : running_(std::exchange(other.running_, nullptr)) {}
    thread& operator=(thread&& other) noexcept {
        std::swap(running_, other.running_);
        return *this;
    }
    ~thread();

    void join();
    [[nodiscard]] bool joinable() const noexcept { return running_ != nullptr; }
    [[nodiscard]] bool is_current() const noexcept;

private:
    simulated::sim_thread* running_ = nullptr;
};

[[nodiscard]] unsigned hardware_threads() noexcept;

inline constexpr bool recycles_memory = false;

// None, where memory is not recycled: nobody asks for one.
template <class T>
class thread_object {
public:
    [[nodiscard]] static T* get() noexcept { return nullptr; }
};

// One pointer per simulated thread and Tag, null at first.
template <class T, class Tag>
class thread_slot {
public:
    [[nodiscard]] static T* get() noexcept { return static_cast<T*>(simulated::slot(index())); }
    static void set(T* pointer) noexcept { simulated::slot(index()) = pointer; }

private:
    [[nodiscard]] static std::size_t index() noexcept {
        static const std::size_t the_index = simulated::next_slot_index();
        return the_index;
    }
};

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
