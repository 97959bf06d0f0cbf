// yot_run/simulation/kernel/any_call.hpp: all calls of the simulated kernel, for tests that make
// each of them.
#pragma once

#include <yot_run/simulation/kernel/loopback.hpp>

#include <array>
#include <iterator>

namespace yot_run::sys_simulated {

inline constexpr call all_calls[] = {call::socket,      call::bind,         call::listen,
                                     call::accept,      call::connect,      call::take_socket_error,
                                     call::getsockname, call::getpeername,  call::setsockopt,
                                     call::getsockopt,  call::set_linger,   call::get_linger,
                                     call::recv,        call::send,         call::sendmsg,
                                     call::shutdown,    call::close,        call::epoll_create,
                                     call::epoll_add,   call::epoll_modify, call::epoll_delete,
                                     call::epoll_wait,  call::event_create, call::event_signal,
                                     call::event_drain};
static_assert(std::size(all_calls) == call_kinds);

template <class T>
int error_of(const io_result<T>& result) {
    return result ? 0 : result.error().value();
}

// Makes the call on `number`, and says its error.
inline int error_of(call kind, int number) {
    const raw_address address = loopback();
    std::array<std::byte, 1> byte{};
    const std::array pieces{bytes("x")};
    std::array<epoll_event, 1> events;
    switch (kind) {
        case call::socket:
            return error_of(socket(AF_INET));
        case call::bind:
            return error_of(sys_simulated::bind(number, address));
        case call::listen:
            return error_of(listen(number, 1));
        case call::accept:
            return error_of(accept(number));
        case call::connect:
            return error_of(sys_simulated::connect(number, address));
        case call::take_socket_error:
            return error_of(take_socket_error(number));
        case call::getsockname:
            return error_of(getsockname(number));
        case call::getpeername:
            return error_of(getpeername(number));
        case call::setsockopt:
            return error_of(sys_simulated::setsockopt(number, socket_option::nodelay, 1));
        case call::getsockopt:
            return error_of(sys_simulated::getsockopt(number, socket_option::nodelay));
        case call::set_linger:
            return error_of(set_linger(number, std::nullopt));
        case call::get_linger:
            return error_of(get_linger(number));
        case call::recv:
            return error_of(recv(number, byte));
        case call::send:
            return error_of(send(number, byte));
        case call::sendmsg:
            return error_of(sendmsg(number, pieces));
        case call::shutdown:
            return error_of(sys_simulated::shutdown(number, shutdown_side::both));
        case call::close:
            return error_of(close(number));
        case call::epoll_create:
            return error_of(epoll_create());
        case call::epoll_add:
            return error_of(epoll_add(number, number, 0, 0));
        case call::epoll_modify:
            return error_of(epoll_modify(number, number, 0, 0));
        case call::epoll_delete:
            return error_of(epoll_delete(number, number));
        case call::epoll_wait:
            return error_of(epoll_wait(number, events, std::chrono::nanoseconds::zero()));
        case call::event_create:
            return error_of(event_create());
        case call::event_signal:
            return error_of(event_signal(number));
        case call::event_drain:
            return error_of(event_drain(number));
    }
    return 0;
}

}  // namespace yot_run::sys_simulated
