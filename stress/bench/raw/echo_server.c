// stress/bench/raw/echo_server.c: an echo server of plain epoll, the practical limit.
//
// Level-triggered, one loop and one buffer a thread, a write right after every read. Thread 0
// accepts, and hands out connections by turns. It does nothing that a runtime does for its users:
// no tasks, no fairness, no cancellation, no timers.
//
//   bench_raw list
//   bench_raw echo [--workers N] [--message-bytes B]
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { most_workers = 64, events_at_once = 512 };

static int workers = 2;
static size_t message_bytes = 64;
static int listener;
static int loops[most_workers];  // An epoll descriptor each.

// What a connection has yet to write; most of the time nothing.
struct connection {
    int descriptor;
    size_t pending;
    size_t offset;
    char* bytes;
};

static void fail(const char* what) {
    perror(what);
    exit(1);
}

static void watch(int loop, int operation, int descriptor, void* data, unsigned events) {
    struct epoll_event event = {.events = events, .data.ptr = data};
    if (epoll_ctl(loop, operation, descriptor, &event) != 0) fail("epoll_ctl");
}

static void accept_connections(void) {
    static int next = 0;  // Thread 0's.
    for (;;) {
        const int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (descriptor < 0) {
            if (errno == EAGAIN) return;
            fail("accept4");
        }
        const int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct connection* accepted = calloc(1, sizeof *accepted);
        if (accepted == NULL) fail("calloc");
        accepted->descriptor = descriptor;
        watch(loops[next++ % workers], EPOLL_CTL_ADD, descriptor, accepted, EPOLLIN);
    }
}

static void end(struct connection* connection) {
    close(connection->descriptor);
    free(connection->bytes);
    free(connection);
}

static void keep_rest(int loop, struct connection* connection, const char* rest, size_t count) {
    connection->bytes = malloc(count);
    if (connection->bytes == NULL) fail("malloc");
    memcpy(connection->bytes, rest, count);
    connection->pending = count;
    connection->offset = 0;
    watch(loop, EPOLL_CTL_MOD, connection->descriptor, connection, EPOLLOUT);
}

static void write_rest(int loop, struct connection* connection) {
    const ssize_t written = send(connection->descriptor, connection->bytes + connection->offset,
                                 connection->pending, MSG_NOSIGNAL);
    if (written < 0) {
        if (errno != EAGAIN) end(connection);
        return;
    }
    connection->offset += (size_t)written;
    connection->pending -= (size_t)written;
    if (connection->pending > 0) return;
    free(connection->bytes);
    connection->bytes = NULL;
    watch(loop, EPOLL_CTL_MOD, connection->descriptor, connection, EPOLLIN);
}

static void echo(int loop, struct connection* connection, char* buffer) {
    const ssize_t received = recv(connection->descriptor, buffer, message_bytes, 0);
    if (received <= 0) {
        if (received == 0 || errno != EAGAIN) end(connection);
        return;
    }
    ssize_t written = send(connection->descriptor, buffer, (size_t)received, MSG_NOSIGNAL);
    if (written < 0) {
        if (errno != EAGAIN) {
            end(connection);
            return;
        }
        written = 0;
    }
    if (written < received)
        keep_rest(loop, connection, buffer + written, (size_t)(received - written));
}

static void* run_loop(void* epoll_descriptor) {
    const int loop = *(const int*)epoll_descriptor;
    char* buffer = malloc(message_bytes);
    if (buffer == NULL) fail("malloc");
    struct epoll_event events[events_at_once];
    for (;;) {
        const int count = epoll_wait(loop, events, events_at_once, -1);
        for (int index = 0; index < count; ++index) {
            struct connection* connection = events[index].data.ptr;
            if (connection == NULL) accept_connections();
            else if (connection->pending > 0) write_rest(loop, connection);
            else echo(loop, connection, buffer);
        }
    }
    return NULL;
}

static void listen_on_loopback(void) {
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr*)&address, length) != 0 ||
        listen(listener, 4096) != 0 ||
        getsockname(listener, (struct sockaddr*)&address, &length) != 0)
        fail("listen");
    printf("{\"port\": %d}\n", ntohs(address.sin_port));
    fflush(stdout);
}

static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) fail("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) fail("setrlimit");
}

static void read_options(int argument_count, char** arguments) {
    for (int index = 2; index < argument_count; index += 2) {
        const char* value = index + 1 < argument_count ? arguments[index + 1] : "";
        const long number = strtol(value, NULL, 10);
        if (strcmp(arguments[index], "--workers") == 0 && number >= 1 && number <= most_workers) {
            workers = (int)number;
        } else if (strcmp(arguments[index], "--message-bytes") == 0 && number >= 1) {
            message_bytes = (size_t)number;
        } else {
            fprintf(stderr, "cannot use '%s %s'\n", arguments[index], value);
            exit(2);
        }
    }
}

int main(int argument_count, char** arguments) {
    if (argument_count == 2 && strcmp(arguments[1], "list") == 0) return puts("echo") < 0;
    if (argument_count < 2 || strcmp(arguments[1], "echo") != 0) {
        fprintf(stderr, "usage: bench_raw list | echo [--workers N] [--message-bytes B]\n");
        return 2;
    }
    read_options(argument_count, arguments);
    raise_descriptor_limit();
    for (int number = 0; number < workers; ++number) {
        loops[number] = epoll_create1(0);
        if (loops[number] < 0) fail("epoll_create1");
    }
    listen_on_loopback();
    watch(loops[0], EPOLL_CTL_ADD, listener, NULL, EPOLLIN);
    for (int number = 1; number < workers; ++number) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run_loop, &loops[number]) != 0) fail("pthread_create");
    }
    run_loop(&loops[0]);
}
