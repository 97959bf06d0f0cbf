// model/counting_waker.hpp: a waker that counts what is done with it.
#pragma once

#include <model/harness.hpp>
#include <yot_run/task/waker.hpp>

namespace model {

// Whom the wakers wake. Outlives them, and shows when one was lost or dropped twice.
class sleeper {
public:
    ~sleeper() {
        check(wakers_.load(yot_run::sync::relaxed) == 0, "each waker is dropped or called, once");
    }
    [[nodiscard]] yot_run::waker make_waker() { return yot_run::waker(clone(this)); }
    // How many wakers there are.
    [[nodiscard]] int wakers() const { return wakers_.load(yot_run::sync::relaxed); }
    // The calls since the last time. Orders nothing: a model must rely on the code that it checks.
    [[nodiscard]] int take_wakes() { return wakes_.exchange(0, yot_run::sync::relaxed); }

private:
    static sleeper& of(const void* data) { return *static_cast<sleeper*>(const_cast<void*>(data)); }
    static yot_run::raw_waker clone(const void* data) noexcept {
        of(data).wakers_.fetch_add(1, yot_run::sync::relaxed);
        return {data, &functions};
    }
    static void wake(const void* data) noexcept {
        wake_by_ref(data);
        drop(data);
    }
    static void wake_by_ref(const void* data) noexcept {
        of(data).wakes_.fetch_add(1, yot_run::sync::relaxed);
    }
    static void drop(const void* data) noexcept {
        const int before = of(data).wakers_.fetch_sub(1, yot_run::sync::relaxed);
        check(before > 0, "no waker is dropped twice");
    }
    static constexpr yot_run::waker_functions functions{clone, wake, wake_by_ref, drop};

    yot_run::sync::atomic<int> wakes_{0};
    yot_run::sync::atomic<int> wakers_{0};
};

}  // namespace model
