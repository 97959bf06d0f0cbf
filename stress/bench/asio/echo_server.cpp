// stress/bench/asio/echo_server.cpp: sends back what it receives, a coroutine for each connection.
#include "harness/process_figures.hpp"
#include "works.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace bench {

namespace {

namespace asio = boost::asio;
using asio::awaitable, asio::use_awaitable, asio::ip::tcp;

awaitable<void> serve(tcp::socket socket, std::size_t message_bytes) {
    std::vector<char> buffer(message_bytes);
    try {
        for (;;) {
            const std::size_t received =
                co_await socket.async_read_some(asio::buffer(buffer), use_awaitable);
            co_await asio::async_write(socket, asio::buffer(buffer, received), use_awaitable);
        }
    } catch (const boost::system::system_error&) {
        co_return;  // The load generator is done.
    }
}

awaitable<void> listen(asio::io_context& context, std::size_t message_bytes) {
    tcp::acceptor acceptor(context, tcp::v4());
    acceptor.bind({asio::ip::address_v4::loopback(), 0});
    acceptor.listen(4096);
    announce_port(acceptor.local_endpoint().port());
    for (;;) {
        tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
        socket.set_option(tcp::no_delay(true));
        asio::co_spawn(context, serve(std::move(socket), message_bytes), asio::detached);
    }
}

}  // namespace

metrics echo(const settings& settings) {
    raise_descriptor_limit();
    io_workers workers(settings.workers);
    asio::co_spawn(workers.context(), listen(workers.context(), settings.message_bytes),
                   asio::use_future)
        .get();
    return {};
}

}  // namespace bench
