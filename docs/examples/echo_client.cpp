// Sends a line to an echo server and prints what comes back: echo_client [address] [text]
#include <yot_run/yot_run.hpp>

#include <chrono>
#include <iostream>
#include <string>

using namespace std::chrono_literals;
using yot_run::net::as_bytes, yot_run::net::socket_address, yot_run::net::tcp_stream;

yot_run::task<int> async_main(std::span<char*> arguments) {
    const auto address = socket_address::parse(arguments.size() > 1 ? arguments[1] : "127.0.0.1:7000");
    if (!address) {
        std::cerr << "Not an address: " << address.error().message() << '\n';
        co_return 1;
    }
    const std::string text = arguments.size() > 2 ? arguments[2] : "Hello, echo!";

    auto stream = co_await tcp_stream::connect(*address, 5s);
    if (!stream) {
        std::cerr << "Cannot connect to " << *address << ": " << stream.error().message() << '\n';
        co_return 1;
    }
    const auto sent = co_await stream->write_all(as_bytes(text));
    std::string answer(text.size(), '\0');
    const auto received = co_await stream->read_exact(std::as_writable_bytes(std::span(answer)));
    if (!sent || !received) {
        std::cerr << "The connection broke.\n";
        co_return 1;
    }
    std::cout << answer << '\n';
    co_return 0;
}

YOT_RUN_MAIN(async_main, {.show_ui = false});
