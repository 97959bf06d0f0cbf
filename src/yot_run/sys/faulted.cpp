#include <yot_run/sys/faulted.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace yot_run::sys_faulted {
namespace {

// What is planned for one kind of call, and what has happened.
struct kind_plan {
    std::uint64_t calls = 0;
    std::uint64_t failed_calls = 0;
    int error = 0;
    std::uint64_t passes = 0;    // Calls that still go through before the first failure.
    std::uint64_t failures = 0;  // Failures that are still to come.
    std::size_t most_bytes = std::numeric_limits<std::size_t>::max();
};

struct whole_plan {
    sync::mutex mutex;
    std::array<kind_plan, call_kinds> kinds;

    kind_plan& of(call kind) { return kinds[static_cast<std::size_t>(kind)]; }
};

whole_plan& the_plan() {
    static whole_plan plan;
    return plan;
}

// Counts the call. The errno with which it has to fail, or 0.
int planned_error(call kind) {
    whole_plan& plan = the_plan();
    sync::lock guard(plan.mutex);
    kind_plan& mine = plan.of(kind);
    ++mine.calls;
    if (mine.failures == 0) return 0;
    if (mine.passes > 0) {
        --mine.passes;
        return 0;
    }
    if (mine.failures != fault_plan::for_ever) --mine.failures;
    return mine.error;
}

std::size_t most_bytes(call kind) {
    whole_plan& plan = the_plan();
    sync::lock guard(plan.mutex);
    return plan.of(kind).most_bytes;
}

void count_failure(call kind) {
    whole_plan& plan = the_plan();
    sync::lock guard(plan.mutex);
    ++plan.of(kind).failed_calls;
}

// Runs `real` unless the plan has an error.
template <class Real>
auto faulted(call kind, Real real) -> decltype(real()) {
    const int error = planned_error(kind);
    decltype(real()) result =
        error == 0 ? real() : std::unexpected(std::error_code(error, std::system_category()));
    if (!result) count_failure(kind);
    return result;
}

// The same, and makes an owner of the real world one of this world.
template <class Real>
io_result<descriptor> faulted_open(call kind, Real real) {
    return faulted(kind, [&]() -> io_result<descriptor> {
        io_result<sys_posix::descriptor> opened = real();
        if (!opened) return std::unexpected(opened.error());
        return descriptor(opened->release());
    });
}

template <class Byte>
std::span<Byte> shortened(call kind, std::span<Byte> bytes) {
    return bytes.first(std::min(bytes.size(), most_bytes(kind)));
}

}  // namespace

namespace fault_plan {

void fail(call kind, int error, std::uint64_t nth, std::uint64_t times) {
    whole_plan& plan = the_plan();
    sync::lock guard(plan.mutex);
    kind_plan& changed = plan.of(kind);
    changed.error = error;
    changed.passes = nth - 1;
    changed.failures = times;
}

void short_io(call kind, std::size_t most) {
    whole_plan& plan = the_plan();
    sync::lock guard(plan.mutex);
    plan.of(kind).most_bytes = most;
}

std::uint64_t calls(call kind) {
    whole_plan& plan = the_plan();
    sync::lock guard(plan.mutex);
    return plan.of(kind).calls;
}

std::uint64_t failed_calls(call kind) {
    whole_plan& plan = the_plan();
    sync::lock guard(plan.mutex);
    return plan.of(kind).failed_calls;
}

void clear() {
    whole_plan& plan = the_plan();
    sync::lock guard(plan.mutex);
    plan.kinds.fill(kind_plan{});
}

}  // namespace fault_plan

io_result<void> close(int number) {
    const io_result<void> closed = sys_posix::close(number);
    return faulted(call::close, [&] { return closed; });
}

io_result<descriptor> socket(int family) {
    return faulted_open(call::socket, [&] { return sys_posix::socket(family); });
}

io_result<void> bind(int socket, const raw_address& address) {
    return faulted(call::bind, [&] { return sys_posix::bind(socket, address); });
}

io_result<void> listen(int socket, int backlog) {
    return faulted(call::listen, [&] { return sys_posix::listen(socket, backlog); });
}

io_result<accepted> accept(int socket) {
    return faulted(call::accept, [&]() -> io_result<accepted> {
        io_result<sys_posix::accepted> taken = sys_posix::accept(socket);
        if (!taken) return std::unexpected(taken.error());
        return accepted{descriptor(taken->socket.release()), taken->peer};
    });
}

io_result<void> connect(int socket, const raw_address& address) {
    return faulted(call::connect, [&] { return sys_posix::connect(socket, address); });
}

io_result<void> take_socket_error(int socket) {
    return faulted(call::take_socket_error, [&] { return sys_posix::take_socket_error(socket); });
}

io_result<raw_address> getsockname(int socket) {
    return faulted(call::getsockname, [&] { return sys_posix::getsockname(socket); });
}

io_result<raw_address> getpeername(int socket) {
    return faulted(call::getpeername, [&] { return sys_posix::getpeername(socket); });
}

io_result<void> setsockopt(int socket, socket_option option, int value) {
    return faulted(call::setsockopt, [&] { return sys_posix::setsockopt(socket, option, value); });
}

io_result<int> getsockopt(int socket, socket_option option) {
    return faulted(call::getsockopt, [&] { return sys_posix::getsockopt(socket, option); });
}

io_result<void> set_linger(int socket, std::optional<std::chrono::seconds> linger) {
    return faulted(call::set_linger, [&] { return sys_posix::set_linger(socket, linger); });
}

io_result<std::optional<std::chrono::seconds>> get_linger(int socket) {
    return faulted(call::get_linger, [&] { return sys_posix::get_linger(socket); });
}

io_result<std::size_t> recv(int socket, std::span<std::byte> into) {
    return faulted(call::recv,
                   [&] { return sys_posix::recv(socket, shortened(call::recv, into)); });
}

io_result<std::size_t> send(int socket, std::span<const std::byte> from) {
    return faulted(call::send,
                   [&] { return sys_posix::send(socket, shortened(call::send, from)); });
}

io_result<std::size_t> sendmsg(int socket, std::span<const std::span<const std::byte>> pieces) {
    return faulted(call::sendmsg, [&] {
        std::array<std::span<const std::byte>, max_pieces> taken;
        std::size_t count = 0;
        std::size_t room = most_bytes(call::sendmsg);
        for (; count < std::min(pieces.size(), taken.size()) && room > 0; ++count) {
            taken[count] = pieces[count].first(std::min(pieces[count].size(), room));
            room -= taken[count].size();
        }
        return sys_posix::sendmsg(socket, std::span(taken).first(count));
    });
}

io_result<void> shutdown(int socket, shutdown_side side) {
    return faulted(call::shutdown, [&] { return sys_posix::shutdown(socket, side); });
}

io_result<descriptor> epoll_create() {
    return faulted_open(call::epoll_create, [] { return sys_posix::epoll_create(); });
}

io_result<void> epoll_add(int epoll, int number, std::uint32_t events, std::uint64_t token) {
    return faulted(call::epoll_add,
                   [&] { return sys_posix::epoll_add(epoll, number, events, token); });
}

io_result<void> epoll_modify(int epoll, int number, std::uint32_t events, std::uint64_t token) {
    return faulted(call::epoll_modify,
                   [&] { return sys_posix::epoll_modify(epoll, number, events, token); });
}

io_result<void> epoll_delete(int epoll, int number) {
    return faulted(call::epoll_delete, [&] { return sys_posix::epoll_delete(epoll, number); });
}

io_result<std::size_t> epoll_wait(int epoll, std::span<epoll_event> events,
                                  std::optional<std::chrono::nanoseconds> timeout) {
    return faulted(call::epoll_wait, [&] { return sys_posix::epoll_wait(epoll, events, timeout); });
}

io_result<descriptor> event_create() {
    return faulted_open(call::event_create, [] { return sys_posix::event_create(); });
}

io_result<void> event_signal(int event) {
    return faulted(call::event_signal, [&] { return sys_posix::event_signal(event); });
}

io_result<void> event_drain(int event) {
    return faulted(call::event_drain, [&] { return sys_posix::event_drain(event); });
}

}  // namespace yot_run::sys_faulted
