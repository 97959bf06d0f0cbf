#include <yot_run/task/spawn.hpp>

#include <stdexcept>

namespace yot_run::inline YOT_RUN_WORLD::internal {

void throw_no_runtime() {
    throw std::logic_error(
        "there is no runtime here: call this inside a task, inside block_on, or on a thread that "
        "holds the guard of runtime::enter()");
}

void throw_used_handle() {
    throw std::logic_error(
        "this join handle is empty: its task's value was already taken, or the task was detached; "
        "await a handle once");
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
