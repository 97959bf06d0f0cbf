#include <yot_run/task/task.hpp>

namespace yot_run::inline YOT_RUN_WORLD::internal {

void throw_used_task() {
    throw std::logic_error(
        "this task is empty, or has already been awaited, polled or spawned: a task runs once; "
        "call the coroutine again for another");
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
