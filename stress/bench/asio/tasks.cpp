// stress/bench/asio/tasks.cpp: tasks on a thread_pool.
//
// Asio has no join handle, so there is no spawn_join; and no signal that coroutines wait for other
// than the channel.
#include "harness/fibonacci.hpp"
#include "harness/gate.hpp"
#include "harness/measure.hpp"
#include "harness/outside.hpp"
#include "works.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <cstdint>
#include <deque>

namespace bench {

namespace {

namespace asio = boost::asio;
using asio::awaitable, asio::co_spawn, asio::detached, asio::thread_pool, asio::use_awaitable;
using boost::system::error_code;

constexpr std::uint64_t many_pairs = 1000;
constexpr std::uint64_t yielding_tasks = 1000;

// The work itself runs on the workers; the thread that waits for it does not take part.
template <class Start>
metrics measure(const settings& settings, double operations, Start start) {
    thread_pool pool(settings.workers);
    return cost_of_rounds(operations, [&] { co_spawn(pool, start(pool), asio::use_future).get(); });
}

awaitable<void> count_down(latch_gate& done) {
    done.count_down();
    co_return;
}

awaitable<void> spawn_and_count(thread_pool& pool, std::uint64_t count, latch_gate& done) {
    for (std::uint64_t number = 0; number < count; ++number)
        co_spawn(pool, count_down(done), detached);
    co_return;
}

awaitable<void> yield_often(std::uint64_t times, latch_gate& done) {
    for (std::uint64_t number = 0; number < times; ++number) co_await asio::post(use_awaitable);
    done.count_down();
}

using number_channel = asio::experimental::concurrent_channel<void(error_code, std::uint64_t)>;

awaitable<void> answer_numbers(number_channel& questions, number_channel& answers,
                               std::uint64_t round_trips, latch_gate& done) {
    for (std::uint64_t trip = 0; trip < round_trips; ++trip) {
        const std::uint64_t number = co_await questions.async_receive(use_awaitable);
        co_await answers.async_send(error_code(), number + 1, use_awaitable);
    }
    done.count_down();
}

awaitable<void> ask_numbers(number_channel& questions, number_channel& answers,
                            std::uint64_t round_trips, std::uint64_t& last, latch_gate& done) {
    std::uint64_t number = 0;
    for (std::uint64_t trip = 0; trip < round_trips; ++trip) {
        co_await questions.async_send(error_code(), number, use_awaitable);
        number = co_await answers.async_receive(use_awaitable);
    }
    last = number;
    done.count_down();
}

struct pair_of_tasks {
    explicit pair_of_tasks(thread_pool& pool) : questions(pool, 1), answers(pool, 1) {}
    number_channel questions;
    number_channel answers;
    std::uint64_t last = 0;
};

metrics measure_pairs(const settings& settings, std::uint64_t count) {
    thread_pool pool(settings.workers);
    return cost_of_rounds(double(settings.count), [&] {
        const std::uint64_t round_trips = settings.count / count;
        latch_gate done(2 * count);
        std::deque<pair_of_tasks> pairs;
        for (std::uint64_t number = 0; number < count; ++number) {
            pair_of_tasks& pair = pairs.emplace_back(pool);
            co_spawn(pool, answer_numbers(pair.questions, pair.answers, round_trips, done),
                     detached);
            co_spawn(pool, ask_numbers(pair.questions, pair.answers, round_trips, pair.last, done),
                     detached);
        }
        done.wait();
        for (const pair_of_tasks& pair : pairs)
            require(pair.last == round_trips, "a pair lost a round trip");
    });
}

// `&&` spawns both of its operands.
awaitable<std::uint64_t> fibonacci(std::uint64_t n) {
    using namespace asio::experimental::awaitable_operators;
    if (n < 2) co_return n;
    const auto [one, two] = co_await (fibonacci(n - 1) && fibonacci(n - 2));
    co_return one + two;
}

awaitable<void> check_fibonacci(std::uint64_t n) {
    require(co_await fibonacci(n) == fibonacci_of(n), "the Fibonacci number");
}

using event_channel = asio::experimental::concurrent_channel<void(error_code)>;

awaitable<void> wait_for_ever(event_channel& never, latch_gate& started) {
    started.count_down();
    co_await never.async_receive(use_awaitable);
}

}  // namespace

metrics spawn_detached(const settings& settings) {
    thread_pool pool(settings.workers);
    return cost_of_rounds(double(settings.count), [&] {
        latch_gate done(settings.count);
        co_spawn(pool, spawn_and_count(pool, settings.count, done), detached);
        done.wait();
    });
}

metrics yield(const settings& settings) {
    thread_pool pool(settings.workers);
    return cost_of_rounds(double(settings.count), [&] {
        latch_gate done(yielding_tasks);
        for (std::uint64_t number = 0; number < yielding_tasks; ++number)
            co_spawn(pool, yield_often(settings.count / yielding_tasks, done), detached);
        done.wait();
    });
}

metrics channel(const settings& settings) { return measure_pairs(settings, 1); }
metrics channel_pairs(const settings& settings) { return measure_pairs(settings, many_pairs); }

metrics fork_join(const settings& settings) {
    return measure(settings, fibonacci_calls(settings.count),
                   [&](thread_pool&) { return check_fibonacci(settings.count); });
}

metrics inject(const settings& settings) {
    thread_pool pool(settings.workers);
    return cost_of_injecting(settings.count, [&](auto function) { asio::post(pool, function); });
}

metrics wake_idle(const settings& settings) {
    thread_pool pool(settings.workers);
    return latency_of_waking(settings.count, [&](auto function) { asio::post(pool, function); });
}

metrics idle_memory(const settings& settings) {
    thread_pool pool(settings.workers);
    event_channel never(pool, 0);
    latch_gate started(settings.count);
    const double before = resident_bytes();
    for (std::uint64_t number = 0; number < settings.count; ++number)
        co_spawn(pool, wait_for_ever(never, started), detached);
    started.wait();
    const metrics result = bytes_per_task(before, settings.count);
    pool.stop();  // Before `never`, whose destructor would post an end to each of them.
    return result;
}

}  // namespace bench
