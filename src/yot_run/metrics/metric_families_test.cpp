#include <yot_run/metrics/metric_families.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

const MetricFamily& find(const std::vector<MetricFamily>& families, std::string_view name) {
    const auto found = std::ranges::find(families, name, &MetricFamily::name);
    CPPUNIT_ASSERT_MESSAGE(std::string(name), found != families.end());
    return *found;
}

// Every figure different, so that one in the wrong place is noticed.
runtime_metrics distinct_figures() {
    runtime_metrics metrics;
    metrics.tasks_spawned = 101;
    metrics.tasks_completed = 102;
    metrics.tasks_failed = 103;
    metrics.tasks_cancelled = 104;
    metrics.tasks_pending = 105;
    metrics.unobserved_failures = 106;
    metrics.injector_depth = 107;
    metrics.registered_sockets = 108;
    metrics.active_timers = 109;
    metrics.reactor_wakeups = 110;
    metrics.reactor_events = 111;
    metrics.workers.push_back({.polls = 1,
                               .steals = 2,
                               .parks = 3,
                               .unparks = 4,
                               .saturation = 5,
                               .queue_depth = 6});
    metrics.workers.push_back({.polls = 11,
                               .steals = 12,
                               .parks = 13,
                               .unparks = 14,
                               .saturation = 15,
                               .queue_depth = 16});
    return metrics;
}

class metric_families_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(metric_families_test);
    CPPUNIT_TEST(every_figure_has_its_name_and_type);
    CPPUNIT_TEST(figures_of_workers_carry_the_worker_id);
    CPPUNIT_TEST(the_histogram_is_cumulative_and_in_seconds);
    CPPUNIT_TEST(no_name_comes_twice);
    CPPUNIT_TEST_SUITE_END();

    void every_figure_has_its_name_and_type() {
        const auto families = metric_families(distinct_figures());
        const auto counter = [&](std::string_view name) {
            const MetricFamily& family = find(families, name);
            CPPUNIT_ASSERT(family.type == MetricType::Counter);
            CPPUNIT_ASSERT(!family.help.empty());
            return family.metric.at(0).counter.value;
        };
        const auto gauge = [&](std::string_view name) {
            const MetricFamily& family = find(families, name);
            CPPUNIT_ASSERT(family.type == MetricType::Gauge);
            CPPUNIT_ASSERT(!family.help.empty());
            return family.metric.at(0).gauge.value;
        };
        CPPUNIT_ASSERT_EQUAL(101.0, counter("yot_run_tasks_spawned_total"));
        CPPUNIT_ASSERT_EQUAL(102.0, counter("yot_run_tasks_completed_total"));
        CPPUNIT_ASSERT_EQUAL(103.0, counter("yot_run_tasks_failed_total"));
        CPPUNIT_ASSERT_EQUAL(104.0, counter("yot_run_tasks_cancelled_total"));
        CPPUNIT_ASSERT_EQUAL(105.0, gauge("yot_run_tasks_pending_current"));
        CPPUNIT_ASSERT_EQUAL(106.0, counter("yot_run_unhandled_exceptions_total"));
        CPPUNIT_ASSERT_EQUAL(107.0, gauge("yot_run_injector_depth"));
        CPPUNIT_ASSERT_EQUAL(108.0, gauge("yot_run_registered_sockets_current"));
        CPPUNIT_ASSERT_EQUAL(109.0, gauge("yot_run_active_timers_current"));
        CPPUNIT_ASSERT_EQUAL(110.0, counter("yot_run_reactor_wakeups_total"));
        CPPUNIT_ASSERT_EQUAL(111.0, counter("yot_run_reactor_events_total"));
        CPPUNIT_ASSERT_EQUAL(20.0, counter("yot_run_worker_saturation_events_total"));
    }

    void figures_of_workers_carry_the_worker_id() {
        const auto families = metric_families(distinct_figures());
        const auto check = [&](std::string_view name, double first, double second) {
            const MetricFamily& family = find(families, name);
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, family.metric.size());
            const double expected[] = {first, second};
            for (std::size_t index = 0; index < 2; ++index) {
                const auto& metric = family.metric[index];
                CPPUNIT_ASSERT_EQUAL(std::string("worker_id"), metric.label.at(0).name);
                CPPUNIT_ASSERT_EQUAL(std::to_string(index), metric.label.at(0).value);
                const bool is_counter = family.type == MetricType::Counter;
                CPPUNIT_ASSERT_EQUAL(expected[index], is_counter ? metric.counter.value
                                                                 : metric.gauge.value);
            }
        };
        check("yot_run_worker_polls_total", 1, 11);
        check("yot_run_steals_total", 2, 12);
        check("yot_run_worker_parks_total", 3, 13);
        check("yot_run_worker_unparks_total", 4, 14);
        check("yot_run_local_queue_depth", 6, 16);
    }

    void the_histogram_is_cumulative_and_in_seconds() {
        runtime_metrics metrics;
        metrics.poll_durations = {{std::chrono::microseconds(1), 5},
                                  {std::chrono::milliseconds(1), 7},
                                  {std::chrono::nanoseconds::max(), 1}};
        metrics.poll_duration_sum = std::chrono::seconds(2);
        const auto families = metric_families(metrics);
        const MetricFamily& family = find(families, "yot_run_poll_duration_seconds");
        CPPUNIT_ASSERT(family.type == MetricType::Histogram);
        const auto& histogram = family.metric.at(0).histogram;
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{13}, std::uint64_t{histogram.sample_count});
        CPPUNIT_ASSERT_EQUAL(2.0, histogram.sample_sum);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, histogram.bucket.size());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{5}, std::uint64_t{histogram.bucket[0].cumulative_count});
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{12},
                             std::uint64_t{histogram.bucket[1].cumulative_count});
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{13},
                             std::uint64_t{histogram.bucket[2].cumulative_count});
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1e-6, histogram.bucket[0].upper_bound, 1e-12);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1e-3, histogram.bucket[1].upper_bound, 1e-9);
        CPPUNIT_ASSERT(std::isinf(histogram.bucket[2].upper_bound));
    }

    void no_name_comes_twice() {
        std::vector<std::string> names;
        for (const MetricFamily& family : metric_families(distinct_figures()))
            names.push_back(family.name);
        std::ranges::sort(names);
        CPPUNIT_ASSERT(std::ranges::adjacent_find(names) == names.end());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(metric_families_test);

}  // namespace
}  // namespace yot_run::inline YOT_RUN_WORLD::internal
