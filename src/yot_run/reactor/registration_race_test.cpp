#include <yot_run/reactor/registration.hpp>

#include <yot_run/reactor/hand_polled.hpp>
#include <yot_run/reactor/reactor.hpp>
#include <yot_run/reactor/socket_pair.hpp>
#include <yot_run/task/waker_probe.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <chrono>
#include <deque>
#include <system_error>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {

class registration_race_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(registration_race_test);
    CPPUNIT_TEST(registering_polling_delivering_and_shutting_down_race);
    CPPUNIT_TEST_SUITE_END();

public:
    // Two threads send each other bytes and wait for them, on ever new registrations, while a third
    // one takes the turns. At the end the reactor is shut down under the feet of a fourth.
    void registering_polling_delivering_and_shutting_down_race() {
        sync::atomic<bool> stop{false};
        sync::atomic<int> failures{0};
        std::deque<waiting_task> tasks(3);  // They outlive the driver, which calls their wakers.
        sync::thread driver("driver", [this, &stop] {
            while (!stop.load(sync::relaxed))  // Relaxed: it only ends the loop.
                static_cast<void>(reactor_->turn(std::chrono::seconds(1)));
        });
        const auto talk = [this, &failures](waiting_task& task, const sys::descriptor& end) {
            for (int i = 0; i < 2'000; ++i) {
                write_byte(end);
                const auto read = [&end](readiness) { return read_byte(end); };
                if (!arrives(task, end, read)) failures.fetch_add(1, sync::relaxed);
            }
        };
        sync::thread one("one", [&] { talk(tasks[0], pair_.left); });
        sync::thread two("two", [&] { talk(tasks[1], pair_.right); });
        sync::thread last("last", [&] {
            const socket_pair pair = socket_pair::make();
            const auto is_shut_down = [](readiness ready) { return ready.is_shut_down(); };
            if (!arrives(tasks[2], pair.left, is_shut_down)) failures.fetch_add(1, sync::relaxed);
        });
        one.join();
        two.join();
        reactor_->shut_down();
        last.join();
        stop.store(true, sync::relaxed);
        reactor_->interrupt();
        driver.join();
        CPPUNIT_ASSERT_EQUAL(0, failures.load(sync::relaxed));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, reactor_->counters().registered_sockets);
    }

private:
    struct waiting_task {
        hand_polled reader;
        waiting_thread self{reader.probe};
    };
    // Waits until the socket is ready and `is_done` says that this was it, or until it comes too late
    // for the reactor. False: a wake was lost.
    template <class IsDone>
    bool arrives(waiting_task& task, const sys::descriptor& number, IsDone is_done) {
        auto added = registration::add(*reactor_, number.get());
        if (!added) return added.error() == std::errc::operation_canceled;
        registration socket = *std::move(added);
        while (true) {
            auto ready = task.reader.poll(socket, direction::read);
            if (ready.is_pending()) {
                if (!task.self.wait()) return false;
            } else if (is_done(ready.value())) {
                return true;
            } else {
                socket.clear_ready(direction::read, ready.value());
            }
        }
    }
    static bool read_byte(const sys::descriptor& from) {
        std::array<std::byte, 1> byte;
        return sys::recv(from.get(), byte).has_value();
    }

    sync::reference<reactor> reactor_ = reactor::create().value();
    socket_pair pair_ = socket_pair::make();
};

CPPUNIT_TEST_SUITE_REGISTRATION(registration_race_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
