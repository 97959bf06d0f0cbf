#include <yot_run/main.hpp>

#include <yot_run/net/socket_address.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string_view>

#if YOT_RUN_WITH_PROMETHEUS
#include <yot_run/metrics/prometheus_endpoint.hpp>
#endif

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

// What the environment says about metrics, over what the program says.
void overrule(main_options& options) {
    const char* const value = std::getenv("YOT_RUN_METRICS");
    if (value == nullptr) return;
    if (std::string_view(value) == "off") {
        options.show_ui = false;
        return;
    }
    const auto address = net::socket_address::parse(value);
    if (!address)
        throw std::invalid_argument("the environment variable YOT_RUN_METRICS is '" +
                                    std::string(value) + "', which is neither 'off' nor " +
                                    "an address such as 127.0.0.1:9000: " +
                                    address.error().message());
    const std::string text = address->to_string();  // "a.b.c.d:port" or "[v6]:port".
    const std::string host = text.substr(0, text.rfind(':'));
    options.show_ui = true;
    options.metrics_address = host.front() == '[' ? host.substr(1, host.size() - 2) : host;
    options.metrics_port = address->port();
}

int run(const async_main_function& async_main, std::span<char*> arguments, main_options options) {
    overrule(options);
    options.runtime.measure_polls |= options.show_ui;
    runtime runtime(std::move(options.runtime));
#if YOT_RUN_WITH_PROMETHEUS
    std::optional<prometheus_endpoint> endpoint;
    if (options.show_ui) {
        endpoint.emplace(runtime.metrics_source(), options.metrics_address, options.metrics_port);
        std::fprintf(stderr, "yot_run: metrics at %s\n", endpoint->url().c_str());
    }
#endif
    return runtime.block_on([&] { return async_main(arguments); });
}

}  // namespace

int run_main(const async_main_function& async_main, std::span<char*> arguments,
             main_options options) noexcept {
    try {
        return run(async_main, arguments, std::move(options));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "yot_run: the program ended with an exception: %s\n", error.what());
    } catch (...) {
        std::fputs("yot_run: the program ended with an exception of an unknown type\n", stderr);
    }
    return EXIT_FAILURE;
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
