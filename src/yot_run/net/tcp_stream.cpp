#include <yot_run/net/tcp_stream.hpp>

#include <algorithm>
#include <iterator>
#include <limits>

namespace yot_run::inline YOT_RUN_WORLD::net {
namespace {

using option = sys::socket_option;

int option_value(std::chrono::seconds seconds) {
    // Out of range either way, so that the system refuses it rather than reading something else.
    return static_cast<int>(std::clamp<std::chrono::seconds::rep>(seconds.count(), -1,
                                                                  std::numeric_limits<int>::max()));
}

}  // namespace

std::pair<read_half, write_half> tcp_stream::split() && {
    auto shared = sync::make_shared_object<internal::shared_socket>(std::move(socket_));
    read_half reader(shared);
    return {std::move(reader), write_half(std::move(shared))};
}

io_result<void> tcp_stream::set_nodelay(bool on) {
    return sys::setsockopt(socket_.number(), option::nodelay, on ? 1 : 0);
}

io_result<bool> tcp_stream::nodelay() const {
    const io_result<int> value = sys::getsockopt(socket_.number(), option::nodelay);
    if (!value) return std::unexpected(value.error());
    return *value != 0;
}

io_result<void> tcp_stream::set_keepalive(const std::optional<keepalive_options>& options) {
    const int number = socket_.number();
    if (!options) return sys::setsockopt(number, option::keepalive, 0);
    // Switched on last, so that it never runs with the system's times.
    const std::pair<option, int> settings[] = {
        {option::keepalive_idle_s, option_value(options->idle)},
        {option::keepalive_every_s, option_value(options->interval)},
        {option::keepalive_probes, options->probes},
        {option::keepalive, 1},
    };
    for (const auto& [which, value] : settings) {
        if (const io_result<void> set = sys::setsockopt(number, which, value); !set) return set;
    }
    return {};
}

io_result<std::optional<keepalive_options>> tcp_stream::keepalive() const {
    const option asked[] = {option::keepalive, option::keepalive_idle_s, option::keepalive_every_s,
                            option::keepalive_probes};
    int values[std::size(asked)];
    for (std::size_t i = 0; i < std::size(asked); ++i) {
        const io_result<int> value = sys::getsockopt(socket_.number(), asked[i]);
        if (!value) return std::unexpected(value.error());
        values[i] = *value;
    }
    if (values[0] == 0) return std::nullopt;
    return keepalive_options{std::chrono::seconds(values[1]), std::chrono::seconds(values[2]),
                             values[3]};
}

io_result<void> tcp_stream::set_linger(std::optional<std::chrono::seconds> linger) {
    return sys::set_linger(socket_.number(), linger);
}

io_result<std::optional<std::chrono::seconds>> tcp_stream::linger() const {
    return sys::get_linger(socket_.number());
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net
