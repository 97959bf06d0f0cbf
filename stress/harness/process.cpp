#include <stress/harness/process.hpp>

#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

namespace stress {
namespace {

using namespace std::chrono_literals;

std::size_t entries_in(const char* folder) {
    return std::size_t(std::distance(std::filesystem::directory_iterator(folder), {}));
}

std::vector<pid_t> threads_named_now(std::string_view prefix) {
    std::vector<pid_t> result;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::getline(std::ifstream(entry.path() / "comm"), name);  // Empty if it has ended.
        if (!name.starts_with(prefix)) continue;
        const std::string number = entry.path().filename();
        pid_t thread = 0;
        std::from_chars(number.data(), number.data() + number.size(), thread);
        result.push_back(thread);
    }
    std::ranges::sort(result);
    return result;
}

std::string processor_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name"))
            return line.substr(std::min(line.size(), line.find(':') + 2));
    return "unknown";
}

std::string build_name() {
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
    return "ThreadSanitizer";
#elif defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
    return "AddressSanitizer";
#elif defined(NDEBUG)
    return "release";
#else
    return "debug";
#endif
}

}  // namespace

std::size_t descriptor_count() { return entries_in("/proc/self/fd"); }
std::size_t thread_count() { return entries_in("/proc/self/task"); }

std::vector<pid_t> threads_named(std::string_view prefix, std::size_t count) {
    for (;;) {
        std::vector<pid_t> found = threads_named_now(prefix);
        if (found.size() >= count) return found;
        std::this_thread::sleep_for(1ms);
    }
}

std::vector<unsigned> usable_processors() {
    cpu_set_t set;
    std::vector<unsigned> result;
    if (sched_getaffinity(0, sizeof(set), &set) != 0) return result;
    for (unsigned each = 0; each < CPU_SETSIZE; ++each)
        if (CPU_ISSET(each, &set)) result.push_back(each);
    return result;
}

bool pin_to_processors(const std::vector<pid_t>& threads) {
    const std::vector<unsigned> processors = usable_processors();
    if (processors.empty()) return false;
    bool pinned = true;
    for (std::size_t index = 0; index < threads.size(); ++index) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(processors[index % processors.size()], &set);
        pinned &= sched_setaffinity(threads[index], sizeof(set), &set) == 0;
    }
    return pinned;
}

void raise_descriptor_limit() noexcept {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t free_descriptors() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur - std::min<rlim_t>(limit.rlim_cur, descriptor_count());
}

descriptor_limit::descriptor_limit(std::size_t more) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    before_ = limit.rlim_cur;
    limit.rlim_cur = std::min<rlim_t>(descriptor_count() - 1 + more, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        throw std::system_error(errno, std::system_category(), "setrlimit");
}

descriptor_limit::~descriptor_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = before_;
    setrlimit(RLIMIT_NOFILE, &limit);
}

machine this_machine() {
    utsname system{};
    uname(&system);
    machine result;
    result.processor = processor_name();
    result.processors = unsigned(usable_processors().size());
    result.kernel = std::string(system.sysname) + " " + system.release;
#ifdef __clang__
    result.compiler = "Clang " __clang_version__;
#else
    result.compiler = "GCC " __VERSION__;
#endif
    result.build = build_name();
    return result;
}

}  // namespace stress
