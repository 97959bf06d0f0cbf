// model/reactor_thread.cpp: reactor/reactor_thread.hpp, reactor.hpp, timer_queue.hpp and
// wake_flag.hpp together: a thread that waits in the kernel, and what must end its wait.
//
// Promises, each a scenario:
//   an interrupt ends the wait, whenever it comes: stop() never hangs, also when the kernel refuses
//   to wait;
//   a timer that is armed while the driver waits ends the wait, and fires in that turn, once; one that
//   is cancelled meanwhile is not touched after cancel(), and its waker is called at most once, perhaps
//   a little later;
//   wakers are called with no lock held;
//   the shutdown ends every timer, refuses new ones, and ends the wait;
//   an event ends the wait and wakes whoever waits for it.
// Bounds: the driver's thread, and one or two more; one or two timers, one byte. The clock stands
// still, and every timer is due at once.
// Not covered: when timers fire (timer_wheel_test.cpp, property_tests/parts/timer_wheel.cpp).
#include <model/counting_waker.hpp>
#include <yot_run/reactor/reactor_thread.hpp>
#include <yot_run/reactor/registration.hpp>

#include <optional>

namespace {

namespace sync = yot_run::sync;
namespace sys = yot_run::sys;
using namespace yot_run;
using namespace yot_run::internal;
using model::check;

class thread_model : public model::test {
protected:
    void before() override { reactor_ = *reactor::create(); }
    // Sleeps until `sleeper` was called. The reactor's wake orders nothing here, so this looks
    // again and again, and another thread must run in between.
    static void await(model::sleeper& sleeper) {
        while (sleeper.take_wakes() == 0) model::yield();
    }
    sync::reference<reactor> reactor_;
};

// Thread 0 starts the driver and stops it.
class stopped : public thread_model {
    void thread(unsigned) override {
        reactor_thread driver(reactor_, "driver");
        driver.stop();
        check(reactor_->counters().turns <= 2, "a stop ends the turn that goes on, or the next");
    }
};

// The first wait fails: the driver pauses, and goes on.
class stopped_in_a_pause : public thread_model {
    void thread(unsigned) override {
        sys::fail_next_wait();
        reactor_thread driver(reactor_, "driver");
        driver.stop();
        check(reactor_->counters().failed_turns <= 1, "one wait failed");
    }
};

// Thread 0 takes turns that wait until it has seen all that thread 1 wrote before its interrupts. A
// lost one is a deadlock.
template <int Interrupts>
class interrupted : public thread_model {
    void thread(unsigned index) override {
        if (index == 0) {
            while (written_.load(sync::relaxed) < Interrupts)
                static_cast<void>(reactor_->turn(std::nullopt));
            return;
        }
        for (int i = 1; i <= Interrupts; ++i) {
            written_.store(i, sync::relaxed);
            reactor_->interrupt();
        }
    }
    sync::atomic<int> written_{0};
};

// Thread 0 arms a timer while thread 1 takes a turn that waits for as long as it takes.
class armed_while_driven : public thread_model {
    void thread(unsigned index) override {
        if (index == 1) {
            check(reactor_->turn(std::nullopt).has_value(), "the turn ends");
            return;
        }
        check(reactor_->arm(timer_, sys::now(), sleeper_.make_waker()) == timer_status::armed,
              "a timer is armed");
        static_cast<void>(reactor_->counters());
    }
    void after() override {
        check(sleeper_.take_wakes() == 1, "a timer fires once");
        check(reactor_->check(timer_, never_.make_waker()) == timer_status::fired, "and says so");
        check(reactor_->counters().active_timers == 0, "no timer is left");
        check(reactor_->counters().timers_fired == 1, "it is counted");
        reactor_->cancel(timer_);
    }
    timer_entry timer_;
    model::sleeper sleeper_;
    model::sleeper never_;
};

// Thread 0 arms a timer, looks at it, with another waker, and cancels it; thread 1 drives.
class cancelled : public thread_model {
    void thread(unsigned index) override {
        if (index == 1) {
            static_cast<void>(reactor_->turn(sys::duration::zero()));
            return;
        }
        const waker second = second_.make_waker();
        static_cast<void>(reactor_->arm(timer_, sys::now(), first_.make_waker()));
        const bool fired = reactor_->check(timer_, second) == timer_status::fired;
        reactor_->cancel(timer_);
        check(reactor_->check(timer_, second) == timer_status::idle, "a cancelled timer is idle");
        seen_fired_ = fired;
    }
    void after() override {
        static_cast<void>(reactor_->turn(sys::duration::zero()));
        const int calls = first_.take_wakes() + second_.take_wakes();
        check(calls <= 1 && (!seen_fired_ || calls == 1), "it fires at most once");
        check(reactor_->counters().active_timers == 0, "no timer is left");
    }
    timer_entry timer_;
    model::sleeper first_;
    model::sleeper second_;
    bool seen_fired_ = false;
};

// A waker may do what a task may do: this one asks after a timer, which needs the lock.
class waker_calls_back : public thread_model {
    void thread(unsigned index) override {
        if (index == 1)
            static_cast<void>(reactor_->turn(sys::duration::zero()));
        else
            static_cast<void>(reactor_->arm(timer_, sys::now(), waker(make(this))));
    }
    void after() override {
        static_cast<void>(reactor_->turn(sys::duration::zero()));
        check(asked_ == 1, "a timer calls its waker once");
        reactor_->cancel(timer_);
    }
    static waker_calls_back& of(const void* data) {
        return *static_cast<waker_calls_back*>(const_cast<void*>(data));
    }
    static raw_waker make(const void* data) noexcept { return {data, &functions}; }
    static void call_back(const void* data) noexcept {
        waker_calls_back& self = of(data);
        check(self.reactor_->check(self.timer_, noop_waker()) == timer_status::fired,
              "a waker is called when its timer has fired");
        ++self.asked_;
    }
    static void drop(const void* /*data*/) noexcept {}
    static constexpr waker_functions functions{make, call_back, call_back, drop};

    timer_entry timer_;
    int asked_ = 0;  // Written by whoever takes the turn, one after the other.
};

// Threads 0 and 2 arm a timer each; thread 1 shuts the reactor down.
template <unsigned Threads>
class shut_down : public thread_model {
    void thread(unsigned index) override {
        if (index == 1) return reactor_->shut_down();
        waiter& self = waiters_[index];
        self.status = reactor_->arm(self.timer, sys::now(), self.sleeper.make_waker());
    }
    void after() override {
        for (waiter& each : waiters_) {
            if (each.status == timer_status::idle) continue;
            check(each.status == timer_status::shut_down || each.sleeper.take_wakes() == 1,
                  "refused, or woken");
            reactor_->cancel(each.timer);
        }
        check(reactor_->counters().active_timers == 0, "no timer is left");
    }
    struct waiter {
        timer_entry timer;
        model::sleeper sleeper;
        timer_status status = timer_status::idle;
    };
    waiter waiters_[3];
};

// Thread 0 waits in a turn while thread 1 shuts the reactor down.
class shut_down_while_driven : public thread_model {
    void thread(unsigned index) override {
        if (index == 1)
            reactor_->shut_down();
        else
            check(reactor_->turn(std::nullopt).has_value(), "the turn ends");
    }
};

// Thread 0 starts a driver, waits for a byte that thread 1 sends, and stops the driver.
class byte_arrives : public thread_model {
    void before() override {
        thread_model::before();
        stream_ = sys::make_stream(0);
    }
    void thread(unsigned) override {
        reactor_thread driver(reactor_, "driver");
        std::optional<registration> registered(*registration::add(*reactor_, stream_.get()));
        sync::thread peer("peer", [this] { sys::peer_sends(stream_.get()); });
        environment here;
        const waker waker = sleeper_.make_waker();
        context cx(waker, here);
        for (bool is_done = false; !is_done;) {
            auto ready = registered->poll_ready(direction::read, cx);
            if (ready.is_pending())
                await(sleeper_);
            else if (sys::take_byte(stream_.get()))
                is_done = true;
            else
                registered->clear_ready(direction::read, ready.value());
        }
        peer.join();
        driver.stop();
        registered.reset();
    }
    void after() override { static_cast<void>(sleeper_.take_wakes()); }
    sys::descriptor stream_;
    model::sleeper sleeper_;
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    constexpr model::bounds one_driver{
        .threads = 1, .started = 1, .random = 10'000, .bounded = 20'000};
    constexpr model::bounds driver_and_peer{
        .threads = 1, .started = 2, .random = 10'000, .bounded = 20'000};
    constexpr model::bounds three{.threads = 3, .random = 10'000, .bounded = 20'000};
    return model::run(argc, argv,
                      {
                          scenario::of<stopped>("stopped", one_driver),
                          scenario::of<stopped_in_a_pause>("stopped_in_a_pause", one_driver),
                          scenario::of<interrupted<1>>("interrupted"),
                          scenario::of<interrupted<2>>("interrupted_twice"),
                          scenario::of<interrupted<3>>("interrupted_three_times"),
                          scenario::of<armed_while_driven>("armed_while_driven"),
                          scenario::of<cancelled>("cancelled"),
                          scenario::of<waker_calls_back>("waker_calls_back"),
                          scenario::of<shut_down<2>>("shut_down"),
                          scenario::of<shut_down<3>>("shut_down_two_timers", three),
                          scenario::of<shut_down_while_driven>("shut_down_while_driven"),
                          scenario::of<byte_arrives>("byte_arrives", driver_and_peer),
                      });
}
