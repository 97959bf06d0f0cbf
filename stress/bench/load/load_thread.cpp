#include "load/load_thread.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace bench {

namespace {

constexpr std::size_t scratch_bytes = 64 * 1024;
constexpr int look_at_phase_ms = 10;

}  // namespace

load_thread::load_thread(std::vector<connection> connections,
                         const std::atomic<load_phase>& phase)
    : phase_(&phase), epoll_(epoll_create1(EPOLL_CLOEXEC)), scratch_(scratch_bytes) {
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    connections_.reserve(connections.size());
    for (connection& each : connections)
        watch(connections_.emplace_back(std::move(each)), EPOLL_CTL_ADD);
    thread_ = std::thread([this] { run(); });
}

load_thread::~load_thread() {
    if (thread_.joinable()) thread_.join();
    close(epoll_);
}

latencies& load_thread::finish() {
    thread_.join();
    if (error_) std::rethrow_exception(error_);
    return latencies_;
}

void load_thread::run() noexcept {
    try {
        run_until_ended();
    } catch (...) {
        error_ = std::current_exception();
        failed_.store(true, std::memory_order_release);
    }
}

void load_thread::run_until_ended() {
    for (watched& each : connections_) {
        each.connection.begin_trip();
        if (!each.connection.is_written()) watch(each, EPOLL_CTL_MOD);
    }
    std::array<epoll_event, 1024> events;
    for (;;) {
        const load_phase phase = phase_->load(std::memory_order_acquire);
        if (phase == load_phase::ended) return;
        if (phase == load_phase::measuring && !std::exchange(is_measuring_, true))
            latencies_.clear();
        const int count = epoll_wait(epoll_, events.data(), int(events.size()), look_at_phase_ms);
        if (count < 0 && errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "epoll_wait");
        for (int index = 0; index < count; ++index) {
            const epoll_event& event = events[std::size_t(index)];
            handle(*static_cast<watched*>(event.data.ptr), event.events);
        }
    }
}

void load_thread::handle(watched& which, std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) {
        which.connection.write_rest();
        if (which.connection.is_written()) watch(which, EPOLL_CTL_MOD);
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
    if (which.connection.read_some(scratch_)) complete(which);
}

void load_thread::complete(watched& which) {
    if (is_measuring_) latencies_.add(now_ns() - which.connection.began_ns());
    round_trips_.fetch_add(1, std::memory_order_relaxed);
    if (!std::exchange(which.has_answered, true)) answered_.fetch_add(1, std::memory_order_release);
    if (phase_->load(std::memory_order_relaxed) == load_phase::once) return;  // Only a hint.
    which.connection.begin_trip();
    if (!which.connection.is_written()) watch(which, EPOLL_CTL_MOD);
}

void load_thread::watch(watched& which, int operation) {
    which.is_sending = operation == EPOLL_CTL_MOD && !which.connection.is_written();
    epoll_event event{};
    event.events = which.is_sending ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &which;
    if (epoll_ctl(epoll_, operation, which.connection.descriptor(), &event) != 0)
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

}  // namespace bench
