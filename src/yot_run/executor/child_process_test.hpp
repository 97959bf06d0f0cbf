// yot_run/executor/child_process_test.hpp: for tests: what must happen in another process, because it
// ends the process or changes its limits.
#pragma once

#include <yot_run/executor/process_figures.hpp>
#include <yot_run/sync/sync.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

namespace yot_run::inline YOT_RUN_WORLD::test {

struct child_result {
    int status = -1;     // What it exited with; -1: it did not exit.
    int signal = 0;      // What killed it; 0: nothing.
    std::string output;  // What it wrote to stdout and stderr.
};

// Runs `body` in a child process, whose exit status is what it returns. What it throws is printed,
// and the status is then 99. REQUIRES: the calling thread is the only one.
inline child_result in_child(const std::function<int()>& body) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) throw std::runtime_error("pipe failed");
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork failed");
    if (child == 0) {
        ::dup2(pipe[1], STDOUT_FILENO);
        ::dup2(pipe[1], STDERR_FILENO);
        ::close(pipe[0]);
        ::close(pipe[1]);
        int status = 99;
        try {
            status = body();
        } catch (const std::exception& error) {
            std::printf("%s\n", error.what());
        }
        std::fflush(nullptr);
        ::_exit(status);
    }
    ::close(pipe[1]);
    child_result result;
    std::array<char, 4096> part{};
    for (ssize_t size; (size = ::read(pipe[0], part.data(), part.size())) > 0;)
        result.output.append(part.data(), std::size_t(size));
    ::close(pipe[0]);
    int how = 0;
    ::waitpid(child, &how, 0);
    if (WIFEXITED(how)) result.status = WEXITSTATUS(how);
    if (WIFSIGNALED(how)) result.signal = WTERMSIG(how);
    return result;
}

// From now on this process gets only `more` threads. Without the right to change its user it gets
// none at all, since then all that this user runs counts. The limit does not bind root.
inline void limit_threads(unsigned more) {
    sync::thread("warm-up", [] {}).join();  // Sanitizers make a thread of their own with the first.
    constexpr uid_t nobody_else = 0x7a11'0000;
    const uid_t user = nobody_else + uid_t(::getpid());
    if (::getuid() == 0) static_cast<void>(::setresuid(user, user, user));
    const rlim_t limit = ::getuid() == user ? thread_count() + more : 1;
    const rlimit both{limit, limit};
    ::setrlimit(RLIMIT_NPROC, &both);
}

}  // namespace yot_run::inline YOT_RUN_WORLD::test
