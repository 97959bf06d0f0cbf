#include <property_tests/kernel/own_network.hpp>

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

namespace kernel_property {
namespace {

void raise_loopback() {
    const int any_socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    const int result = ::ioctl(any_socket, SIOCSIFFLAGS, &request);
    const int error = errno;
    ::close(any_socket);
    if (result != 0) throw std::system_error(error, std::system_category(), "the loopback is down");
}

void set(const char* name, int value) {
    std::ofstream file(std::string("/proc/sys/net/ipv4/") + name);
    file << value << std::flush;
    if (!file) throw std::system_error(errno, std::system_category(), name);
}

}  // namespace

bool enter_own_network() {
    const bool is_entered =
        ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    if (!is_entered) return false;
    raise_loopback();
    set("tcp_max_tw_buckets", 0);
    // Beyond TIME-WAIT's minute, a closed socket in FIN-WAIT-2 stays a socket, and needs no bucket.
    set("tcp_fin_timeout", 120);
    return true;
}

}  // namespace kernel_property
