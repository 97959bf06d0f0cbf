// stress/bench/asio/works.hpp: what the program of Boost.Asio measures, with C++20 coroutines.
//
// Tasks run on a `thread_pool`, what needs sockets or timers on an `io_context` that all workers
// run: what its users would take. Each function does one work of ../README.md.
#pragma once

#include "harness/program.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <thread>
#include <vector>

namespace bench {

// The workers of an io_context, while it lives.
class io_workers {
public:
    explicit io_workers(unsigned workers) : context_(int(workers)), work_(context_.get_executor()) {
        for (unsigned number = 0; number < workers; ++number)
            threads_.emplace_back([this] { context_.run(); });
    }
    io_workers(const io_workers&) = delete;
    io_workers& operator=(const io_workers&) = delete;
    ~io_workers() {
        context_.stop();
        for (std::thread& thread : threads_) thread.join();
    }
    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }

private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::vector<std::thread> threads_;
};

// tasks.cpp
metrics spawn_detached(const settings& settings);
metrics yield(const settings& settings);
metrics channel(const settings& settings);
metrics channel_pairs(const settings& settings);
metrics fork_join(const settings& settings);
metrics inject(const settings& settings);
metrics wake_idle(const settings& settings);
metrics idle_memory(const settings& settings);

// resting.cpp
metrics idle(const settings& settings);
metrics timers(const settings& settings);

// echo_server.cpp. Serves until the process is ended.
metrics echo(const settings& settings);

}  // namespace bench
