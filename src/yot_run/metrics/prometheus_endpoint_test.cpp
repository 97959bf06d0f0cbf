#include <yot_run/metrics/prometheus_endpoint.hpp>

#include <yot_run/net/bytes.hpp>
#include <yot_run/net/socket_address.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/runtime/runtime.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

std::string address_in(const std::string& url) {
    const std::string scheme = "http://";
    return url.substr(scheme.size(), url.find('/', scheme.size()) - scheme.size());
}

// What a GET of the address answers, until the server closes the connection.
task<std::string> get(std::string url) {
    const net::socket_address server = net::socket_address::parse(address_in(url)).value();
    auto connected = co_await net::tcp_stream::connect(server);
    net::tcp_stream stream = std::move(connected).value();
    const std::string request =
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const auto sent = co_await stream.write_all(net::as_bytes(request));
    sent.value();
    std::string answer;
    std::array<char, 4096> buffer;
    for (;;) {
        const auto received = co_await stream.read(std::as_writable_bytes(std::span(buffer)));
        if (received.value() == 0) co_return answer;
        answer.append(buffer.data(), *received);
    }
}

// The value of one line of the exposition.
std::optional<double> figure(const std::string& exposition, const std::string& name) {
    const std::size_t start = exposition.find("\n" + name + " ");
    if (start == std::string::npos) return std::nullopt;
    return std::stod(exposition.substr(start + name.size() + 2));
}

task<> spawn_some(int count) {
    std::vector<join_handle<void>> handles;
    for (int index = 0; index < count; ++index)
        handles.push_back(spawn([]() -> task<> { co_await yield_now(); }));
    for (auto& handle : handles) co_await handle;
}

class prometheus_endpoint_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(prometheus_endpoint_test);
    CPPUNIT_TEST(a_scrape_shows_the_figures_of_the_runtime);
    CPPUNIT_TEST(a_port_in_use_is_a_clear_error);
    CPPUNIT_TEST(an_endpoint_may_outlive_its_runtime);
    CPPUNIT_TEST_SUITE_END();

    void a_scrape_shows_the_figures_of_the_runtime() {
        runtime runtime({.workers = 2, .measure_polls = true});
        const prometheus_endpoint endpoint(runtime.metrics_source(), "127.0.0.1", 0);
        runtime.block_on(spawn_some(1000));
        const std::string exposition = runtime.block_on(get(endpoint.url()));
        CPPUNIT_ASSERT(exposition.starts_with("HTTP/1.1 200"));
        CPPUNIT_ASSERT(figure(exposition, "yot_run_tasks_spawned_total") == 1000.0);
        CPPUNIT_ASSERT(figure(exposition, "yot_run_tasks_completed_total") == 1000.0);
        CPPUNIT_ASSERT(figure(exposition, "yot_run_tasks_pending_current") == 0.0);
        // The connection of the scrape itself.
        CPPUNIT_ASSERT(figure(exposition, "yot_run_registered_sockets_current") == 1.0);
        CPPUNIT_ASSERT(figure(exposition, "yot_run_worker_unparks_total{worker_id=\"1\"}"));
        CPPUNIT_ASSERT(figure(exposition, "yot_run_poll_duration_seconds_count"));
    }

    void a_port_in_use_is_a_clear_error() {
        runtime runtime({.workers = 1});
        const prometheus_endpoint first(runtime.metrics_source(), "127.0.0.1", 0);
        const auto port = net::socket_address::parse(address_in(first.url())).value().port();
        try {
            const prometheus_endpoint second(runtime.metrics_source(), "127.0.0.1", port);
            CPPUNIT_FAIL("two endpoints listen on one port");
        } catch (const std::runtime_error& error) {
            const std::string text = error.what();
            CPPUNIT_ASSERT_MESSAGE(text, text.find(std::to_string(port)) != std::string::npos);
            CPPUNIT_ASSERT_MESSAGE(text, text.find("YOT_RUN_METRICS") != std::string::npos);
        }
    }

    void an_endpoint_may_outlive_its_runtime() {
        std::optional<runtime> measured(std::in_place, runtime_options{.workers = 1});
        const prometheus_endpoint endpoint(measured->metrics_source(), "127.0.0.1", 0);
        measured->block_on(spawn_some(10));
        measured.reset();
        runtime other({.workers = 1});
        const std::string exposition = other.block_on(get(endpoint.url()));
        CPPUNIT_ASSERT(figure(exposition, "yot_run_tasks_spawned_total") == 10.0);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(prometheus_endpoint_test);

}  // namespace
}  // namespace yot_run::inline YOT_RUN_WORLD
