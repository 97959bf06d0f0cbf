#include <yot_run/main.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>

#if YOT_RUN_WITH_PROMETHEUS
#include <yot_run/metrics/prometheus_endpoint.hpp>
#endif

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

int run(const async_main_function& async_main, std::span<char*> arguments, main_options options) {
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
