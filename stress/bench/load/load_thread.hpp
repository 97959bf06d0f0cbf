// stress/bench/load/load_thread.hpp: a thread that keeps some connections busy, by plain epoll.
//
// Phases, which another thread sets; this one follows within 10 ms:
//   once       every connection makes one round trip, and rests
//   warming    every connection makes one round trip after the other
//   measuring  the same, and their latencies count
//   ended      the thread returns
#pragma once

#include "load/connection.hpp"
#include "load/latencies.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

namespace bench {

enum class load_phase { once, warming, measuring, ended };

class load_thread {
public:
    // Starts when it has all its connections. `phase` and `messages` must outlive it.
    load_thread(std::vector<connection> connections, const std::atomic<load_phase>& phase);
    load_thread(const load_thread&) = delete;
    load_thread& operator=(const load_thread&) = delete;
    ~load_thread();

    // Any thread: how many connections have made their first round trip.
    [[nodiscard]] std::size_t answered() const noexcept {
        return answered_.load(std::memory_order_acquire);
    }
    // Any thread: how many round trips were made, in all phases.
    [[nodiscard]] std::uint64_t round_trips() const noexcept {
        return round_trips_.load(std::memory_order_relaxed);  // Nothing else is read with it.
    }
    // True: the thread has met an error; finish() throws it.
    [[nodiscard]] bool has_failed() const noexcept {
        return failed_.load(std::memory_order_acquire);
    }
    // Waits for the end of the thread, and gives what it measured, or throws what it met.
    // REQUIRES: the phase is `ended`, or has_failed().
    [[nodiscard]] latencies& finish();

private:
    struct watched {
        bench::connection connection;
        bool is_sending = false;  // Waits for the socket to take the rest of its message.
        bool has_answered = false;
    };

    void run() noexcept;
    void run_until_ended();
    void handle(watched& which, std::uint32_t events);
    void complete(watched& which);
    // Watches for what the connection waits for.
    void watch(watched& which, int operation);

    std::vector<watched> connections_;
    const std::atomic<load_phase>* phase_;
    int epoll_;
    std::vector<std::byte> scratch_;
    latencies latencies_;
    bool is_measuring_ = false;
    std::atomic<std::size_t> answered_ = 0;
    std::atomic<std::uint64_t> round_trips_ = 0;
    std::atomic<bool> failed_ = false;
    std::exception_ptr error_;  // Handed over by failed_, or by the end of the thread.
    std::thread thread_;
};

}  // namespace bench
