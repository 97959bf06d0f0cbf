#include <yot_run/reactor/timer.hpp>

#include <yot_run/reactor/reactor.hpp>
#include <yot_run/sys/result.hpp>
#include <yot_run/task/waker_probe.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {

using namespace std::chrono_literals;

namespace {

// Ready when it is told so.
template <class T>
class manual_future {
public:
    explicit manual_future(std::optional<T>& value) : value_(&value) {}
    yot_run::poll<T> poll(context& /*cx*/) {
        if (!*value_) return poll_pending;
        return *std::move(*value_);
    }

private:
    std::optional<T>* value_;
};

// Uses up the budget, and is never ready.
struct greedy_future {
    yot_run::poll<> poll(context& cx) {
        while (!cx.must_yield()) cx.charge();
        return poll_pending;
    }
};

static_assert(future<sleep_future>);
static_assert(future<interval::tick_future>);
static_assert(std::is_same_v<output_of<sleep_future>, void>);
static_assert(
    std::is_same_v<output_of<timeout_future<sleep_future>>, std::expected<void, timed_out>>);
static_assert(std::is_same_v<output_of<timeout_future<ready_future<io_result<int>>>>,
                             std::expected<io_result<int>, timed_out>>);

}  // namespace

class timer_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(timer_test);
    CPPUNIT_TEST(a_sleep_is_over_at_its_deadline_and_not_before);
    CPPUNIT_TEST(a_sleep_whose_deadline_has_passed_is_ready_at_once);
    CPPUNIT_TEST(a_sleep_counts_from_when_it_was_made);
    CPPUNIT_TEST(a_spurious_poll_changes_nothing);
    CPPUNIT_TEST(a_destroyed_sleep_leaves_nothing_behind);
    CPPUNIT_TEST(a_sleep_that_fired_and_was_not_polled_again_leaves_nothing_behind);
    CPPUNIT_TEST(a_sleep_keeps_its_reactor_alive);
    CPPUNIT_TEST(a_duration_beyond_the_end_of_time_is_for_ever);
    CPPUNIT_TEST(outside_a_runtime_a_sleep_says_what_to_do);
    CPPUNIT_TEST(a_sleep_does_not_outlive_the_reactor_s_shutdown);
    CPPUNIT_TEST(a_ready_sleep_costs_budget_and_yields_without_it);
    CPPUNIT_TEST(a_timeout_gives_the_value_of_its_future);
    CPPUNIT_TEST(a_timeout_gives_timed_out_when_time_is_up);
    CPPUNIT_TEST(a_ready_future_wins_against_a_timeout_that_is_up);
    CPPUNIT_TEST(a_timeout_keeps_the_error_of_its_future_apart);
    CPPUNIT_TEST(a_timeout_takes_values_that_only_move);
    CPPUNIT_TEST(a_future_that_uses_up_the_budget_does_not_stop_its_timeout);
    CPPUNIT_TEST(an_interval_ticks_at_once_and_then_at_equal_distances);
    CPPUNIT_TEST(an_interval_that_bursts_makes_up_for_every_missed_tick);
    CPPUNIT_TEST(an_interval_that_skips_goes_on_with_the_next_tick_ahead);
    CPPUNIT_TEST(dropping_a_tick_loses_none);
    CPPUNIT_TEST(a_period_must_be_positive);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_sleep_is_over_at_its_deadline_and_not_before() {
        const sys::time_point begin = sys::now();
        auto sleep = sleep_for(5ms);
        drive(sleep);
        CPPUNIT_ASSERT(sys::now() - begin >= 5ms);
        CPPUNIT_ASSERT(probe_.wakes() <= 1);
    }

    void a_sleep_whose_deadline_has_passed_is_ready_at_once() {
        auto past = sleep_until(sys::now() - 1s);
        CPPUNIT_ASSERT(past.poll(cx_).is_ready());
        for (const sys::duration duration : {sys::duration(0), sys::duration::min()}) {
            auto none = sleep_for(duration);
            CPPUNIT_ASSERT(none.poll(cx_).is_ready());
        }
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, reactor_->counters().active_timers);
    }

    void a_sleep_counts_from_when_it_was_made() {
        auto sleep = sleep_for(2ms);
        while (sys::now() < made_ + 2ms) {
        }
        const sys::time_point later = sys::now() + 3ms;
        while (sys::now() < later) {
        }
        CPPUNIT_ASSERT(sleep.poll(cx_).is_ready());
    }

    void a_spurious_poll_changes_nothing() {
        auto sleep = sleep_for(1h);
        for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(sleep.poll(cx_).is_pending());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, reactor_->counters().active_timers);
        CPPUNIT_ASSERT_EQUAL(1, probe_.clones());
    }

    void a_destroyed_sleep_leaves_nothing_behind() {
        {
            auto sleep = sleep_for(1h);
            CPPUNIT_ASSERT(sleep.poll(cx_).is_pending());
            CPPUNIT_ASSERT_EQUAL(2, probe_.alive());
        }
        CPPUNIT_ASSERT_EQUAL(1, probe_.alive());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, reactor_->counters().active_timers);
    }

    void a_sleep_that_fired_and_was_not_polled_again_leaves_nothing_behind() {
        {
            auto sleep = sleep_for(1ms);
            CPPUNIT_ASSERT(sleep.poll(cx_).is_pending());
            while (probe_.wakes() == 0) turn();
        }
        CPPUNIT_ASSERT_EQUAL(1, probe_.alive());
    }

    void a_sleep_keeps_its_reactor_alive() {
        auto sleep = sleep_for(1h);
        CPPUNIT_ASSERT(sleep.poll(cx_).is_pending());
        reactor_ = {};
        environment_.reactor = nullptr;
        CPPUNIT_ASSERT(sleep.poll(cx_).is_pending());
    }

    void a_duration_beyond_the_end_of_time_is_for_ever() {
        auto sleep = sleep_for(sys::duration::max());
        CPPUNIT_ASSERT(sleep.poll(cx_).is_pending());
        auto until = sleep_until(sys::time_point::max());
        CPPUNIT_ASSERT(until.poll(cx_).is_pending());
        static_cast<void>(reactor_->turn(0s).value());
        CPPUNIT_ASSERT_EQUAL(0, probe_.wakes());
    }

    void outside_a_runtime_a_sleep_says_what_to_do() {
        environment_.reactor = nullptr;
        auto sleep = sleep_for(0s);
        try {
            static_cast<void>(sleep.poll(cx_).is_ready());
            CPPUNIT_FAIL("no exception");
        } catch (const std::logic_error& error) {
            CPPUNIT_ASSERT(std::string(error.what()).find("block_on") != std::string::npos);
        }
    }

    void a_sleep_does_not_outlive_the_reactor_s_shutdown() {
        auto early = sleep_for(1h);
        CPPUNIT_ASSERT(early.poll(cx_).is_pending());
        reactor_->shut_down();
        CPPUNIT_ASSERT_EQUAL(1, probe_.wakes());
        expect_canceled(early);
        auto late = sleep_for(1h);
        expect_canceled(late);
    }

    void a_ready_sleep_costs_budget_and_yields_without_it() {
        context cx(mine_, environment_, 1);
        auto first = sleep_for(0s);
        CPPUNIT_ASSERT(first.poll(cx).is_ready());
        auto second = sleep_for(0s);
        CPPUNIT_ASSERT(second.poll(cx).is_pending());
        CPPUNIT_ASSERT_EQUAL(1, probe_.wakes());
        CPPUNIT_ASSERT(second.poll(cx_).is_ready());
    }

    void a_timeout_gives_the_value_of_its_future() {
        std::optional<int> value;
        auto limited = timeout(1h, manual_future<int>(value));
        CPPUNIT_ASSERT(limited.poll(cx_).is_pending());
        value = 42;
        CPPUNIT_ASSERT_EQUAL(42, limited.poll(cx_).value().value());
        auto nothing = timeout(1h, ready());
        CPPUNIT_ASSERT(nothing.poll(cx_).value().has_value());
    }

    void a_timeout_gives_timed_out_when_time_is_up() {
        auto limited = timeout(2ms, pending<int>());
        const auto result = drive(limited);
        CPPUNIT_ASSERT(result == std::unexpected(timed_out{}));
        auto nothing = timeout(0ms, pending());
        CPPUNIT_ASSERT(nothing.poll(cx_).value().error() == timed_out{});
    }

    void a_ready_future_wins_against_a_timeout_that_is_up() {
        auto limited = timeout(-1s, ready(7));
        CPPUNIT_ASSERT_EQUAL(7, limited.poll(cx_).value().value());
    }

    void a_timeout_keeps_the_error_of_its_future_apart() {
        const auto refused = std::make_error_code(std::errc::connection_refused);
        auto limited = timeout(1h, ready(io_result<int>(std::unexpected(refused))));
        const auto result = limited.poll(cx_).value();
        CPPUNIT_ASSERT(result.has_value());
        CPPUNIT_ASSERT(result->error() == std::errc::connection_refused);
        // An inner expected with the same error type stays inside, too.
        using inner = std::expected<int, timed_out>;
        auto nested = timeout(1h, ready(inner(std::unexpect)));
        CPPUNIT_ASSERT(nested.poll(cx_).value().has_value());
    }

    void a_timeout_takes_values_that_only_move() {
        auto limited = timeout(1h, ready(std::make_unique<int>(5)));
        CPPUNIT_ASSERT_EQUAL(5, **limited.poll(cx_).value());
    }

    void a_future_that_uses_up_the_budget_does_not_stop_its_timeout() {
        auto limited = timeout(0s, greedy_future());
        CPPUNIT_ASSERT(limited.poll(cx_).is_ready());
    }

    void an_interval_ticks_at_once_and_then_at_equal_distances() {
        const sys::time_point begin = sys::now();
        interval every(2ms);
        std::vector<sys::time_point> ticks;
        for (int i = 0; i < 4; ++i) {
            auto tick = every.tick();
            ticks.push_back(drive(tick));
            CPPUNIT_ASSERT(sys::now() >= ticks.back());
        }
        CPPUNIT_ASSERT(ticks[0] >= begin);
        for (std::size_t i = 1; i < 4; ++i) CPPUNIT_ASSERT(ticks[i] - ticks[i - 1] == 2ms);
    }

    void an_interval_that_bursts_makes_up_for_every_missed_tick() {
        interval every(1ms);
        const sys::time_point first = drive_next(every);
        while (sys::now() < first + 5ms) {
        }
        for (int i = 1; i <= 5; ++i) {
            auto tick = every.tick();
            CPPUNIT_ASSERT(tick.poll(cx_).value() == first + i * 1ms);
        }
    }

    void an_interval_that_skips_goes_on_with_the_next_tick_ahead() {
        interval every(1ms, missed_ticks::skip);
        const sys::time_point first = drive_next(every);
        while (sys::now() < first + 5ms) {
        }
        // The one that was waited for comes late, those behind it not at all.
        CPPUNIT_ASSERT(drive_next(every) == first + 1ms);
        const sys::time_point before = sys::now();
        const sys::time_point next = drive_next(every);
        CPPUNIT_ASSERT(next >= first + 6ms);
        CPPUNIT_ASSERT((next - first) % 1ms == sys::duration::zero());
        CPPUNIT_ASSERT(next <= before + 1ms);
    }

    void dropping_a_tick_loses_none() {
        interval every(1h);
        const sys::time_point first = drive_next(every);
        for (int i = 0; i < 3; ++i) {
            auto tick = every.tick();
            CPPUNIT_ASSERT(tick.poll(cx_).is_pending());
        }
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, reactor_->counters().active_timers);
        interval fast(1ms);
        const sys::time_point begin = drive_next(fast);
        {
            auto dropped = fast.tick();
        }
        CPPUNIT_ASSERT(drive_next(fast) == begin + 1ms);
        CPPUNIT_ASSERT(first <= begin);
    }

    void a_period_must_be_positive() {
        CPPUNIT_ASSERT_THROW(interval(0s), std::invalid_argument);
        CPPUNIT_ASSERT_THROW(interval(-1s), std::invalid_argument);
    }

private:
    void turn() { static_cast<void>(reactor_->turn(std::nullopt).value()); }

    // Polls to the end, and takes the turns in between.
    template <class F>
    output_of<F> drive(F& future) {
        while (true) {
            context cx(mine_, environment_);
            auto polled = future.poll(cx);
            if (polled.is_ready()) return std::move(polled).value();
            const int before = probe_.wakes();
            while (probe_.wakes() == before) turn();
        }
    }
    sys::time_point drive_next(interval& every) {
        auto tick = every.tick();
        return drive(tick);
    }
    void expect_canceled(sleep_future& sleep) {
        try {
            static_cast<void>(sleep.poll(cx_).is_ready());
            CPPUNIT_FAIL("no exception");
        } catch (const std::system_error& error) {
            CPPUNIT_ASSERT(error.code() == std::errc::operation_canceled);
        }
    }

    sync::reference<internal::reactor> reactor_ = internal::reactor::create().value();
    environment environment_{.reactor = reactor_.get()};
    internal::waker_probe probe_;
    const waker mine_ = probe_.make();
    context cx_{mine_, environment_, 1'000};
    const sys::time_point made_ = sys::now();
};

CPPUNIT_TEST_SUITE_REGISTRATION(timer_test);

}  // namespace yot_run::inline YOT_RUN_WORLD
