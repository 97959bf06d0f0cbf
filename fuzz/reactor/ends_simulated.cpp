// <fuzz/reactor/ends.hpp> on the simulated kernel: TCP and events.
#include <fuzz/reactor/ends.hpp>

#include <yot_run/simulation/kernel/loopback.hpp>
#include <yot_run/simulation/kernel/machine.hpp>

#include <sys/epoll.h>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

using sys_simulated::machine;

class event_end final : public end {
public:
    explicit event_end(sys::descriptor made) noexcept : event_(std::move(made)) {}

    [[nodiscard]] int number() const override { return event_.get(); }
    [[nodiscard]] attempt try_once(direction way) override {
        if (way == direction::write) return attempt::went_on;
        if (!is_ready(event_.get(), way)) return attempt::would_wait;
        return outcome_of(sys_simulated::event_drain(event_.get()));
    }
    void send(std::size_t /*bytes*/) override {
        static_cast<void>(sys_simulated::event_signal(event_.get()));
    }

private:
    sys::descriptor event_;
};

std::unique_ptr<end> open_stream() {
    auto listener = sys::socket(AF_INET);
    if (!listener) return nullptr;
    if (!sys::bind(listener->get(), sys_simulated::loopback())) return nullptr;
    if (!sys::listen(listener->get(), 1)) return nullptr;
    const auto address = sys::getsockname(listener->get());
    auto peer = sys::socket(AF_INET);
    if (!address || !peer) return nullptr;
    static_cast<void>(sys::connect(peer->get(), *address));
    auto accepted = sys::accept(listener->get());
    if (!accepted) return nullptr;
    return std::make_unique<stream_end>(std::move(accepted->socket), *std::move(peer));
}

}  // namespace

std::unique_ptr<end> open_end(end_kind kind) {
#ifdef YOT_RUN_SELECTOR_KQUEUE
    // Its kqueue knows nothing but sockets.
    constexpr bool has_events = false;
#else
    constexpr bool has_events = true;
#endif
    if (!has_events || kind != end_kind::event) return open_stream();
    auto event = sys_simulated::event_create();
    if (!event) return nullptr;
    return std::make_unique<event_end>(*std::move(event));
}

bool is_ready(int number, direction way) {
    const auto file = machine::current().table().find(number);
    if (!file) return false;
    const std::uint32_t events = (*file)->poll();
    constexpr std::uint32_t reading = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    constexpr std::uint32_t writing = EPOLLOUT | EPOLLHUP | EPOLLERR;
    return (events & (way == direction::read ? reading : writing)) != 0;
}

sys::descriptor duplicate(int number) {
    return sys::descriptor(machine::current().duplicate(number).value_or(-1));
}

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
