// Uses one function of the library that is not inline, and the version header.
#include <yot_run/task/waker.hpp>
#include <yot_run/version.hpp>

#include <cstdio>

int main() {
    const yot_run::waker waker = yot_run::noop_waker();
    waker.wake_by_ref();
    std::puts("consumer of yot_run " YOT_RUN_VERSION);
    return waker.will_wake(waker.clone()) ? 0 : 1;
}
