// yot_run/sys/posix_signal.hpp: a signal, as something that a thread can wait for.
//
// The handler writes a byte into a pipe, which is all that may be done in one (signal-safety(7)); a
// thread reads it and does the rest.
// Order: the handler counts itself in before it looks for the pipe, and stop-watching takes the pipe
// away before it looks at that count; all of it sequentially consistent, so that no handler writes to
// a descriptor that has been closed.
// Checked by: posix_signal_test.cpp.
#pragma once

#include <yot_run/sys/posix_descriptor.hpp>
#include <yot_run/sys/result.hpp>

namespace yot_run::sys_posix {

// Move-only. At most one at a time for a signal, in the whole process.
class signal_watch {
public:
    // Installs the handler. Errors: those of pipe2(2) and sigaction(2); device_or_resource_busy when
    // the signal is watched already.
    [[nodiscard]] static io_result<signal_watch> open(int signal);
    signal_watch(signal_watch&& other) noexcept;
    signal_watch& operator=(signal_watch&&) = delete;
    // Puts the handler back that was there before. REQUIRES: nobody waits.
    ~signal_watch();

    // Waits until the signal comes. False: stop() was called. One thread.
    [[nodiscard]] bool wait() noexcept;
    // Ends the present wait, or the next one. Any thread.
    void stop() noexcept;

private:
    signal_watch(int signal, descriptor read_end, descriptor write_end) noexcept;

    int signal_;  // -1: moved from.
    descriptor read_end_;
    descriptor write_end_;
};

}  // namespace yot_run::sys_posix
