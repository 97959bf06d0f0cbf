#include "harness/process_figures.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace bench {

namespace {

double seconds_of(clockid_t clock) {
    timespec time{};
    if (clock_gettime(clock, &time) != 0)
        throw std::system_error(errno, std::generic_category(), "clock_gettime");
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

double resident_bytes_of(const std::string& process) {
    std::ifstream file("/proc/" + process + "/statm");
    double total = 0;
    double resident = 0;
    if (!(file >> total >> resident)) throw std::runtime_error("/proc/" + process + "/statm");
    return resident * double(sysconf(_SC_PAGESIZE));
}

rusage usage_of_this_process() {
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        throw std::system_error(errno, std::generic_category(), "getrusage");
    return usage;
}

}  // namespace

double cpu_seconds() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

double cpu_seconds(pid_t process) {
    clockid_t clock{};
    if (const int error = clock_getcpuclockid(process, &clock); error != 0)
        throw std::system_error(error, std::generic_category(), "clock_getcpuclockid");
    return seconds_of(clock);
}

double resident_bytes() { return resident_bytes_of("self"); }
double resident_bytes(pid_t process) { return resident_bytes_of(std::to_string(process)); }

// Not ru_maxrss: that begins with what the parent had when it forked.
double peak_mib() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        double kib = 0;
        if (word == "VmHWM:" && status >> kib) return kib / 1024;
    }
    throw std::runtime_error("/proc/self/status");
}

double voluntary_switches() { return double(usage_of_this_process().ru_nvcsw); }

void raise_descriptor_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        throw std::system_error(errno, std::generic_category(), "setrlimit");
}

}  // namespace bench
