#include <property_tests/kernel/chooser.hpp>

#include <sys/socket.h>

namespace kernel_property {
namespace {

namespace simulated = yot_run::sys_simulated;
using simulated::kernel::tcp_state;

int one_of(const std::vector<int>& choices, std::uint32_t which) {
    return choices.empty() ? -1 : choices[which % choices.size()];
}

std::uint16_t port_in(const yot_run::io_result<simulated::raw_address>& name) {
    answer said;
    if (name) describe(*name, said);
    return said.port;
}

bool holds_port(const socket_view& view) { return !is_closed(view); }

}  // namespace

bool any_state(const socket_view& /*view*/) { return true; }
bool is_closed(const socket_view& view) { return view.state == tcp_state::closed; }
bool is_listening(const socket_view& view) { return view.state == tcp_state::listening; }
bool is_connected(const socket_view& view) { return !is_closed(view) && !is_listening(view); }
bool is_established(const socket_view& view) { return view.state == tcp_state::established; }
bool has_news(const socket_view& view) { return view.unread_bytes > 0; }

int chooser::any(std::uint32_t which) {
    return static_cast<int>(which % (both_kernels::descriptors + 4)) + 2;
}

int chooser::of_kind(kind wanted, std::uint32_t which) const {
    if (which % 64 == 0) return any(which / 64);
    std::vector<int> choices;
    for (const auto& [number, what] : kernels_.open())
        if (what == wanted) choices.push_back(number);
    return one_of(choices, which / 64);
}

int chooser::socket(std::uint32_t which, condition wanted) const {
    if (which % 32 == 0) return any(which / 32);
    const std::vector<int> choices = sockets(wanted);
    return choices.empty() ? of_kind(kind::socket, which) : one_of(choices, which / 32);
}

int chooser::event(std::uint32_t which) const {
    const int number = of_kind(kind::event, which);
    const auto found = kernels_.open().find(number);
    return found != kernels_.open().end() && found->second == kind::socket ? -1 : number;
}

int chooser::holder_of_port(std::uint32_t which) const {
    return one_of(sockets(holds_port), which);
}

int chooser::reader_of(int number) const {
    for (const int each : sockets(is_established)) {
        const auto view = kernels_.machine().look_at(each);
        if (view->reading_is_shut || has_news(*view)) continue;
        if (port_of(each) == peer_port_of(number) && peer_port_of(each) == port_of(number))
            return each;
    }
    return -1;
}

int chooser::family_of(int number) {
    const auto name = simulated::getsockname(number);
    return name ? name->storage.ss_family : AF_INET;
}

std::uint16_t chooser::port_of(int number) { return port_in(simulated::getsockname(number)); }

std::uint16_t chooser::peer_port_of(int number) { return port_in(simulated::getpeername(number)); }

std::vector<int> chooser::sockets(condition wanted) const {
    std::vector<int> choices;
    for (const auto& [number, what] : kernels_.open()) {
        const auto view = kernels_.machine().look_at(number);
        if (view && wanted(*view)) choices.push_back(number);
    }
    return choices;
}

}  // namespace kernel_property
