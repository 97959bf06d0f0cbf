#include <yot_run/sys/posix_signal.hpp>

#include <yot_run/sys/posix_error.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <thread>
#include <utility>

namespace yot_run::sys_posix {
namespace {

struct watched {
    std::atomic<int> write_end{-1};  // -1: nobody watches.
    std::atomic<bool> stopped{false};
    struct sigaction before {};
};
constinit std::array<watched, NSIG> all_watched;
constinit std::atomic<int> handlers_at_work{0};

void put_byte(int descriptor) noexcept {
    // A pipe that is full ends a wait as well: what a byte is for, the reader looks up.
    while (::write(descriptor, "s", 1) < 0 && errno == EINTR) {
    }
}

void on_signal(int signal) {
    const int saved = errno;
    handlers_at_work.fetch_add(1, std::memory_order::seq_cst);
    const int write_end =
        all_watched[std::size_t(signal)].write_end.load(std::memory_order::seq_cst);
    if (write_end >= 0) put_byte(write_end);
    handlers_at_work.fetch_sub(1, std::memory_order::seq_cst);
    errno = saved;
}

void forget(int signal) noexcept {
    all_watched[std::size_t(signal)].write_end.store(-1, std::memory_order::seq_cst);
    while (handlers_at_work.load(std::memory_order::seq_cst) != 0) std::this_thread::yield();
}

}  // namespace

io_result<signal_watch> signal_watch::open(int signal) {
    if (signal <= 0 || signal >= NSIG) return std::unexpected(system_error(EINVAL));
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) < 0) return last_error();
    descriptor read_end(ends[0]);
    descriptor write_end(ends[1]);
    if (::fcntl(write_end.get(), F_SETFL, O_NONBLOCK) < 0) return last_error();

    watched& entry = all_watched[std::size_t(signal)];
    int nobody = -1;
    if (!entry.write_end.compare_exchange_strong(
            nobody, write_end.get(), std::memory_order::seq_cst, std::memory_order::relaxed))
        return std::unexpected(system_error(EBUSY));
    entry.stopped.store(false, std::memory_order::seq_cst);
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    if (::sigaction(signal, &action, &entry.before) < 0) {
        const auto error = last_error();
        forget(signal);
        return error;
    }
    return signal_watch(signal, std::move(read_end), std::move(write_end));
}

signal_watch::signal_watch(int signal, descriptor read_end, descriptor write_end) noexcept
    : signal_(signal), read_end_(std::move(read_end)), write_end_(std::move(write_end)) {}

signal_watch::signal_watch(signal_watch&& other) noexcept
    : signal_(std::exchange(other.signal_, -1)),
      read_end_(std::move(other.read_end_)),
      write_end_(std::move(other.write_end_)) {}

signal_watch::~signal_watch() {
    if (signal_ < 0) return;
    ::sigaction(signal_, &all_watched[std::size_t(signal_)].before, nullptr);
    forget(signal_);
}

bool signal_watch::wait() noexcept {
    char byte = 0;
    while (::read(read_end_.get(), &byte, 1) < 0 && errno == EINTR) {
    }
    return !all_watched[std::size_t(signal_)].stopped.load(std::memory_order::seq_cst);
}

void signal_watch::stop() noexcept {
    all_watched[std::size_t(signal_)].stopped.store(true, std::memory_order::seq_cst);
    put_byte(write_end_.get());
}

}  // namespace yot_run::sys_posix
