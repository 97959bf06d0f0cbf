#include <yot_run/sync/sync.hpp>

#include <pthread.h>

#include <algorithm>

namespace yot_run::inline YOT_RUN_WORLD::sync {

thread::thread(const std::string& name, std::move_only_function<void()> body)
    : thread_([short_name = name.substr(0, 15), body = std::move(body)]() mutable {
          pthread_setname_np(pthread_self(), short_name.c_str());
          body();
      }) {}

unsigned hardware_threads() noexcept { return std::max(1U, std::thread::hardware_concurrency()); }

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
