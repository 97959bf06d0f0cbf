// yot_run/task/environment.hpp: what a leaf future needs of the runtime, without knowing it.
//
// The pointers are opaque here: the modules that own the types read them back. A context carries an
// environment to every poll; one thread-local names it outside a poll, on workers and on threads
// that have entered a runtime.
// Checked by: environment_test.cpp.
#pragma once

#include <yot_run/sync/sync.hpp>

namespace yot_run::inline YOT_RUN_WORLD {

namespace internal {
class reactor;  // <yot_run/reactor/reactor.hpp>
class spawner;  // <yot_run/task/spawner.hpp>
}  // namespace internal

struct environment {
    internal::reactor* reactor = nullptr;  // Null: no sockets and no timers here.
    internal::spawner* spawner = nullptr;  // Null: no spawning here.
};

// The calling thread's environment, or null outside any runtime. Do not keep it across an await.
[[nodiscard]] environment* current_environment() noexcept;

// Makes `inside` the calling thread's environment until the scope ends, then restores the previous.
class environment_scope {
public:
    explicit environment_scope(environment& inside) noexcept;
    environment_scope(const environment_scope&) = delete;
    environment_scope& operator=(const environment_scope&) = delete;
    ~environment_scope();

private:
    environment* outside_;
};

}  // namespace yot_run::inline YOT_RUN_WORLD
