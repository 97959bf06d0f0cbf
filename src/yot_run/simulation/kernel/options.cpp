#include <yot_run/simulation/kernel/options.hpp>

#include <yot_run/simulation/kernel/file.hpp>

#include <algorithm>
#include <cerrno>

namespace yot_run::sys_simulated::kernel {
namespace {

// net.core.wmem_max and net.core.rmem_max, as Linux has them by default.
constexpr int most_buffer = 212992;
constexpr int least_send_buffer = 4608;
constexpr int least_receive_buffer = 2304;

int doubled(int value, int least) {
    // A negative value is a very big one for Linux, too.
    const int bounded = value < 0 ? most_buffer : std::min(value, most_buffer);
    return std::max(bounded * 2, least);
}

}  // namespace

socket_options::socket_options(int send_buffer, int receive_buffer) {
    values_[index(socket_option::keepalive_idle_s)] = 7200;
    values_[index(socket_option::keepalive_every_s)] = 75;
    values_[index(socket_option::keepalive_probes)] = 9;
    values_[index(socket_option::send_buffer)] = send_buffer;
    values_[index(socket_option::receive_buffer)] = receive_buffer;
}

io_result<void> socket_options::set(socket_option option, int value, int family) {
    const auto within = [&](int least, int most) -> io_result<void> {
        if (value < least || value > most) return failed(EINVAL);
        values_[index(option)] = value;
        return {};
    };
    switch (option) {
        case socket_option::ipv6_only:
            if (family != AF_INET6) return failed(ENOPROTOOPT);
            [[fallthrough]];
        case socket_option::reuse_address:
        case socket_option::nodelay:
        case socket_option::keepalive:
            values_[index(option)] = value != 0 ? 1 : 0;
            return {};
        case socket_option::keepalive_idle_s:
        case socket_option::keepalive_every_s:
            return within(1, 32767);
        case socket_option::keepalive_probes:
            return within(1, 127);
        case socket_option::send_buffer:
            values_[index(option)] = doubled(value, least_send_buffer);
            return {};
        case socket_option::receive_buffer:
            values_[index(option)] = doubled(value, least_receive_buffer);
            return {};
    }
    return failed(ENOPROTOOPT);
}

io_result<int> socket_options::get(socket_option option, int family) const {
    if (index(option) >= values_.size()) return failed(ENOPROTOOPT);
    if (option == socket_option::ipv6_only && family != AF_INET6) return failed(EOPNOTSUPP);
    return values_[index(option)];
}

}  // namespace yot_run::sys_simulated::kernel
