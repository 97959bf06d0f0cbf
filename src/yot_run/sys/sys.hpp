// yot_run/sys/sys.hpp: the second seam: everything that is asked of the operating system.
//
// Shipping code says `sys::recv`, `sys::epoll_wait`, `sys::now`, ... and never names a system call.
// A build against another kernel defines YOT_RUN_SYS_HEADER, a header that makes `sys` an alias of
// its own namespace inside `yot_run::inline YOT_RUN_WORLD` (and YOT_RUN_WORLD, so that the two
// builds cannot be linked together). The worlds themselves are ordinary namespaces (`sys_posix`,
// `sys_faulted`, ...), so that one test can hold two of them against each other.
//
// A world defines what <yot_run/sys/posix.hpp> declares, and what its selector uses of
// <yot_run/sys/posix_epoll.hpp> or <yot_run/sys/posix_kqueue.hpp>, with the same signatures and
// contracts:
//   descriptor, raw_address, accepted, socket_option, shutdown_side, max_pieces,
//   short_count_means_would_block
//   socket, bind, listen, accept, connect, take_socket_error, getsockname, getpeername,
//   setsockopt, getsockopt, set_linger, get_linger, recv, send, sendmsg, shutdown, close
//   epoll_event, epoll_create, epoll_add, epoll_modify, epoll_delete, epoll_wait
//   event_create, event_signal, event_drain
//   (or: kqueue_event, kqueue_create, kqueue_change, kqueue_wait)
//   clock, time_point, duration, now, random_u64
// No ordering between threads may rest on a call of this seam: that is the other seam's business.
// Checked by: posix_test.cpp, faulted_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

#ifdef YOT_RUN_SYS_HEADER

#include YOT_RUN_SYS_HEADER

#else

#include <yot_run/sys/posix.hpp>

namespace yot_run::inline YOT_RUN_WORLD {

namespace sys = sys_posix;

}  // namespace yot_run::inline YOT_RUN_WORLD

#endif
