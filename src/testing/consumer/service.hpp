// Uses each part of the library once, as a program of somebody else's would: tasks on a runtime, a
// timer, and a connection to itself. On real sockets (main.cpp), and in simulation (simulated.cpp).
#pragma once

#include <yot_run/yot_run.hpp>

#include <array>
#include <chrono>
#include <span>

using yot_run::net::socket_address, yot_run::net::tcp_listener, yot_run::net::tcp_stream;

inline yot_run::task<> send_one_byte(socket_address to) {
    co_await yot_run::sleep_for(std::chrono::milliseconds(1));
    auto stream = (co_await tcp_stream::connect(to)).value();
    const std::array byte{std::byte{42}};
    (co_await stream.write_all(byte)).value();
}

inline yot_run::task<int> receive_one_byte() {
    auto listener = tcp_listener::bind(socket_address::parse("127.0.0.1:0").value()).value();
    auto sending = yot_run::spawn(send_one_byte(listener.local_address().value()));
    auto accepted = (co_await listener.accept()).value();
    std::array<std::byte, 1> byte{};
    std::span<std::byte> missing(byte);
    (co_await accepted.first.read_exact(missing)).value();
    co_await sending;
    co_return int(byte[0]);
}
