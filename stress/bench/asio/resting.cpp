// stress/bench/asio/resting.cpp: an io_context with nothing to do, and with timers.
#include "harness/gate.hpp"
#include "harness/measure.hpp"
#include "works.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <vector>

namespace bench {

namespace {

namespace asio = boost::asio;

asio::awaitable<void> sleep_once(std::chrono::microseconds time, double& lateness_us,
                                 latch_gate& done) {
    const auto deadline = steady::now() + time;
    asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
    co_await timer.async_wait(asio::use_awaitable);
    lateness_us = microseconds_since(deadline);
    done.count_down();
}

}  // namespace

metrics idle(const settings& settings) {
    io_workers workers(settings.workers);
    gate ran;
    asio::post(workers.context(), [&] { ran.open(); });
    ran.wait();
    return watch_idle(settings.seconds);
}

metrics timers(const settings& settings) {
    io_workers workers(settings.workers);
    std::vector<double> lateness_us(settings.count);
    latch_gate done(settings.count);
    const timer_watch watch;
    asio::post(workers.context(), [&] {
        deadlines deadlines;
        for (double& lateness : lateness_us)
            asio::co_spawn(workers.context(), sleep_once(deadlines.next(), lateness, done),
                           asio::detached);
    });
    done.wait();
    return watch.finish(std::move(lateness_us));
}

}  // namespace bench
