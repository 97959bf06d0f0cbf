// stress/perturbed/sys.hpp: the `sys` seam of the perturbed world: the kernel's own calls, with a
// point (perturb.hpp) before those that race with each other.
#pragma once

#include <stress/perturbed/perturb.hpp>
#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/posix.hpp>

#include <utility>

namespace yot_run::sys_perturbed {

using namespace sys_posix;  // What is not here is as it is there.

#define YOT_RUN_PERTURBED(call)                                                 \
    template <class... Arguments>                                               \
    [[nodiscard]] auto call(Arguments&&... arguments) {                         \
        stress::perturbation::point();                                          \
        return sys_posix::call(std::forward<Arguments>(arguments)...);          \
    }

YOT_RUN_PERTURBED(accept)
YOT_RUN_PERTURBED(connect)
YOT_RUN_PERTURBED(recv)
YOT_RUN_PERTURBED(send)
YOT_RUN_PERTURBED(sendmsg)
YOT_RUN_PERTURBED(shutdown)
YOT_RUN_PERTURBED(epoll_add)
YOT_RUN_PERTURBED(epoll_modify)
YOT_RUN_PERTURBED(epoll_delete)
YOT_RUN_PERTURBED(epoll_wait)
YOT_RUN_PERTURBED(event_signal)
YOT_RUN_PERTURBED(event_drain)

#undef YOT_RUN_PERTURBED

}  // namespace yot_run::sys_perturbed

namespace yot_run::inline YOT_RUN_WORLD {

namespace sys = sys_perturbed;

}  // namespace yot_run::inline YOT_RUN_WORLD
