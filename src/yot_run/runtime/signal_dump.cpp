#include <yot_run/runtime/signal_dump.hpp>

#include <cstdio>
#include <exception>
#include <system_error>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

sys::signal_watch watch(int signal) {
    auto opened = sys::signal_watch::open(signal);
    if (!opened)
        throw std::system_error(opened.error(), "yot_run: signal " + std::to_string(signal) +
                                                    " cannot be used for dumps");
    return *std::move(opened);
}

void print(const std::function<std::string()>& dump) noexcept {
    try {
        std::fputs(dump().c_str(), stderr);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "yot_run: there is no dump: %s\n", error.what());
    } catch (...) {
        std::fputs("yot_run: there is no dump: a future's describe() threw\n", stderr);
    }
}

}  // namespace

signal_dump::signal_dump(int signal, std::string thread_name, std::function<std::string()> dump)
    : watch_(watch(signal)), thread_(thread_name, [this, dump = std::move(dump)] {
          while (watch_.wait()) print(dump);
      }) {}

signal_dump::~signal_dump() {
    watch_.stop();
    thread_.join();
}

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
