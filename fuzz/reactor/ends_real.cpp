// <fuzz/reactor/ends.hpp> on the kernel that the program runs on: TCP over loopback, local sockets,
// pipes and events.
#include <fuzz/reactor/ends.hpp>

#include <yot_run/net/socket_address.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

attempt outcome_of_call(ssize_t result) {
    if (result >= 0) return attempt::went_on;
    return errno == EAGAIN ? attempt::would_wait : attempt::failed;
}

class event_end final : public end {
public:
    explicit event_end(sys::descriptor made) noexcept : event_(std::move(made)) {}

    [[nodiscard]] int number() const override { return event_.get(); }
    [[nodiscard]] attempt try_once(direction way) override {
        if (way == direction::write) return write(1);
        eventfd_t count = 0;
        return outcome_of_call(::eventfd_read(event_.get(), &count));
    }
    void fill() override {
        static_cast<void>(try_once(direction::read));
        write(std::numeric_limits<eventfd_t>::max() - 1);
    }
    void send(std::size_t /*bytes*/) override { write(1); }
    void receive(std::size_t /*most*/) override { static_cast<void>(try_once(direction::read)); }

private:
    attempt write(eventfd_t value) { return outcome_of_call(::eventfd_write(event_.get(), value)); }

    sys::descriptor event_;
};

// One end of a pipe is registered, the other one is the peer's.
class pipe_end final : public end {
public:
    pipe_end(sys::descriptor mine, sys::descriptor peer, direction way) noexcept
        : mine_(std::move(mine)), peer_(std::move(peer)), way_(way) {}

    [[nodiscard]] int number() const override { return mine_.get(); }
    [[nodiscard]] attempt try_once(direction way) override {
        // What cannot be done with this end fails at once, whatever is ready.
        char byte = 0;
        return outcome_of_call(way == direction::read ? ::read(mine_.get(), &byte, 1)
                                                      : ::write(mine_.get(), &byte, 1));
    }
    void fill() override {
        const std::array<char, 4096> zeros{};
        if (way_ == direction::read) return;
        while (::write(mine_.get(), zeros.data(), zeros.size()) > 0) {
        }
        while (::write(mine_.get(), zeros.data(), 1) > 0) {
        }
    }
    void send(std::size_t bytes) override {
        const std::array<char, 4096> zeros{};
        if (way_ == direction::read && peer_)
            static_cast<void>(!::write(peer_.get(), zeros.data(), std::min(bytes, zeros.size())));
    }
    void receive(std::size_t most) override {
        std::array<char, 4096> sink;
        while (way_ == direction::write && peer_ && most > 0) {
            const ssize_t count = ::read(peer_.get(), sink.data(), std::min(most, sink.size()));
            if (count <= 0) return;
            most -= static_cast<std::size_t>(count);
        }
    }
    void half_close() override { peer_.reset(); }
    void reset() override { peer_.reset(); }
    void close_peer() override { peer_.reset(); }

private:
    sys::descriptor mine_;
    sys::descriptor peer_;
    direction way_;
};

// One for the whole process: each input would use up a port otherwise.
const sys::descriptor& listener() {
    static const sys::descriptor listening = [] {
        sys::descriptor made = sys::socket(AF_INET).value();
        sys::setsockopt(made.get(), sys::socket_option::receive_buffer, 4096).value();
        sys::bind(made.get(), net::socket_address::loopback(0).to_raw()).value();
        sys::listen(made.get(), 16).value();
        return made;
    }();
    return listening;
}

bool has_same_address(const sys::raw_address& left, const sys::raw_address& right) {
    return left.length == right.length &&
           std::memcmp(&left.storage, &right.storage, left.length) == 0;
}

std::unique_ptr<end> open_tcp() {
    auto peer = sys::socket(AF_INET);
    if (!peer) return nullptr;
    const auto begun = sys::connect(peer->get(), sys::getsockname(listener().get()).value());
    if (!begun && begun.error() != std::errc::operation_in_progress) return nullptr;
    // Earlier connections may have been given up while they waited here.
    for (;;) {
        pollfd arrival{listener().get(), POLLIN, 0};
        if (::poll(&arrival, 1, 1000) <= 0) return nullptr;
        auto accepted = sys::accept(listener().get());
        if (!accepted || !has_same_address(accepted->peer, sys::getsockname(peer->get()).value()))
            continue;
        for (const sys::descriptor* each : {&accepted->socket, &*peer})
            sys::setsockopt(each->get(), sys::socket_option::send_buffer, 4096).value();
        return std::make_unique<stream_end>(std::move(accepted->socket), *std::move(peer));
    }
}

std::unique_ptr<end> open_kind(end_kind kind) {
    std::array<int, 2> both{};
    switch (kind) {
        case end_kind::tcp:
            return open_tcp();
        case end_kind::event: {
            sys::descriptor made(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
            if (!made) return nullptr;
            return std::make_unique<event_end>(std::move(made));
        }
        case end_kind::socket_pair: {
            constexpr int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
            if (::socketpair(AF_UNIX, type, 0, both.data()) != 0) return nullptr;
            return std::make_unique<stream_end>(sys::descriptor(both[0]), sys::descriptor(both[1]));
        }
        case end_kind::pipe_to_read:
        case end_kind::pipe_to_write:
            break;
    }
    if (::pipe2(both.data(), O_NONBLOCK | O_CLOEXEC) != 0) return nullptr;
    sys::descriptor to_read(both[0]);
    sys::descriptor to_write(both[1]);
    if (kind == end_kind::pipe_to_read)
        return std::make_unique<pipe_end>(std::move(to_read), std::move(to_write), direction::read);
    return std::make_unique<pipe_end>(std::move(to_write), std::move(to_read), direction::write);
}

}  // namespace

// The lowest free number is the next one, so a number that was closed just now is used again.
std::unique_ptr<end> open_end(end_kind kind) { return open_kind(kind); }

bool is_ready(int number, direction way) {
    pollfd asked{number, POLLIN | POLLOUT | POLLRDHUP, 0};
    if (::poll(&asked, 1, 0) < 0) throw std::runtime_error("poll failed");
    constexpr int reading = POLLIN | POLLRDHUP | POLLHUP | POLLERR;
    constexpr int writing = POLLOUT | POLLHUP | POLLERR;
    return (asked.revents & (way == direction::read ? reading : writing)) != 0;
}

sys::descriptor duplicate(int number) {
    return sys::descriptor(::fcntl(number, F_DUPFD_CLOEXEC, 0));
}

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
