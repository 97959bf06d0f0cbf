// model/registration.cpp: the reactor with its registrations, slots, selector and wake flag, on a
// kernel that fits a model (worlds/kernel.hpp).
//
// Promises, each a scenario:
//   an event that comes between EAGAIN and the clear, or between the check and the storing of the
//   waker, is not lost; nor are several of them;
//   a reader and a writer of one descriptor wait independently;
//   an event of a registration that is gone finds nobody, also where its slot was reused;
//   the shutdown wakes whoever waits, and whoever comes later sees it.
// Bounds: two and three threads: tasks, the peer, and the one that takes turns, up to two of them;
// one or two bytes. The kernel gives no order (kernel.hpp).
// Not covered: timers, and a turn that waits (reactor_thread.cpp); widths at which generation or tick
// wrap (readiness_widths.cpp).
#include <model/counting_waker.hpp>
#include <yot_run/reactor/reactor.hpp>
#include <yot_run/reactor/registration.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace {

namespace sync = yot_run::sync;
namespace sys = yot_run::sys;
using namespace yot_run;
using namespace yot_run::internal;
using model::check;

// A task that moves bytes through one direction of a descriptor.
class io_task {
public:
    io_task(registration& registered, int stream, direction way, int bytes)
        : registration_(&registered), stream_(stream), way_(way), left_(bytes) {}

    // One poll. Loops as registration.hpp says.
    void poll() {
        environment here;
        const waker waker = sleeper_.make_waker();
        context cx(waker, here);
        while (left_ > 0) {
            auto ready = registration_->poll_ready(way_, cx);
            if (ready.is_pending()) return;
            if (ready.value().is_shut_down()) {
                is_shut_down_ = true;
                return;
            }
            const bool moved =
                way_ == direction::read ? sys::take_byte(stream_) : sys::put_byte(stream_);
            if (moved)
                --left_;
            else
                registration_->clear_ready(way_, ready.value());
        }
    }
    // Polls again if it was woken since.
    void poll_if_woken() {
        if (sleeper_.take_wakes() > 0) poll();
    }
    [[nodiscard]] bool is_done() const { return left_ == 0; }
    [[nodiscard]] bool is_shut_down() const { return is_shut_down_; }

private:
    model::sleeper sleeper_;
    registration* registration_;
    int stream_;
    direction way_;
    int left_;
    bool is_shut_down_ = false;
};

class reactor_model : public model::test {
protected:
    void before() override { reactor_ = *reactor::create(); }
    void turn() { static_cast<void>(reactor_->turn(sys::duration::zero())); }

    sync::reference<reactor> reactor_;
};

// Thread 0 reads; thread 1 is its peer; thread 2 takes turns. With two threads the peer does.
template <unsigned Threads, int Bytes>
class reader : public reactor_model {
    void before() override {
        reactor_model::before();
        stream_ = sys::make_stream(0);
        registration_.emplace(*registration::add(*reactor_, stream_.get()));
        reader_.emplace(*registration_, stream_.get(), direction::read, Bytes);
    }
    void thread(unsigned index) override {
        if (index == 0) {
            reader_->poll();
            reader_->poll_if_woken();
        }
        if (index == 1) {
            for (int i = 0; i < Bytes; ++i) {
                sys::peer_sends(stream_.get());
                if (Threads == 2) turn();
            }
        }
        if (index == 2) {
            turn();
            turn();
        }
    }
    void after() override {
        // What was reported and not yet delivered, and what was woken and not yet polled.
        turn();
        for (int i = 0; i < Bytes; ++i) reader_->poll_if_woken();
        check(reader_->is_done(), "every byte is read");
        registration_.reset();  // First: it may hold a waker of the task's.
        reader_.reset();
    }
    sys::descriptor stream_;
    std::optional<registration> registration_;
    std::optional<io_task> reader_;
};

// Threads 0 and 1 read and write the same stream; thread 2 is the peer, and takes turns.
class reader_and_writer : public reactor_model {
    void before() override {
        reactor_model::before();
        stream_ = sys::make_stream(0);
        registration_.emplace(*registration::add(*reactor_, stream_.get()));
        reader_.emplace(*registration_, stream_.get(), direction::read, 1);
        writer_.emplace(*registration_, stream_.get(), direction::write, 1);
    }
    void thread(unsigned index) override {
        if (index == 0) reader_->poll();
        if (index == 1) writer_->poll();
        if (index == 2) {
            sys::peer_sends(stream_.get());
            turn();
            sys::peer_reads(stream_.get());
            turn();
        }
    }
    void after() override {
        turn();
        reader_->poll_if_woken();
        writer_->poll_if_woken();
        check(reader_->is_done() && writer_->is_done(), "both directions go on");
        registration_.reset();
        reader_.reset();
        writer_.reset();
    }
    sys::descriptor stream_;
    std::optional<registration> registration_;
    std::optional<io_task> reader_;
    std::optional<io_task> writer_;
};

// Thread 0 closes a stream for which there is news and uses another one, whose registration gets
// the slot; thread 1 takes turns. The new one has no news, and none may be made up.
class slot_reused : public reactor_model {
    void before() override {
        reactor_model::before();
        first_ = sys::make_stream(0);
        second_ = sys::make_stream(0);
        registration_.emplace(*registration::add(*reactor_, first_.get()));
        sys::peer_sends(first_.get());
    }
    void thread(unsigned index) override {
        if (index == 1) {
            turn();
            turn();
            return;
        }
        registration_.reset();
        first_.reset();
        registration_.emplace(*registration::add(*reactor_, second_.get()));
        reader_.emplace(*registration_, second_.get(), direction::read, 1);
        reader_->poll();  // Optimistic at first, it finds EAGAIN, clears, and waits.
        environment here;
        const waker waker = sleeper_.make_waker();
        context cx(waker, here);
        check(registration_->poll_ready(direction::read, cx).is_pending(),
              "an event for an earlier registration finds nobody");
    }
    void after() override {
        // A turn that was about to deliver to the earlier registration may have called this one's waker,
        // without news.
        static_cast<void>(sleeper_.take_wakes());
        environment here;
        const waker waker = sleeper_.make_waker();
        context cx(waker, here);
        check(registration_->poll_ready(direction::read, cx).is_pending(), "there is no news yet");
        sys::peer_sends(second_.get());
        turn();
        check(sleeper_.take_wakes() == 1, "an event for this one does");
        registration_.reset();
        reader_.reset();
    }
    model::sleeper sleeper_;
    sys::descriptor first_;
    sys::descriptor second_;
    std::optional<registration> registration_;
    std::optional<io_task> reader_;
};

// Thread 0 waits, thread 1 shuts the reactor down.
class shut_down : public reactor_model {
    void before() override {
        reactor_model::before();
        stream_ = sys::make_stream(0);
    }
    void thread(unsigned index) override {
        if (index == 1) return reactor_->shut_down();
        auto added = registration::add(*reactor_, stream_.get());
        if (!added) {
            check(added.error() == std::errc::operation_canceled, "new ones are refused");
            return;
        }
        registration_.emplace(*std::move(added));
        reader_.emplace(*registration_, stream_.get(), direction::read, 1);
        reader_->poll();
        reader_->poll_if_woken();
    }
    void after() override {
        if (!reader_) return;
        reader_->poll_if_woken();
        check(reader_->is_shut_down(), "the shutdown reaches whoever waits");
        registration_.reset();  // First: it may hold a waker of the task's.
        reader_.reset();
    }
    sys::descriptor stream_;
    std::optional<registration> registration_;
    std::optional<io_task> reader_;
};

// Two threads register streams and end registrations at the same time; the figures are right.
class registered_at_once : public reactor_model {
    void before() override {
        reactor_model::before();
        for (auto& each : streams_) each = sys::make_stream(0);
    }
    void thread(unsigned index) override {
        {
            const auto passing = *registration::add(*reactor_, streams_[index].get());
        }
        kept_[index].emplace(*registration::add(*reactor_, streams_[index].get()));
    }
    void after() override {
        turn();
        const reactor_counters counters = reactor_->counters();
        check(counters.registered_sockets == 2, "every registration is counted");
        check(counters.turns == 1 && counters.failed_turns == 0, "and every turn");
        for (int i = 0; i < 2; ++i) {
            io_task task(*kept_[i], streams_[i].get(), direction::read, 1);
            task.poll();
            sys::peer_sends(streams_[i].get());
            turn();
            task.poll_if_woken();
            check(task.is_done(), "an event finds the registration that has the slot");
            kept_[i].reset();
        }
        check(reactor_->counters().registered_sockets == 0, "none is left");
    }
    sys::descriptor streams_[2];
    std::optional<registration> kept_[2];
};

constexpr model::bounds two{.threads = 2, .random = 10'000, .bounded = 20'000};
constexpr model::bounds three{.threads = 3, .random = 10'000, .bounded = 20'000};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(argc, argv,
                      {
                          scenario::of<reader<2, 1>>("reader", two),
                          scenario::of<reader<2, 2>>("reader_two_bytes", two),
                          scenario::of<reader<3, 2>>("reader_peer_and_reactor", three),
                          scenario::of<reader_and_writer>("reader_and_writer", three),
                          scenario::of<slot_reused>("slot_reused", two),
                          scenario::of<shut_down>("shut_down", two),
                          scenario::of<registered_at_once>("registered_at_once", two),
                      });
}
