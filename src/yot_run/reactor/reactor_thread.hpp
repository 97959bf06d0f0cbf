// yot_run/reactor/reactor_thread.hpp: a thread that takes a reactor's turns.
//
// It waits in the kernel and uses no CPU time while nothing happens. When the kernel refuses to wait
// (which the reactor counts as a failed turn), it goes on, a hundred times a second, so that timers
// still fire.
// Order: `stopping_` is read after the turn that stop() has interrupted, so the interrupt orders it;
// the pause is ordered by its lock.
// Checked by: reactor_thread_test.cpp, reactor_fault_test.cpp,
// model/reactor_thread.cpp, model/runtime.cpp.
#pragma once

#include <yot_run/reactor/reactor.hpp>
#include <yot_run/sync/reference.hpp>
#include <yot_run/sync/sync.hpp>

#include <string>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class reactor_thread {
public:
    // Throws std::system_error when the system has no thread to give.
    reactor_thread(sync::reference<reactor> driven, const std::string& name);
    reactor_thread(const reactor_thread&) = delete;
    reactor_thread& operator=(const reactor_thread&) = delete;
    // As stop().
    ~reactor_thread();

    // Ends the thread and waits until it has ended. It takes no more turns, but may still call the
    // wakers of the last one. Once; afterwards it does nothing. REQUIRES: the caller is not that
    // thread, so no waker calls it.
    void stop();

private:
    void run();
    void pause();

    const sync::reference<reactor> driven_;
    sync::atomic<bool> stopping_{false};
    sync::mutex pause_mutex_;
    sync::condition_variable pause_over_;
    sync::thread thread_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
