#include <yot_run/task/waker.hpp>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

void do_nothing(const void* /*data*/) noexcept {}
raw_waker clone_noop(const void* data) noexcept;
constexpr waker_functions noop_functions{clone_noop, do_nothing, do_nothing, do_nothing};
raw_waker clone_noop(const void* data) noexcept { return {data, &noop_functions}; }

}  // namespace

waker noop_waker() noexcept { return waker({nullptr, &noop_functions}); }

}  // namespace yot_run::inline YOT_RUN_WORLD
