// A TCP server that sends back whatever it receives: echo_server [address]
#include <yot_run/yot_run.hpp>

#include <array>
#include <iostream>

using yot_run::net::socket_address, yot_run::net::tcp_listener, yot_run::net::tcp_stream;

yot_run::task<> echo(tcp_stream stream) {
    std::array<std::byte, 16 * 1024> buffer;
    for (;;) {
        const auto received = co_await stream.read(buffer);
        if (!received || *received == 0) co_return;  // The peer reset the connection, or is done.
        const auto sent = co_await stream.write_all(std::span(buffer).first(*received));
        if (!sent) co_return;
    }
}

yot_run::task<> async_main(std::span<char*> arguments) {
    const auto address =
        socket_address::parse(arguments.size() > 1 ? arguments[1] : "127.0.0.1:7000").value();
    auto listener = tcp_listener::bind(address).value();
    std::cout << "listening on " << listener.local_address().value() << std::endl;
    for (;;) {
        auto accepted = co_await listener.accept();
        if (accepted) yot_run::spawn(echo(std::move(accepted->first))).detach();
    }
}

YOT_RUN_MAIN(async_main);
