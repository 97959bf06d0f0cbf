#include <yot_run/metrics/prometheus_endpoint.hpp>

#include <yot_run/metrics/metric_families.hpp>

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>

#include <stdexcept>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD {
namespace {

class scraped_runtime final : public prometheus::Collectable {
public:
    explicit scraped_runtime(std::function<runtime_metrics()> source) noexcept
        : source_(std::move(source)) {}
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
        return internal::metric_families(source_());
    }

private:
    std::function<runtime_metrics()> source_;
};

std::string listen_address(const std::string& address, std::uint16_t port) {
    const bool is_ipv6 = address.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

std::unique_ptr<prometheus::Exposer> listen(const std::string& where) {
    try {
        // One thread answers scrapes; that is enough for a few of them a second.
        return std::make_unique<prometheus::Exposer>(where, 1);
    } catch (const std::exception& error) {
        throw std::runtime_error(
            "cannot serve metrics at " + where + ": " + error.what() +
            " Most likely another program uses that port, or the address is not this machine's. "
            "Choose another address or port, or switch the metrics off "
            "(YOT_RUN_METRICS=127.0.0.1:9001 or =off in the environment; metrics_port and show_ui in "
            "main_options).");
    }
}

}  // namespace

struct prometheus_endpoint::parts {
    std::shared_ptr<scraped_runtime> scraped;
    std::unique_ptr<prometheus::Exposer> exposer;
    std::string url;
};

prometheus_endpoint::prometheus_endpoint(std::function<runtime_metrics()> source,
                                         const std::string& address, std::uint16_t port)
    : parts_(std::make_unique<parts>()) {
    parts_->exposer = listen(listen_address(address, port));
    const auto ports = parts_->exposer->GetListeningPorts();
    const auto bound = ports.empty() ? port : static_cast<std::uint16_t>(ports.front());
    parts_->url = "http://" + listen_address(address, bound) + "/metrics";
    parts_->scraped = std::make_shared<scraped_runtime>(std::move(source));
    parts_->exposer->RegisterCollectable(parts_->scraped);
}

prometheus_endpoint::~prometheus_endpoint() = default;

const std::string& prometheus_endpoint::url() const noexcept { return parts_->url; }

}  // namespace yot_run::inline YOT_RUN_WORLD
