// stress/bench/libuv/resting.cpp: a loop with nothing to do, and with timers.
#include "harness/measure.hpp"
#include "works.hpp"

#include <uv.h>

#include <chrono>
#include <thread>
#include <vector>

namespace bench {

namespace {

struct sleeper {
    uv_timer_t timer;  // Its `data` points back.
    steady::time_point deadline;
    double* lateness_us;
};

void wake(uv_timer_t* timer) {
    const sleeper& self = *static_cast<sleeper*>(timer->data);
    *self.lateness_us = microseconds_since(self.deadline);
}

void start(uv_loop_t* loop, sleeper& sleeper, std::chrono::microseconds time, double& lateness_us) {
    check_uv(uv_timer_init(loop, &sleeper.timer), "uv_timer_init");
    sleeper.timer.data = &sleeper;
    sleeper.lateness_us = &lateness_us;
    sleeper.deadline = steady::now() + time;
    const auto time_ms = std::chrono::ceil<std::chrono::milliseconds>(time);
    check_uv(uv_timer_start(&sleeper.timer, wake, std::uint64_t(time_ms.count()), 0),
             "uv_timer_start");
}

}  // namespace

metrics idle(const settings& settings) {
    uv_loop_t* const loop = uv_default_loop();
    uv_async_t stop;  // Also what keeps the loop waiting.
    check_uv(uv_async_init(loop, &stop, [](uv_async_t* async) { uv_stop(async->loop); }),
             "uv_async_init");
    std::thread runs([&] { uv_run(loop, UV_RUN_DEFAULT); });
    metrics result = watch_idle(settings.seconds);
    uv_async_send(&stop);
    runs.join();
    return result;
}

metrics timers(const settings& settings) {
    uv_loop_t* const loop = uv_default_loop();
    std::vector<double> lateness_us(settings.count, -2000);  // Too early, until it came.
    std::vector<sleeper> sleepers(settings.count);
    deadlines deadlines;
    const timer_watch watch;
    for (std::size_t number = 0; number < sleepers.size(); ++number) {
        uv_update_time(loop);  // It would count from the start of the loop's turn.
        start(loop, sleepers[number], deadlines.next(), lateness_us[number]);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    return watch.finish(std::move(lateness_us));
}

}  // namespace bench
