#include <yot_run/task/environment.hpp>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

struct environment_tag;
using slot = sync::thread_slot<environment, environment_tag>;

}  // namespace

environment* current_environment() noexcept { return slot::get(); }

environment_scope::environment_scope(environment& inside) noexcept : outside_(slot::get()) {
    slot::set(&inside);
}

environment_scope::~environment_scope() { slot::set(outside_); }

}  // namespace yot_run::inline YOT_RUN_WORLD
