// The service of echo_service.hpp on real sockets: retrying_echo [clients]
#include "echo_service.hpp"

#include <iostream>
#include <span>
#include <string>

yot_run::task<int> async_main(std::span<char*> arguments) {
    const unsigned clients = arguments.size() > 1 ? unsigned(std::stoul(arguments[1])) : 4;
    const client_options options;
    unsigned acknowledged = 0;
    unsigned attempts = 0;
    for (const client_report& report : co_await run_echo(clients, options)) {
        acknowledged += unsigned(report.acknowledged.size());
        attempts += report.attempts;
    }
    std::cout << acknowledged << " of " << clients * options.requests
              << " requests acknowledged, in " << attempts << " attempts\n";
    co_return acknowledged == clients * options.requests ? 0 : 1;
}

YOT_RUN_MAIN(async_main, {.show_ui = false});
