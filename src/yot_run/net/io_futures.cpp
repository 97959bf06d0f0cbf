#include <yot_run/net/io_futures.hpp>

#include <yot_run/net/net_error.hpp>

namespace yot_run::inline YOT_RUN_WORLD::net {
namespace {

// Moves bytes with `transfer(span) -> poll<io_result<size_t>>` until nothing is left. Moving none
// is the error `at_end`. Each transfer but the first charges the budget (whoever polls this future
// charges for one), so that a fast peer cannot keep the task from yielding.
template <class Byte, class Transfer>
poll<io_result<void>> move_all(context& cx, internal::rest_of<Byte>& rest, std::error_code at_end,
                               Transfer transfer) {
    while (!rest.get().empty()) {
        poll<io_result<std::size_t>> answer = transfer(rest.get());
        if (answer.is_pending()) return poll_pending;
        const io_result<std::size_t>& moved = answer.value();
        if (!moved) return io_result<void>(std::unexpect, moved.error());
        if (*moved == 0) return io_result<void>(std::unexpect, at_end);
        rest.advance(*moved);
        if (rest.get().empty()) break;
        if (cx.must_yield()) return poll_pending;
        cx.charge();
    }
    return io_result<void>();
}

}  // namespace

poll<io_result<void>> read_exact_future::poll(context& cx) {
    return move_all(cx, rest_, net_error::unexpected_end_of_stream,
                    [&](std::span<std::byte> into) { return socket_->poll_read(cx, into); });
}

poll<io_result<void>> write_all_future::poll(context& cx) {
    // A stream socket never takes no byte without saying why; if it does, do not ask for ever.
    return move_all(cx, rest_, make_error_code(std::errc::io_error),
                    [&](const_buffer from) { return socket_->poll_write(cx, from); });
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net
