// yot_run/main.hpp: a program whose main function is a coroutine.
//
//   yot_run::task<> async_main() { co_await yot_run::sleep_for(1s); }
//   YOT_RUN_MAIN(async_main)
//
// `async_main` takes nothing, or the program's arguments as std::span<char*>, and returns task<> or
// task<int>, whose value is the exit status. An exception that escapes it is printed, and the status
// is 1; so it is when the runtime or its metrics cannot start.
//
// A second argument sets options by name: YOT_RUN_MAIN(async_main, {.show_ui = false}). Whoever starts
// the program can overrule where metrics are served: YOT_RUN_METRICS=127.0.0.1:9001, or =off.
#pragma once

#include <yot_run/runtime/runtime.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD {

struct main_options {
    // Serves the runtime's figures for Prometheus at http://<metrics_address>:<metrics_port>/metrics
    // while the program runs, and says so on stderr. Without effect when the library was built
    // without Prometheus.
    bool show_ui = true;
    std::string metrics_address = "127.0.0.1";
    std::uint16_t metrics_port = 9000;
    runtime_options runtime = {};
};

namespace internal {

// So that the macro's second argument may be missing.
inline main_options given_options(main_options options = {}) { return options; }

using async_main_function = std::function<task<int>(std::span<char*>)>;

// Runs `async_main` in a runtime made from `options`; returns the program's exit status.
int run_main(const async_main_function& async_main, std::span<char*> arguments,
             main_options options) noexcept;

// Any of the allowed signatures, as one.
template <class F>
task<int> call_main(F& async_main, std::span<char*> arguments) {
    auto call = [&] {
        if constexpr (std::invocable<F&>) return async_main();
        else return async_main(arguments);
    };
    if constexpr (std::same_as<decltype(call()), task<int>>) {
        co_return co_await call();
    } else {
        co_await call();
        co_return 0;
    }
}

}  // namespace internal
}  // namespace yot_run::inline YOT_RUN_WORLD

// A semicolon may follow.
#define YOT_RUN_MAIN(async_main, ...)                                                           \
    int main(int argument_count, char** argument_values) {                                      \
        return ::yot_run::internal::run_main(                                                   \
            [](std::span<char*> arguments) {                                                    \
                return ::yot_run::internal::call_main(async_main, arguments);                   \
            },                                                                                  \
            {argument_values, static_cast<std::size_t>(argument_count)},                        \
            ::yot_run::internal::given_options(__VA_ARGS__));                                   \
    }
