#include <yot_run/task/when_any.hpp>

#include <stdexcept>

namespace yot_run::inline YOT_RUN_WORLD::internal {

void throw_nothing_to_wait_for() {
    throw std::invalid_argument(
        "when_any was given an empty vector: nothing in it could ever be ready; ask whether it is "
        "empty first");
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
