// stress/bench/libuv/echo_server.cpp: sends back what it receives. Writes at once, and waits only
// for what the socket does not take.
#include "harness/process_figures.hpp"
#include "works.hpp"

#include <netinet/in.h>
#include <uv.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace bench {

namespace {

struct connection {
    uv_tcp_t socket;  // Its `data` points back.
    uv_write_t rest;
    std::vector<char> buffer;
};

connection& of(const uv_handle_t* handle) { return *static_cast<connection*>(handle->data); }

uv_stream_t* stream_of(connection& connection) {
    return reinterpret_cast<uv_stream_t*>(&connection.socket);
}

void close(connection& connection) {
    uv_close(reinterpret_cast<uv_handle_t*>(&connection.socket),
             [](uv_handle_t* handle) { delete &of(handle); });
}

void give_buffer(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
    auto& bytes = of(handle).buffer;
    *buffer = uv_buf_init(bytes.data(), unsigned(bytes.size()));
}

void receive(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer);

void write_ended(uv_write_t* request, int result) {
    if (result == 0) uv_read_start(request->handle, give_buffer, receive);
}

void receive(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
    connection& connection = of(reinterpret_cast<uv_handle_t*>(stream));
    if (count < 0) return close(connection);  // The load generator is done.
    if (count == 0) return;
    uv_buf_t message = uv_buf_init(buffer->base, unsigned(count));
    const int written = std::max(0, uv_try_write(stream, &message, 1));
    if (written == count) return;
    uv_read_stop(stream);  // The buffer is in use until the rest is written.
    message.base += written;
    message.len -= std::size_t(written);
    if (uv_write(&connection.rest, stream, &message, 1, write_ended) != 0) close(connection);
}

void accept(uv_stream_t* listener, int status) {
    check_uv(status, "listen");
    const std::size_t message_bytes = *static_cast<const std::size_t*>(listener->data);
    auto accepted = std::make_unique<connection>();
    accepted->buffer.resize(message_bytes);
    accepted->socket.data = accepted.get();
    check_uv(uv_tcp_init(listener->loop, &accepted->socket), "uv_tcp_init");
    check_uv(uv_accept(listener, stream_of(*accepted)), "uv_accept");
    uv_tcp_nodelay(&accepted->socket, 1);
    check_uv(uv_read_start(stream_of(*accepted), give_buffer, receive), "uv_read_start");
    static_cast<void>(accepted.release());  // Its handle owns it now.
}

}  // namespace

metrics echo(const settings& settings) {
    raise_descriptor_limit();
    uv_loop_t* const loop = uv_default_loop();
    uv_tcp_t listener;
    std::size_t message_bytes = settings.message_bytes;
    listener.data = &message_bytes;
    check_uv(uv_tcp_init(loop, &listener), "uv_tcp_init");
    sockaddr_in address{};
    check_uv(uv_ip4_addr("127.0.0.1", 0, &address), "uv_ip4_addr");
    check_uv(uv_tcp_bind(&listener, reinterpret_cast<sockaddr*>(&address), 0), "uv_tcp_bind");
    check_uv(uv_listen(reinterpret_cast<uv_stream_t*>(&listener), 4096, accept), "uv_listen");
    int length = sizeof address;
    check_uv(uv_tcp_getsockname(&listener, reinterpret_cast<sockaddr*>(&address), &length),
             "uv_tcp_getsockname");
    announce_port(ntohs(address.sin_port));
    uv_run(loop, UV_RUN_DEFAULT);
    return {};
}

}  // namespace bench
