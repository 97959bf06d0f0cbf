// testing/kqueue/calls.hpp: the calls of a kernel with kqueue, by the names of the `sys` seam:
// sockets, clock and randomness of the simulated kernel, and the shipping kqueue_* of
// <yot_run/sys/posix_kqueue.hpp> on the kqueue of <testing/kqueue/kqueue_file.hpp>.
#pragma once

#include <yot_run/simulation/kernel/calls.hpp>
#include <yot_run/sys/posix_kqueue.hpp>

#include <utility>

namespace yot_run::sys_kqueue {

using sys_simulated::accepted;
using sys_simulated::call;
using sys_simulated::clock;
using sys_simulated::descriptor;
using sys_simulated::duration;
using sys_simulated::max_pieces;
using sys_simulated::raw_address;
using sys_simulated::short_count_means_would_block;
using sys_simulated::shutdown_side;
using sys_simulated::socket_option;
using sys_simulated::time_point;

using sys_simulated::accept;
using sys_simulated::bind;
using sys_simulated::close;
using sys_simulated::connect;
using sys_simulated::get_linger;
using sys_simulated::getpeername;
using sys_simulated::getsockname;
using sys_simulated::getsockopt;
using sys_simulated::listen;
using sys_simulated::now;
using sys_simulated::random_u64;
using sys_simulated::recv;
using sys_simulated::send;
using sys_simulated::sendmsg;
using sys_simulated::set_linger;
using sys_simulated::setsockopt;
using sys_simulated::shutdown;
using sys_simulated::socket;
using sys_simulated::take_socket_error;

using sys_posix::kqueue_change;
using sys_posix::kqueue_event;
using sys_posix::kqueue_wait;

// The number is of the simulated kernel, so that is who closes it.
[[nodiscard]] inline io_result<descriptor> kqueue_create() {
    io_result<sys_posix::descriptor> made = sys_posix::kqueue_create();
    if (!made) return std::unexpected(made.error());
    return descriptor(made->release());
}

}  // namespace yot_run::sys_kqueue
