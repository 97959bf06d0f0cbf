// yot_run/runtime/block_on.hpp: a thread that waits for one future.
//
// The thread polls the future itself and sleeps in between; the waker it hands out unparks it. Clones
// of that waker may outlive the call, and the thread: they hold the parker, and do nothing then.
// Checked by: block_on_test.cpp, model/parker.cpp.
#pragma once

#include <yot_run/executor/parker.hpp>
#include <yot_run/sync/reference.hpp>
#include <yot_run/task/environment.hpp>
#include <yot_run/task/future.hpp>
#include <yot_run/task/waker.hpp>

#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

// What the waker of a blocked thread points to.
class unpark_waker final : public sync::shared_object {
public:
    [[nodiscard]] static sync::reference<unpark_waker> make();
    [[nodiscard]] waker make_waker() noexcept;
    // The thread that made it only.
    void park() noexcept { parker_.park(); }

    // The table of functions works on these.
    void unpark() noexcept { parker_.unpark(); }

private:
    parker parker_;
};

// Refuses threads that must not block: workers, and threads inside another block_on.
// Throws std::logic_error.
class blocking_section {
public:
    blocking_section();
    blocking_section(const blocking_section&) = delete;
    blocking_section& operator=(const blocking_section&) = delete;
    ~blocking_section();
};

template <future F>
output_of<F> block_on_here(environment& environment, F& future) {
    const blocking_section blocking;
    const environment_scope inside(environment);
    const sync::reference<unpark_waker> sleeper = unpark_waker::make();
    const waker waker = sleeper->make_waker();
    for (;;) {
        context cx(waker, environment);
        if (poll<output_of<F>> answer = future.poll(cx); answer.is_ready())
            return std::move(answer).value();
        sleeper->park();
    }
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
