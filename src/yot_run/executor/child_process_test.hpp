// yot_run/executor/child_process_test.hpp: for tests: what must happen in another process, because it
// ends the process or changes its limits.
#pragma once

#include <yot_run/sync/sync.hpp>

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

}  // namespace yot_run::inline YOT_RUN_WORLD::test
