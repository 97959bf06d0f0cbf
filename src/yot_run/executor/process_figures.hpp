// yot_run/executor/process_figures.hpp: for tests: what the system says about this process.
#pragma once

#include <yot_run/sync/sync.hpp>
#include <yot_run/sys/sys.hpp>

#include <sched.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::test {

[[nodiscard]] inline std::size_t entries_in(const char* folder) {
    return std::size_t(std::distance(std::filesystem::directory_iterator(folder), {}));
}
[[nodiscard]] inline std::size_t thread_count() { return entries_in("/proc/self/task"); }
// With the one that does the counting, which is the same every time.
[[nodiscard]] inline std::size_t descriptor_count() { return entries_in("/proc/self/fd"); }

// The names of all threads that begin with `prefix`. A thread may end meanwhile.
[[nodiscard]] inline std::vector<std::string> thread_names(const std::string& prefix) {
    std::vector<std::string> names;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::ifstream(thread.path() / "comm") >> name;
        if (name.starts_with(prefix)) names.push_back(name);
    }
    return names;
}

// Waits for what cannot call back: a counter, or an entry in /proc that the kernel removes a moment
// after the thread was joined. False: it has not happened for so long that it never will.
template <class Condition>
[[nodiscard]] bool eventually(Condition condition) {
    const auto give_up = sys::now() + std::chrono::minutes(1);
    while (!condition()) {
        if (sys::now() > give_up) return false;
        sched_yield();
    }
    return true;
}

}  // namespace yot_run::inline YOT_RUN_WORLD::test
