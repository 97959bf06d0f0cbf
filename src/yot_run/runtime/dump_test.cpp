#include <yot_run/runtime/runtime.hpp>

#include <yot_run/executor/process_figures.hpp>
#include <yot_run/executor/test_doubles.hpp>
#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/reactor/timer.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

using namespace std::chrono_literals;
using net::socket_address, net::tcp_listener, net::tcp_stream;
using test::eventually;
using test::gate;

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

task<> wait_for_ever() { co_await pending(); }
task<> read_one_byte(tcp_stream& from) {
    std::array<std::byte, 1> byte{};
    static_cast<void>(co_await from.read(byte));
}

// What is written to stderr while it lives.
class captured_stderr {
public:
    captured_stderr() : original_(::dup(STDERR_FILENO)) {
        if (::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("pipe2");
        std::fflush(stderr);
        ::dup2(ends_[1], STDERR_FILENO);
    }
    ~captured_stderr() {
        ::dup2(original_, STDERR_FILENO);
        for (const int each : {original_, ends_[0], ends_[1]}) ::close(each);
    }
    const std::string& text() {
        std::array<char, 4096> buffer{};
        ssize_t count = 0;
        while ((count = ::read(ends_[0], buffer.data(), buffer.size())) > 0)
            text_.append(buffer.data(), std::size_t(count));
        return text_;
    }

private:
    int original_;
    std::array<int, 2> ends_{};
    std::string text_;
};

}  // namespace

class dump_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(dump_test);
    CPPUNIT_TEST(every_task_that_waits_is_told_with_what_it_waits_for);
    CPPUNIT_TEST(a_stuck_worker_is_told_with_the_task_it_polls);
    CPPUNIT_TEST(tasks_go_on_while_they_are_looked_at);
    CPPUNIT_TEST(a_signal_prints_a_dump);
    CPPUNIT_TEST(a_signal_that_is_taken_is_refused);
    CPPUNIT_TEST_SUITE_END();

public:
    void every_task_that_waits_is_told_with_what_it_waits_for() {
        for (const auto placement :
             {reactor_placement::own_thread, reactor_placement::idle_workers}) {
            runtime runtime({.workers = 2, .placement = placement});
            const auto inside = runtime.enter();
            auto listener = *tcp_listener::bind(socket_address::loopback(0));
            auto stream = runtime.block_on(tcp_stream::connect(*listener.local_address()));
            auto waiting = spawn(wait_for_ever());
            auto sleeping = spawn(sleep_for(1h));
            auto reading = spawn(read_one_byte(*stream));
            auto accepted = runtime.block_on(listener.accept());
            auto accepting =
                spawn([&]() -> task<> { static_cast<void>(co_await listener.accept()); });
            auto joining = spawn(std::move(sleeping));
            std::string text;
            CPPUNIT_ASSERT(eventually([&] {
                text = runtime.dump();
                return contains(text, "wait_for_ever") && contains(text, "a timer, due in") &&
                       contains(text, "to read from 127.0.0.1:") &&
                       contains(text, "a connection to 127.0.0.1:") &&
                       contains(text, "the end of the task spawned at") &&
                       contains(text, "2 workers") && contains(text, "worker 1");
            }));
        }
    }

    void a_stuck_worker_is_told_with_the_task_it_polls() {
        runtime runtime({.workers = 1});
        gate stuck;
        gate over;
        auto first = runtime.spawn(pending());
        CPPUNIT_ASSERT(eventually([&] { return contains(runtime.dump(), "pending_future"); }));
        auto handle = runtime.spawn([&]() -> task<> {
            stuck.unlock();
            over.wait();
            co_return;
        });
        const std::string line = "dump_test.cpp:" + std::to_string(__LINE__ - 5) + ")";
        stuck.wait();
        auto queued = runtime.spawn(pending());
        const std::string text = runtime.dump();
        over.unlock();
        CPPUNIT_ASSERT(contains(text, "worker 0 is awake"));
        CPPUNIT_ASSERT(contains(text, line));
        CPPUNIT_ASSERT(contains(text, "pending_future"));
        CPPUNIT_ASSERT(contains(text, "1 are in the injector"));
        runtime.block_on(std::move(handle));
    }

    void tasks_go_on_while_they_are_looked_at() {
        runtime runtime({.workers = 2});
        auto ping = runtime.spawn([]() -> task<int> {
            int rounds = 0;
            for (; rounds < 300; ++rounds) {
                co_await spawn(yield_now());
                co_await sleep_for(10us);
            }
            co_return rounds;
        });
        while (!ping.is_finished()) static_cast<void>(runtime.dump());
        CPPUNIT_ASSERT_EQUAL(300, runtime.block_on(std::move(ping)));
    }

    void a_signal_prints_a_dump() {
        captured_stderr output;
        runtime runtime({.workers = 1, .dump_signal = SIGUSR1});
        auto waiting = runtime.spawn(wait_for_ever());
        CPPUNIT_ASSERT(eventually([&] { return contains(runtime.dump(), "wait_for_ever"); }));
        ::raise(SIGUSR1);
        CPPUNIT_ASSERT(eventually([&] { return contains(output.text(), "wait_for_ever"); }));
    }

    void a_signal_that_is_taken_is_refused() {
        runtime first({.workers = 1, .dump_signal = SIGUSR1});
        CPPUNIT_ASSERT_THROW(runtime({.workers = 1, .dump_signal = SIGUSR1}), std::system_error);
        CPPUNIT_ASSERT_THROW(runtime({.workers = 1, .dump_signal = -3}), std::system_error);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(dump_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
