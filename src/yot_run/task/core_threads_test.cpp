// A task, its wakers and its handle on several threads at once. Each test waits for what must
// happen and no longer; what happens in between is up to the machine, and to ThreadSanitizer to
// judge. model/task_core.cpp goes through all of it, in smaller programs.
#include <yot_run/task/core.hpp>

#include <yot_run/task/fake_executor.hpp>
#include <yot_run/task/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <barrier>
#include <functional>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using test::fake_executor, test::hand;

constexpr int rounds = 5000;

// Ready when it was polled after each of `rounds` numbers was written. The writer writes the next
// when the last was read, and a poll reads whatever is there: so a number that is skipped or read
// twice was not ordered by its wake, and a wake that is lost stops the test. Every other poll goes
// on until its waker was called: there the state word alone hands the number over, and no lock.
struct handover {
    // Plain: the wake orders it.
    int written = 0;
    bool in_order = true;
    sync::atomic<int> read{0};
    sync::atomic<int> woken{0};
    // Written by the first poll, before `read` becomes 1.
    waker reader;
};

class reading_future {
public:
    explicit reading_future(handover& h) : handover_(&h) {}
    yot_run::poll<> poll(context& cx) {
        handover& h = *handover_;
        const int read = h.read.load(sync::relaxed);
        if (read == 0) h.reader = cx.waker().clone();
        else h.in_order = h.in_order && h.written == read;
        h.read.store(read + 1, sync::release);
        if (read == rounds) return {};
        // Relaxed: this must not order anything.
        while (read % 2 == 0 && h.woken.load(sync::relaxed) <= read) std::this_thread::yield();
        return poll_pending;
    }

private:
    handover* handover_;
};

void write_all(handover& h) {
    for (int round = 1; round <= rounds; ++round) {
        while (h.read.load(sync::acquire) < round) std::this_thread::yield();
        h.written = round;
        h.reader.wake_by_ref();
        h.woken.store(round, sync::relaxed);
    }
}

// An object that must be destroyed once, on whatever thread.
class counted {
public:
    explicit counted(sync::atomic<int>& alive) noexcept : alive_(&alive) { add(1); }
    counted(const counted& other) noexcept : alive_(other.alive_) { add(1); }
    counted& operator=(const counted&) = delete;
    ~counted() { add(-1); }

private:
    // Relaxed: read after the threads have been joined.
    void add(int n) noexcept { alive_->fetch_add(n, sync::relaxed); }
    sync::atomic<int>* alive_;
};

task<counted> give_counted(sync::atomic<int>& alive) {
    const counted local(alive);
    co_await yield_now();
    co_return local;
}

// Runs `here` and `there` at the same time, `rounds` times, on two threads; `before` and `after` on
// this one.
void race(std::function<void()> before, std::function<void()> here, std::function<void()> there,
          std::function<void()> after) {
    std::barrier meet(2);
    std::thread other([&] {
        for (int round = 0; round < rounds; ++round) {
            meet.arrive_and_wait();
            there();
            meet.arrive_and_wait();
        }
    });
    for (int round = 0; round < rounds; ++round) {
        before();
        meet.arrive_and_wait();
        here();
        meet.arrive_and_wait();
        after();
    }
    other.join();
}

}  // namespace

class core_threads_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(core_threads_test);
    CPPUNIT_TEST(a_poll_sees_what_its_waker_wrote);
    CPPUNIT_TEST(two_workers_never_poll_one_task_at_once);
    CPPUNIT_TEST(a_joiner_sees_the_value_whenever_it_polls);
    CPPUNIT_TEST(a_joiner_that_changes_its_waker_is_woken_all_the_same);
    CPPUNIT_TEST(a_handle_may_go_while_its_task_ends);
    CPPUNIT_TEST(an_abort_wins_or_loses_but_never_both);
    CPPUNIT_TEST(a_waker_may_go_while_its_task_ends);
    CPPUNIT_TEST(wakes_after_the_end_of_the_executor_are_harmless);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_poll_sees_what_its_waker_wrote() {
        fake_executor executor;
        handover h;
        const auto handle = executor.spawn(reading_future(h));
        std::thread writer([&] { write_all(h); });
        executor.run_to_end();
        writer.join();
        CPPUNIT_ASSERT(h.in_order);
        CPPUNIT_ASSERT(handle.is_finished());
    }

    void two_workers_never_poll_one_task_at_once() {
        fake_executor executor;
        int counter = 0;  // Plain: polls of one task are ordered.
        std::vector<join_handle<void>> handles;
        const auto yields = [](int& shared) -> task<> {
            for (int i = 0; i < rounds; ++i) {
                ++shared;
                co_await yield_now();
            }
        };
        handles.push_back(executor.spawn(yields(counter)));
        std::array<int, 3> others{};
        for (int& other : others) handles.push_back(executor.spawn(yields(other)));
        std::thread second([&] { executor.run_to_end(); });
        executor.run_to_end();
        second.join();
        CPPUNIT_ASSERT_EQUAL(rounds, counter);
        for (const int other : others) CPPUNIT_ASSERT_EQUAL(rounds, other);
    }

    void a_joiner_sees_the_value_whenever_it_polls() {
        fake_executor executor;
        hand by;
        join_handle<std::vector<int>> handle;
        bool right = true;
        const auto give = [](int n) -> task<std::vector<int>> { co_return std::vector(3, n); };
        race([&] { handle = executor.spawn(give(7)); },
             [&] {
                 auto answer = by.poll(handle);
                 while (answer.is_pending()) {
                     std::this_thread::yield();
                     answer = by.poll(handle);
                 }
                 right = right && answer.value() == std::vector(3, 7);
             },
             [&] { executor.run(); }, [] {});
        CPPUNIT_ASSERT(right);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void a_joiner_that_changes_its_waker_is_woken_all_the_same() {
        fake_executor executor;
        std::array<hand, 2> by;
        join_handle<int> handle;
        bool right = true;
        race([&] { handle = executor.spawn(ready(5)); },
             [&] {
                 std::size_t polls = 0;
                 for (;; ++polls) {
                     hand& mine = by[polls % 2];
                     const int before = mine.counts.wakes();
                     auto answer = mine.poll(handle);
                     if (answer.is_ready()) {
                         right = right && answer.value() == 5;
                         break;
                     }
                     if (polls % 3 != 2) continue;  // Polls again unasked, with the other waker.
                     while (mine.counts.wakes() == before) std::this_thread::yield();
                 }
             },
             [&] { executor.run(); }, [] {});
        CPPUNIT_ASSERT(right);
        for (hand& one : by) CPPUNIT_ASSERT_EQUAL(1, one.counts.alive());
    }

    void a_handle_may_go_while_its_task_ends() {
        fake_executor executor;
        hand by;
        sync::atomic<int> alive{0};
        join_handle<counted> handle;
        bool joins = false;
        race(
            [&] {
                handle = executor.spawn(give_counted(alive));
                joins = !joins;
                if (joins) static_cast<void>(by.poll(handle));
            },
            [&] { handle.detach(); }, [&] { executor.run(); }, [] {});
        CPPUNIT_ASSERT_EQUAL(0, alive.load(sync::relaxed));
        CPPUNIT_ASSERT_EQUAL(1, by.counts.alive());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
        CPPUNIT_ASSERT_EQUAL(std::size_t{rounds}, executor.ended(ending::completed));
    }

    void an_abort_wins_or_loses_but_never_both() {
        fake_executor executor;
        hand by;
        sync::atomic<int> alive{0};
        join_handle<counted> handle;
        std::size_t values = 0;
        std::size_t cancellations = 0;
        race([&] { handle = executor.spawn(give_counted(alive)); }, [&] { handle.abort(); },
             [&] { executor.run(); },
             [&] {
                 executor.run();
                 try {
                     if (by.poll(handle).is_ready()) ++values;
                 } catch (const task_cancelled&) {
                     ++cancellations;
                 }
             });
        CPPUNIT_ASSERT_EQUAL(0, alive.load(sync::relaxed));
        CPPUNIT_ASSERT_EQUAL(std::size_t{rounds}, values + cancellations);
        CPPUNIT_ASSERT_EQUAL(values, executor.ended(ending::completed));
        CPPUNIT_ASSERT_EQUAL(cancellations, executor.ended(ending::cancelled));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void a_waker_may_go_while_its_task_ends() {
        struct ready_when_polled_again {
            yot_run::poll<> poll(context& cx) {
                if (place == nullptr) return {};
                *std::exchange(place, nullptr) = cx.waker().clone();
                return poll_pending;
            }
            waker* place;
        };
        fake_executor executor;
        waker first;
        waker second;
        race(
            [&] {
                executor.spawn(ready_when_polled_again(&first)).detach();
                executor.run();
                second = first.clone();
            },
            [&] {
                std::move(first).wake();
                executor.run();
            },
            [&] {
                second.wake_by_ref();
                second = {};
                executor.run();
            },
            [] {});
        CPPUNIT_ASSERT_EQUAL(std::size_t{rounds}, executor.ended(ending::completed));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, executor.blocks());
    }

    void wakes_after_the_end_of_the_executor_are_harmless() {
        std::optional<fake_executor> executor;
        test::manual_event event;
        join_handle<void> handle;
        race(
            [&] {
                executor.emplace();
                handle = executor->spawn(event.wait());
                executor->run();
            },
            [&] { executor.reset(); },
            [&] {
                event.wake();
                handle.abort();
                handle.detach();
            },
            [] {});
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(core_threads_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
