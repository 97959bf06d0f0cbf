#include <property_tests/kernel/real_kernel.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace kernel_property {
namespace {

using yot_run::sys_simulated::machine;
using yot_run::sys_simulated::socket_view;
using yot_run::sys_simulated::kernel::tcp_state;
constexpr int first = yot_run::sys_simulated::kernel::descriptor_table::first_number;

int state_number(tcp_state state) {
    switch (state) {
        case tcp_state::closed:
            return TCP_CLOSE;
        case tcp_state::listening:
            return TCP_LISTEN;
        case tcp_state::connecting:
            return TCP_SYN_SENT;
        case tcp_state::established:
            return TCP_ESTABLISHED;
        case tcp_state::fin_wait_1:
            return TCP_FIN_WAIT1;
        case tcp_state::fin_wait_2:
            return TCP_FIN_WAIT2;
        case tcp_state::closing:
            return TCP_CLOSING;
        case tcp_state::close_wait:
            return TCP_CLOSE_WAIT;
        case tcp_state::last_ack:
            return TCP_LAST_ACK;
    }
    return -1;
}

// What is to be acknowledged later is acknowledged now.
void acknowledge_now(int number) {
    const int now = 1;
    static_cast<void>(::setsockopt(number, IPPROTO_TCP, TCP_QUICKACK, &now, sizeof(now)));
}

std::optional<tcp_info> information(int number) {
    tcp_info info{};
    socklen_t size = sizeof(info);
    if (::getsockopt(number, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
    return info;
}

int unread_bytes(int number) {
    int count = 0;
    static_cast<void>(::ioctl(number, FIONREAD, &count));
    return count;
}

// How the socket differs from what is expected; nothing if it does not.
std::optional<std::string> difference(int number, const socket_view& expected) {
    acknowledge_now(number);  // An acknowledged FIN is an event.
    const std::optional<tcp_info> info = information(number);
    if (!info) return "it is no socket";
    std::ostringstream text;
    if (info->tcpi_state != state_number(expected.state)) {
        text << "its state is " << int(info->tcpi_state) << " and should be "
             << state_number(expected.state);
    } else if (expected.state == tcp_state::listening) {
        if (info->tcpi_unacked == expected.waiting_connections) return std::nullopt;
        text << info->tcpi_unacked << " connections are waiting, of "
             << expected.waiting_connections;
    } else {
        const int unread = unread_bytes(number);
        if (static_cast<std::size_t>(unread) == expected.unread_bytes) return std::nullopt;
        text << unread << " bytes are unread, of " << expected.unread_bytes;
    }
    return text.str();
}

}  // namespace

bool is_at_rest(int sender, int receiver) {
    acknowledge_now(receiver);
    const std::optional<tcp_info> info = information(sender);
    if (!info || info->tcpi_unacked == 0) return true;
    // A receiver that is quite full drops what it has no memory for, although its window has room.
    // Then the sender repeats it in vain, until somebody reads.
    return info->tcpi_backoff > 0 && unread_bytes(receiver) > 0;
}

bool is_connected_to_itself(int number) {
    const auto local = yot_run::sys_posix::getsockname(number);
    const auto remote = yot_run::sys_posix::getpeername(number);
    return local && remote && local->length == remote->length &&
           std::memcmp(&local->storage, &remote->storage, local->length) == 0;
}

real_kernel::real_kernel(int limit) {
    for (int i = 0; i < limit; ++i) {
        numbers_.push_back(::eventfd(0, EFD_CLOEXEC));
        if (numbers_.back() < 0) throw std::runtime_error("no descriptors");
    }
    for (const int number : numbers_) ::close(number);
    rlimit limits{};
    ::getrlimit(RLIMIT_NOFILE, &limits);
    limit_before_ = limits.rlim_cur;
    limits.rlim_cur = static_cast<rlim_t>(numbers_.back()) + 1;
    ::setrlimit(RLIMIT_NOFILE, &limits);
}

real_kernel::~real_kernel() {
    const linger at_once{1, 0};
    for (const int number : numbers_) {
        static_cast<void>(::setsockopt(number, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)));
        ::close(number);
    }
    rlimit limits{};
    ::getrlimit(RLIMIT_NOFILE, &limits);
    limits.rlim_cur = limit_before_;
    ::setrlimit(RLIMIT_NOFILE, &limits);
}

int real_kernel::number(int simulated) const {
    const auto index = static_cast<std::size_t>(simulated - first);
    return simulated >= first && index < numbers_.size() ? numbers_[index] : -1;
}

int real_kernel::simulated(int number) const {
    const auto found = std::ranges::find(numbers_, number);
    return found == numbers_.end() ? -1 : first + static_cast<int>(found - numbers_.begin());
}

std::optional<std::string> real_kernel::settle(const machine& counterpart) const {
    using std::chrono::steady_clock;
    const auto end = steady_clock::now() + std::chrono::milliseconds(500);
    for (const int each : numbers_) {
        const int number = simulated(each);
        const auto expected = counterpart.look_at(number);
        if (!expected) continue;
        while (const auto differs = difference(each, *expected)) {
            if (steady_clock::now() > end) {
                return "socket " + std::to_string(number) + ": " + *differs;
            }
            std::this_thread::yield();
        }
    }
    return std::nullopt;
}

}  // namespace kernel_property
