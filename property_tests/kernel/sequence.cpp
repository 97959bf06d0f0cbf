#include <property_tests/kernel/chooser.hpp>
#include <property_tests/kernel/operation.hpp>

#include <netinet/in.h>

#include <algorithm>
#include <array>

namespace kernel_property {
namespace {

// Less than any buffer holds, so that both kernels take and keep all of it.
constexpr std::size_t most_unread = 20000;
constexpr std::size_t most_at_once = 2000;

// One sequence, while it goes on.
class sequence : chooser {
public:
    explicit sequence(both_kernels& kernels) : chooser(kernels), kernels_(kernels) {
        perform({.kind = call_kind::epoll_create});
        how_ = 165;  // IPv4, on the loopback address, with a backlog of three.
        serve();
        link(1);
    }

    void perform(const operation& what) {
        how_ = what.how;
        ++token_;
        switch (what.what) {
            case activity::serve:
                return serve();
            case activity::link:
                return link(what.who);
            case activity::open_socket:
                perform({.kind = call_kind::socket, .value = family()});
                return;
            case activity::bind:
                return bind(socket(what.who, is_closed));
            case activity::listen:
                perform({.kind = call_kind::listen,
                         .number = socket(what.who, is_closed),
                         .value = static_cast<int>(pick(4))});
                return;
            case activity::connect:
                return connect(socket(what.who, pick(4) != 0 ? is_closed : any_state));
            case activity::accept:
                perform({.kind = call_kind::accept, .number = socket(what.who, is_listening)});
                return;
            case activity::send:
                return send(socket(what.who, is_connected));
            case activity::recv:
                return recv(socket(what.who, pick(2) != 0 ? has_news : is_connected));
            case activity::flood:
                return flood(socket(what.who, is_established));
            case activity::shutdown:
                perform({.kind = call_kind::shutdown,
                         .number = socket(what.who, pick(8) != 0 ? is_connected : any_state),
                         .side = static_cast<yot_run::sys_posix::shutdown_side>(pick(3))});
                return;
            case activity::reset: {
                const int number = socket(what.who, is_connected);
                perform({.kind = call_kind::set_linger, .number = number});
                perform({.kind = call_kind::get_linger, .number = number});
                perform({.kind = call_kind::close, .number = number});
                return;
            }
            case activity::close:
                perform({.kind = call_kind::close,
                         .number = pick(3) != 0 ? socket(what.who, any_state) : any(what.who)});
                return;
            case activity::duplicate:
                perform({.kind = call_kind::duplicate,
                         .number = pick(3) != 0 ? socket(what.who, any_state) : any(what.who)});
                return;
            case activity::take_error:
                perform({.kind = call_kind::take_socket_error,
                         .number = socket(what.who, pick(2) != 0 ? is_closed : any_state)});
                return;
            case activity::tell_names: {
                const int number = socket(what.who, any_state);
                perform({.kind = call_kind::getsockname, .number = number});
                perform({.kind = call_kind::getpeername, .number = number});
                return;
            }
            case activity::set_option:
                return set_option(socket(what.who, any_state));
            case activity::open_epoll:
                perform({.kind = call_kind::epoll_create});
                return;
            case activity::watch:
                return control(call_kind::epoll_add, what.who);
            case activity::modify:
                return control(call_kind::epoll_modify, what.who);
            case activity::unwatch:
                return control(call_kind::epoll_delete, what.who);
            case activity::wait:
                perform({.kind = call_kind::epoll_wait,
                         .number = of_kind(kind::epoll, pick(3) != 0 ? 1 : what.who),
                         .value = 1 + static_cast<int>(pick(3) != 0 ? 15 : pick(3))});
                return;
            case activity::open_event:
                perform({.kind = call_kind::event_create});
                return;
            case activity::signal:
                perform({.kind = call_kind::event_signal, .number = event(what.who)});
                return;
            case activity::drain:
                perform({.kind = call_kind::event_drain, .number = event(what.who)});
                return;
        }
    }

private:
    answer perform(const step& what) { return kernels_.perform(what); }

    // A choice that depends on the operation alone.
    std::uint32_t pick(std::uint32_t choices) {
        const std::uint32_t chosen = how_ % choices;
        how_ /= choices;
        return chosen;
    }

    int family() { return pick(4) == 0 ? AF_INET6 : AF_INET; }

    void serve() {
        const int made_family = family();
        const int made = perform({.kind = call_kind::socket, .value = made_family}).number;
        if (pick(4) == 0) {
            perform({.kind = call_kind::setsockopt,
                     .number = made,
                     .value = 1,
                     .option = yot_run::sys_posix::socket_option::reuse_address});
        }
        perform({.kind = call_kind::bind,
                 .number = made,
                 .value = made_family,
                 .where = pick(3) == 0 ? place::any : place::loopback});
        perform({.kind = call_kind::listen, .number = made, .value = static_cast<int>(pick(4))});
    }

    void link(std::uint32_t which) {
        const int listener = socket(which, is_listening);
        if (port_of(listener) == 0) return serve();
        // A listener for IPv6 may have those of IPv4, too.
        const int made_family = pick(4) == 0 ? AF_INET : family_of(listener);
        const int made = perform({.kind = call_kind::socket, .value = made_family}).number;
        perform({.kind = call_kind::connect,
                 .number = made,
                 .other = listener,
                 .value = made_family,
                 .where = place::loopback});
        perform({.kind = call_kind::accept, .number = listener});
    }

    // Mostly addresses that the family can have.
    place somewhere(place unfit) {
        constexpr std::array places{place::loopback,        place::loopback,
                                    place::loopback,        place::any,
                                    place::second_loopback, place::mapped_loopback};
        if (pick(32) == 0) return unfit;
        return places[pick(places.size())];
    }

    void bind(int number) {
        const bool at_another = pick(4) == 0;
        const int wrong_family = pick(16) == 0 ? AF_INET + AF_INET6 - family_of(number) : -1;
        perform({.kind = call_kind::bind,
                 .number = number,
                 .other = at_another ? holder_of_port(pick(64)) : -1,
                 .value = wrong_family != -1 ? wrong_family : family_of(number),
                 .where = somewhere(place::elsewhere)});
    }

    void connect(int number) {
        const bool to_listener = pick(4) != 0;
        const int to =
            to_listener ? socket(pick(64) * 32 + 1, is_listening) : holder_of_port(pick(64));
        // Nobody connects to himself, nor to port 0.
        if (port_of(to) == 0 || port_of(to) == port_of(number)) return;
        place where = somewhere(place::group);
        // A socket of IPv6 that has tried to reach IPv4 is spoilt for IPv6: Linux loses what a
        // later connection is sent. The simulation does not.
        if (family_of(number) == AF_INET6 && where != place::group) where = place::loopback;
        perform({.kind = call_kind::connect,
                 .number = number,
                 .other = to,
                 .value = family_of(number),
                 .where = where});
    }

    void send(int number) {
        const auto view = kernels_.machine().look_at(number);
        const bool in_pieces = pick(4) == 0;
        const std::size_t size = pick(most_at_once);
        sent_ += size;
        if (view && sent_ > most_unread) return;
        perform({.kind = in_pieces ? call_kind::sendmsg : call_kind::send,
                 .number = number,
                 .size = size,
                 .token = token_});
    }

    void recv(int number) {
        perform({.kind = call_kind::recv,
                 .number = number,
                 .size = 1 + pick(pick(2) == 0 ? 100 : 2 * most_at_once)});
    }

    void flood(int number) {
        const int reader = reader_of(number);
        if (reader == -1) return;
        perform({.kind = call_kind::flood,
                 .number = number,
                 .other = reader,
                 .epoll = of_kind(kind::epoll, 1),
                 .ends = pick(2) == 0,
                 .value = 100,
                 .token = token_});
    }

    void set_option(int number) {
        using yot_run::sys_posix::socket_option;
        // Not those whose value is the kernel's own: buffers, before they are set.
        const auto option = static_cast<socket_option>(pick(9));
        const bool is_buffer =
            option == socket_option::send_buffer || option == socket_option::receive_buffer;
        constexpr std::array values{0, 1, 7, -1, 127, 128, 32767, 32768};
        const int value = is_buffer ? 60000 + static_cast<int>(pick(20000)) : values[pick(8)];
        const answer said = perform(
            {.kind = call_kind::setsockopt, .number = number, .value = value, .option = option});
        if (is_buffer && said.error != 0) return;
        perform({.kind = call_kind::getsockopt, .number = number, .option = option});
    }

    void control(call_kind what, std::uint32_t who) {
        constexpr std::array<std::uint32_t, 6> interests{EPOLLIN | EPOLLOUT | EPOLLRDHUP,
                                                         EPOLLIN,
                                                         EPOLLOUT,
                                                         EPOLLRDHUP,
                                                         EPOLLIN | EPOLLRDHUP,
                                                         0};
        const int epoll = of_kind(kind::epoll, pick(64));
        const int target = pick(4) != 0 ? socket(who, any_state) : of_kind(kind::event, who);
        const auto found = kernels_.open().find(target);
        // Not epoll inside epoll.
        if (found != kernels_.open().end() && found->second == kind::epoll && target != epoll)
            return;
        constexpr std::array<std::uint32_t, 6> modes{EPOLLET, EPOLLET, EPOLLET, 0, 0, EPOLLONESHOT};
        const std::uint32_t mode = modes[pick(modes.size())];
        perform({.kind = what,
                 .number = epoll,
                 .other = target,
                 .events = interests[pick(interests.size())] | mode,
                 .token = token_});
    }

    both_kernels& kernels_;
    std::uint32_t how_ = 0;
    std::uint64_t token_ = 0;
    std::size_t sent_ = 0;
};

}  // namespace

void perform(const operations& all, both_kernels& kernels) {
    sequence going(kernels);
    for (const operation& each : all) going.perform(each);
}

}  // namespace kernel_property
