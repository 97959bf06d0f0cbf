// yot_run/net/test_driver.hpp: runs futures in a test, without an executor: one thread polls them
// and takes the reactor's turns in between, so that every test goes the same way each time.
#pragma once

#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/reactor/reactor.hpp>
#include <yot_run/task/context.hpp>
#include <yot_run/task/environment.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/waker.hpp>

#include <cppunit/TestAssert.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::net {

// How many descriptors this process has open.
inline std::ptrdiff_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
}

// Counts the calls of its wakers. Must outlive them, and everything happens on one thread.
class wake_counter {
public:
    [[nodiscard]] yot_run::waker waker() noexcept { return yot_run::waker({this, &functions}); }
    [[nodiscard]] unsigned count() const noexcept { return count_; }

private:
    static raw_waker clone(const void* data) noexcept { return {data, &functions}; }
    static void wake(const void* data) noexcept {
        ++static_cast<wake_counter*>(const_cast<void*>(data))->count_;
    }
    static void drop(const void* /*data*/) noexcept {}
    static constexpr waker_functions functions{clone, wake, wake, drop};

    unsigned count_ = 0;
};

class test_driver {
public:
    test_driver()
        : reactor_(yot_run::internal::reactor::create().value()),
          environment_{.reactor = reactor_.get()},
          scope_(environment_) {}

    [[nodiscard]] yot_run::internal::reactor& reactor() noexcept { return *reactor_; }
    [[nodiscard]] yot_run::environment& environment() noexcept { return environment_; }

    // One poll; the wakes it leads to are counted by `counter`.
    template <future F>
    poll<output_of<F>> poll_once(F& polled, wake_counter& counter,
                                 unsigned budget = default_budget) {
        const waker mine = counter.waker();
        context cx(mine, environment_, budget);
        return polled.poll(cx);
    }
    template <future F>
    poll<output_of<F>> poll_once(F& polled) {
        return poll_once(polled, wakes_);
    }

    // Takes turns until `counter` has counted something after the first `before` wakes.
    void turn_until_woken(const wake_counter& counter, unsigned before = 0) {
        const sys::time_point give_up = sys::now() + std::chrono::minutes(1);
        while (counter.count() <= before) {
            // Not an ASSERT: those allocate even when all is well.
            if (sys::now() > give_up) CPPUNIT_FAIL("nobody was woken");
            static_cast<void>(reactor_->turn(std::chrono::seconds(10)));
        }
    }
    // What the kernel has to report now.
    void turn() { reactor_->turn(sys::duration::zero()).value(); }

    // Polls all of them until all are ready.
    template <future... F>
    std::tuple<output_of<F>...> run_all(F&&... futures) {
        std::tuple<std::optional<output_of<F>>...> outputs;
        for (;;) {
            const unsigned before = wakes_.count();
            const bool done = std::apply(
                [&](auto&... output) { return (poll_into(futures, output) & ...); }, outputs);
            if (done) break;
            turn_until_woken(wakes_, before);
        }
        return std::apply(
            [](auto&... output) { return std::tuple<output_of<F>...>(*std::move(output)...); },
            outputs);
    }
    template <future F>
    output_of<F> run(F&& polled) {
        return std::get<0>(run_all(std::forward<F>(polled)));
    }

private:
    template <class F, class Output>
    bool poll_into(F& polled, std::optional<Output>& output) {
        if (output) return true;
        poll<Output> answer = poll_once(polled);
        if (answer.is_ready()) output.emplace(std::move(answer).value());
        return output.has_value();
    }

    sync::reference<yot_run::internal::reactor> reactor_;
    yot_run::environment environment_;
    environment_scope scope_;
    wake_counter wakes_;
};

// Two ends of one connection.
struct stream_pair {
    tcp_stream client;
    tcp_stream server;
};

inline stream_pair connect_pair(test_driver& driver, tcp_listener& listener) {
    auto [client, accepted] =
        driver.run_all(tcp_stream::connect(listener.local_address().value()), listener.accept());
    return {std::move(client).value(), std::move(accepted).value().first};
}

inline stream_pair connect_pair(test_driver& driver) {
    tcp_listener listener = tcp_listener::bind(socket_address::loopback(0)).value();
    return connect_pair(driver, listener);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net
