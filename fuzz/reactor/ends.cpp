// The parts of <fuzz/reactor/ends.hpp> that all kernels share.
#include <fuzz/reactor/ends.hpp>

#include <algorithm>
#include <array>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {
namespace {

constexpr std::size_t piece = 4096;
constexpr std::array<std::byte, piece> zeros{};
thread_local std::array<std::byte, piece> sink;

}  // namespace

stream_end::~stream_end() {
    for (const sys::descriptor* each : {&mine_, &peer_})
        if (*each) static_cast<void>(sys::set_linger(each->get(), std::chrono::seconds(0)));
}

attempt stream_end::try_once(direction way) {
    if (way == direction::read) {
        const auto received = sys::recv(mine_.get(), std::span(sink).first(1));
        return outcome_of(received);
    }
    return outcome_of(sys::send(mine_.get(), std::span(zeros).first(1)));
}

void stream_end::fill() {
    while (sys::send(mine_.get(), zeros)) {
    }
    while (sys::send(mine_.get(), std::span(zeros).first(1))) {
    }
}

void stream_end::send(std::size_t bytes) {
    if (!peer_) return;
    static_cast<void>(sys::send(peer_.get(), std::span(zeros).first(std::min(bytes, piece))));
}

void stream_end::receive(std::size_t most) {
    while (peer_ && most > 0) {
        const auto received = sys::recv(peer_.get(), std::span(sink).first(std::min(most, piece)));
        if (!received || *received == 0) return;
        most -= *received;
    }
}

void stream_end::half_close() {
    if (peer_) static_cast<void>(sys::shutdown(peer_.get(), sys::shutdown_side::write));
}

void stream_end::reset() {
    if (peer_) static_cast<void>(sys::set_linger(peer_.get(), std::chrono::seconds(0)));
    peer_.reset();
}

void stream_end::shut(direction way) {
    static_cast<void>(sys::shutdown(mine_.get(), way == direction::read
                                                     ? sys::shutdown_side::read
                                                     : sys::shutdown_side::write));
}

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
