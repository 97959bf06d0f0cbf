// property_tests/kernel/operation.hpp: what the random sequences consist of. An operation says what
// to do with "one of the sockets that could do it", so that it is worth doing wherever a sequence
// has been cut while it shrinks; now and then it takes any number instead, open or not.
#pragma once

#include <property_tests/kernel/both_kernels.hpp>

#include <rapidcheck.h>

#include <cstdint>
#include <vector>

namespace kernel_property {

enum class activity : unsigned char {
    serve,  // A socket that listens.
    link,   // A connection to a listener, with both ends open.
    open_socket,
    bind,
    listen,
    connect,
    accept,
    send,
    recv,
    flood,
    shutdown,
    reset,
    close,
    duplicate,
    take_error,
    tell_names,
    set_option,
    open_epoll,
    watch,
    modify,
    unwatch,
    wait,
    open_event,
    signal,
    drain,
};

struct operation {
    activity what{};
    std::uint32_t who = 0;
    std::uint32_t how = 0;
};

using operations = std::vector<operation>;

std::ostream& operator<<(std::ostream& out, const operation& shown);

[[nodiscard]] rc::Gen<operations> any_operations();

// Does all of them, on both kernels.
void perform(const operations& all, both_kernels& kernels);

}  // namespace kernel_property
