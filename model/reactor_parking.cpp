// model/reactor_parking.cpp: runtime/reactor_parking.hpp: workers that sleep, one of them in a turn
// of the reactor.
//
// Promises, each a scenario:
//   an unpark before or during a park ends it, whether the worker drives the reactor or sleeps on
//   its condition variable, and what was written before the unpark is seen after it (Q1 to Q4);
//   an event of the reactor reaches the one who drives, and so does an unpark that comes with it;
//   two workers never drive at once, and each driver is ordered after the last (Q5, Q6).
// Bounds: one and two workers, one producer with one or two unparks for each; one event.
// Not covered: the workers' own loop (executor.cpp), timers.
#include <model/counting_waker.hpp>
#include <yot_run/reactor/registration.hpp>
#include <yot_run/runtime/reactor_parking.hpp>

#include <optional>

namespace {

namespace sync = yot_run::sync;
namespace sys = yot_run::sys;
using namespace yot_run;
using namespace yot_run::internal;
using model::check;

class parking_model : public model::test {
protected:
    void before() override {
        reactor_ = *reactor::create();
        seat_ = sync::make_shared_object<driver_seat>(reactor_);
        for (auto& each : workers_) each.emplace(seat_);
    }
    sync::reference<reactor> reactor_;
    sync::reference<driver_seat> seat_;
    std::optional<reactor_parking> workers_[2];
};

// Each worker sleeps until it has seen what the last thread wrote for it. A lost unpark is a
// deadlock.
template <unsigned Workers, int Unparks = 1>
class unparked : public parking_model {
    void thread(unsigned index) override {
        if (index < Workers) {
            while (written_[index].load(sync::relaxed) < Unparks) workers_[index]->park();
            return;
        }
        for (int i = 1; i <= Unparks; ++i) {
            for (unsigned worker = 0; worker < Workers; ++worker) {
                written_[worker].store(i, sync::relaxed);
                workers_[worker]->unpark();
            }
        }
    }
    sync::atomic<int> written_[Workers] = {};
};

// One unpark answers for what was written before it, in plain memory. With another worker in the
// driver's seat the first one sleeps; so both ways are taken.
template <bool WithDriver>
class plain_message : public parking_model {
    void thread(unsigned index) override {
        if (index == 0) {
            // A park may return for no reason, by contract; with these threads it does not.
            workers_[0]->park();
            check(message_.get() == 1, "what was written before the unpark is seen");
        } else if (index == 1) {
            message_.set(1);
            workers_[0]->unpark();
            if (WithDriver) workers_[1]->unpark();
        } else {
            workers_[1]->park();
        }
    }
    sync::cell<int> message_{0};
};

// Thread 0 drives, thread 1 is the peer of a stream that a task of thread 0's waits for.
class event_reaches_the_driver : public parking_model {
    void before() override {
        parking_model::before();
        stream_ = sys::make_stream(0);
        registration_.emplace(*registration::add(*reactor_, stream_.get()));
    }
    void thread(unsigned index) override {
        if (index == 1) return sys::peer_sends(stream_.get());
        environment here;
        const waker waker = task_.make_waker();
        context cx(waker, here);
        for (;;) {
            auto ready = registration_->poll_ready(direction::read, cx);
            if (ready.is_ready()) {
                if (sys::take_byte(stream_.get())) return;
                registration_->clear_ready(direction::read, ready.value());
            } else {
                while (task_.take_wakes() == 0) workers_[0]->park();
            }
        }
    }
    void after() override {
        registration_.reset();
        static_cast<void>(task_.take_wakes());
    }
    model::sleeper task_;
    sys::descriptor stream_;
    std::optional<registration> registration_;
};

// Two workers give the reactor a turn while they are busy; the turns are one after the other, and
// each driver finds what the last one left.
class busy_turns : public parking_model {
    void thread(unsigned index) override {
        workers_[index]->turn();
        workers_[index]->turn();
    }
    void after() override {
        const auto turns = reactor_->counters().turns;
        check(turns >= 2 && turns <= 4, "who finds the seat taken leaves the turn to the other");
    }
};

// Whoever has driven leaves the seat to others.
class seat_passes_on : public parking_model {
    void thread(unsigned index) override {
        if (index == 1) {
            written_.store(1, sync::relaxed);
            workers_[0]->unpark();
            return;
        }
        while (written_.load(sync::relaxed) == 0) workers_[0]->park();
        const auto before = reactor_->counters().turns;
        workers_[1]->turn();
        check(reactor_->counters().turns == before + 1, "the seat is free for a turn");
    }
    sync::atomic<int> written_{0};
};

// A worker that drives while the other one gives a turn.
class turn_against_park : public parking_model {
    void thread(unsigned index) override {
        if (index == 0) {
            while (written_.load(sync::relaxed) == 0) workers_[0]->park();
        } else {
            workers_[1]->turn();
            written_.store(1, sync::relaxed);
            workers_[0]->unpark();
        }
    }
    sync::atomic<int> written_{0};
};

constexpr model::bounds two{.threads = 2, .random = 10'000, .bounded = 20'000};
constexpr model::bounds three{.threads = 3, .random = 10'000, .bounded = 20'000};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(argc, argv,
                      {
                          scenario::of<unparked<1>>("unparked", two),
                          scenario::of<unparked<1, 2>>("unparked_twice", two),
                          scenario::of<unparked<2>>("two_unparked", three),
                          scenario::of<plain_message<false>>("plain_message", two),
                          scenario::of<plain_message<true>>("plain_message_with_driver", three),
                          scenario::of<event_reaches_the_driver>("event_reaches_the_driver", two),
                          scenario::of<busy_turns>("busy_turns", two),
                          scenario::of<seat_passes_on>("seat_passes_on", two),
                          scenario::of<turn_against_park>("turn_against_park", two),
                      });
}
