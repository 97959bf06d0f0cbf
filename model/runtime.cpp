// model/runtime.cpp: executor and reactor together, on a kernel that fits a model: a worker, the
// reactor on a thread of its own or driven by the worker while it has nothing to do, and a task that
// waits for a byte.
//
// Promises, each a scenario:
//   a byte that a peer sends at any moment reaches the task, whoever takes the reactor's turns;
//   a shutdown at any moment ends the task, closes its registration, and ends every thread.
// Bounds: one worker, one task, one byte, one peer; up to four threads.
// Not covered: runtime.hpp itself, which puts these parts together in the same order; more workers
// (executor.cpp, reactor_parking.cpp).
#include <model/harness.hpp>
#include <yot_run/executor/executor.hpp>
#include <yot_run/reactor/reactor_thread.hpp>
#include <yot_run/reactor/registration.hpp>
#include <yot_run/runtime/block_on.hpp>
#include <yot_run/runtime/reactor_parking.hpp>
#include <yot_run/task/spawn.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace {

namespace sync = yot_run::sync;
namespace sys = yot_run::sys;
using namespace yot_run;
using namespace yot_run::internal;
using model::check;

// Reads one byte. The registration ends with it.
class byte_future {
public:
    byte_future(registration registered, int stream)
        : registration_(std::move(registered)), stream_(stream) {}
    yot_run::poll<int> poll(context& cx) {
        for (;;) {
            auto ready = registration_.poll_ready(direction::read, cx);
            if (ready.is_pending()) return poll_pending;
            if (sys::take_byte(stream_)) return 42;
            registration_.clear_ready(direction::read, ready.value());
        }
    }

private:
    registration registration_;
    int stream_;
};

class runtime_model : public model::test {
protected:
    void before() override {
        reactor_ = *reactor::create();
        stream_ = sys::make_stream(0);
    }
    void after() override {
        check(reactor_->counters().registered_sockets == 0, "no registration is left");
    }
    auto spawn_reader(executor& on) {
        auto registered = *registration::add(*reactor_, stream_.get());
        return spawn_on(on.core(), byte_future(std::move(registered), stream_.get()));
    }
    void expect_byte(join_handle<int>& handle) {
        environment here;
        check(block_on_here(here, handle) == 42, "the byte reaches the task");
    }

    sync::reference<reactor> reactor_;
    sys::descriptor stream_;
};

executor_options one_worker() {
    executor_options options;
    options.workers = 1;
    return options;
}

class reactor_on_its_own_thread : public runtime_model {
    void thread(unsigned) override {
        reactor_thread driver(reactor_, "driver");
        executor workers(one_worker(), environment{});
        auto handle = spawn_reader(workers);
        sys::peer_sends(stream_.get());
        expect_byte(handle);
        check(workers.shutdown(std::nullopt) == 0, "the worker has ended");
        driver.stop();
    }
};

class reactor_driven_by_the_worker : public runtime_model {
    void thread(unsigned) override {
        auto options = one_worker();
        const auto seat = sync::make_shared_object<driver_seat>(reactor_);
        options.make_parking = [&seat](unsigned) {
            return std::make_unique<reactor_parking>(seat);
        };
        executor workers(std::move(options), environment{});
        auto handle = spawn_reader(workers);
        sys::peer_sends(stream_.get());
        expect_byte(handle);
        check(workers.shutdown(std::nullopt) == 0, "the worker has ended");
    }
};

// The byte may come, or the end.
class shut_down_at_any_moment : public runtime_model {
    void thread(unsigned) override {
        reactor_thread driver(reactor_, "driver");
        executor workers(one_worker(), environment{});
        auto handle = spawn_reader(workers);
        sys::peer_sends(stream_.get());
        check(workers.shutdown(std::nullopt) == 0, "the worker has ended");
        driver.stop();
        try {
            expect_byte(handle);
        } catch (const task_cancelled&) {
        }
    }
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    constexpr model::bounds one_thread{
        .threads = 1, .started = 1, .random = 3'000, .bounded = 6'000};
    constexpr model::bounds two_threads{
        .threads = 1, .started = 2, .random = 3'000, .bounded = 6'000};
    return model::run(
        argc, argv,
        {
            scenario::of<reactor_on_its_own_thread>("reactor_on_its_own_thread", two_threads),
            scenario::of<reactor_driven_by_the_worker>("reactor_driven_by_the_worker", one_thread),
            scenario::of<shut_down_at_any_moment>("shut_down_at_any_moment", two_threads),
        });
}
