// What tasks do to streams, and what the account of the connection is told of it.
#include <property_tests/programs/world.hpp>

#include <yot_run/net/net_error.hpp>
#include <yot_run/task/spawn.hpp>
#include <yot_run/task/when_all.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <sys/epoll.h>

namespace programs {
namespace {

using namespace std::chrono_literals;
using yot_run::io_result;
using yot_run::task;
using yot_run::net::const_buffer;
using yot_run::net::read_half;
using yot_run::net::write_half;

constexpr std::uint32_t readable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t writable = EPOLLOUT | EPOLLHUP | EPOLLERR;

yot_run::sys::duration length_of(operation what) { return 100us * (what.much % 100); }

stream* stream_of(actor& self, operation what) {
    if (self.streams.empty()) return nullptr;
    return self.streams[what.which % self.streams.size()].get();
}

// A write that may be cancelled at any point: however it ends, its span says how far it came.
class offer {
public:
    offer(party& who, std::size_t size) : who_(&who), bytes_(who.to_write(size)), rest(bytes_) {
        who.offer(size);
    }
    offer(const offer&) = delete;
    offer& operator=(const offer&) = delete;
    ~offer() { who_->settle_offer(bytes_.size() - rest.size()); }

private:
    party* who_;
    std::vector<std::byte> bytes_;

public:
    const_buffer rest;
};

// Likewise for a read.
class demand {
public:
    demand(party& who, std::size_t size) : who_(&who), bytes_(size), rest(bytes_) {}
    demand(const demand&) = delete;
    demand& operator=(const demand&) = delete;
    ~demand() { who_->receive(take()); }

    // What has been read since the last time it was asked.
    [[nodiscard]] std::span<const std::byte> take() {
        const std::size_t end = bytes_.size() - rest.size();
        const std::size_t begin = std::exchange(taken_, end);
        return std::span(bytes_).subspan(begin, end - begin);
    }

private:
    party* who_;
    std::vector<std::byte> bytes_;
    std::size_t taken_ = 0;

public:
    std::span<std::byte> rest;
};

waiting wait_for_descriptor(ledger& account, task_id who, const char* what, int descriptor,
                            std::uint32_t events) {
    return {account, who, what, [=] { return kernel_has(descriptor, events); }};
}

waiting wait_for_bytes(party& who, task_id by, int descriptor) {
    return {who.account(), by, "something to read", [&who, descriptor] {
                return who.peer_has_ended() || kernel_has(descriptor, readable);
            }};
}

// For a whole stream and for a half of one.
template <class Writer>
task<> write_all(Writer& to, party& who, int descriptor, task_id by, std::size_t size,
                 bool has_shut_writing) {
    offer offered(who, size);
    const waiting listed =
        wait_for_descriptor(who.account(), by, "room to write", descriptor, writable);
    const io_result<void> done = co_await to.write_all(offered.rest);
    if (!done) who.see_error(done.error(), has_shut_writing);
}

template <class Reader>
task<bool> read_some(Reader& from, party& who, int descriptor, task_id by, std::size_t size,
                     bool has_shut_reading) {
    demand demanded(who, size);
    const waiting listed = wait_for_bytes(who, by, descriptor);
    const io_result<std::size_t> got = co_await from.read(demanded.rest);
    if (!got)
        who.see_error(got.error(), false);
    else if (*got == 0 && size > 0)
        who.see_end(has_shut_reading);
    if (!got || *got == 0) co_return false;
    demanded.rest = demanded.rest.subspan(*got);
    co_return true;
}

// What two tasks share that have a direction each.
struct halves {
    explicit halves(party end) : who(std::move(end)) {}
    party who;
    int descriptor = -1;
    unsigned alive = 2;
};
class half_of {
public:
    explicit half_of(std::shared_ptr<halves> all) : all_(std::move(all)) {}
    half_of(half_of&&) noexcept = default;
    half_of& operator=(half_of&&) = delete;
    ~half_of() {
        if (all_ && --all_->alive == 0) all_->who.close();
    }
    [[nodiscard]] halves& operator*() const { return *all_; }

private:
    std::shared_ptr<halves> all_;
};
class end_of_writing {
public:
    explicit end_of_writing(party& who) : who_(&who) {}
    end_of_writing(end_of_writing&& other) noexcept : who_(std::exchange(other.who_, nullptr)) {}
    end_of_writing& operator=(end_of_writing&&) = delete;
    ~end_of_writing() {
        if (who_ != nullptr) who_->end_writing();
    }

private:
    party* who_;
};

// The account is told before the socket is: members end from the last to the first.
struct reading {
    read_half half;
    half_of of;
};
struct writing {
    write_half half;
    half_of of;
    end_of_writing end;
};

task<output> read_all(world& in, task_id id, std::shared_ptr<std::optional<reading>> given,
                      operation what) {
    reading mine = *std::exchange(*given, std::nullopt);
    halves& all = *mine.of;
    for (unsigned i = 0; i < 1U + what.much % 20U; ++i) {
        const bool goes_on = co_await read_some(mine.half, all.who, all.descriptor, id,
                                                1U + what.much % 700U, false);
        if (!goes_on) break;
    }
    co_return output(in.account, id);
}

task<output> write_chunks(world& in, task_id id, std::shared_ptr<std::optional<writing>> given,
                          operation what) {
    writing mine = *std::exchange(*given, std::nullopt);
    halves& all = *mine.of;
    for (unsigned i = 0; i < 1U + what.which % 5U; ++i)
        co_await write_all(mine.half, all.who, all.descriptor, id, 1U + what.much % 3000U, false);
    co_return output(in.account, id);
}

}  // namespace

task<> do_connect(actor& self, operation what) {
    world& in = self.in;
    if (!in.listener || self.streams.size() >= 3) co_return;
    // The account knows nothing of a connection whose client has given up before it had it.
    const bool is_short = what.what == activity::connect_at_most;
    const yot_run::sys::duration patience = is_short ? 1us * (what.much % 50) : 2s;
    std::optional<io_result<yot_run::net::tcp_stream>> connected;
    {
        const waiting listed(in.account, self.id, "a connection, or the time", [] { return true; });
        connected.emplace(co_await yot_run::net::tcp_stream::connect(*in.listener, patience));
    }
    const bool is_lenient = in.plan.one_in_connections_fails != 0;
    if (!*connected) {
        ++in.account.counts["connects failed"];
        const std::error_code& error = connected->error();
        const bool is_refused = !in.port_is_open && (error == std::errc::connection_refused ||
                                                     error == std::errc::connection_reset);
        // The server may have closed before anybody here has looked.
        const bool is_reset = in.accepted > 0 && (error == std::errc::connection_reset ||
                                                  error == std::errc::broken_pipe);
        const bool may_be_unwatched = in.plan.one_in_watches_fails != 0;
        const bool is_unwatched = may_be_unwatched && error == std::errc::no_space_on_device;
        // Whoever accepts pauses after such an error, and then there may be no place either.
        const bool has_no_place = in.plan.backlog == 1 || may_be_unwatched;
        const bool is_late = (is_short || has_no_place) && error == std::errc::timed_out;
        ledger::require(is_lenient || is_unwatched || in.account.is_shutting_down() || is_refused ||
                            is_reset || is_late,
                        "P7: connect ends with " + error.message());
        co_return;
    }
    const auto local = (*connected)->local_address();
    ledger::require(local.has_value(), "P8: a stream that was connected has no address");
    ++in.account.counts["connections made"];
    self.streams.push_back(std::make_unique<stream>(
        party(in.account, in.network.of(local->port()), 0, is_lenient), **std::move(connected)));
}

task<> do_write(actor& self, operation what) {
    if (self.streams.empty() && !self.is_server) co_await do_connect(self, what);
    stream* const to = stream_of(self, what);
    if (to == nullptr) co_return;
    const int descriptor = to->tcp.native_handle();
    const std::size_t size = what.much % 6000U;
    if (what.what == activity::write) {
        co_await write_all(to->tcp, to->who, descriptor, self.id, size, to->has_shut_writing);
        co_return;
    }
    offer offered(to->who, size);
    if (what.what == activity::write_at_most) {
        const waiting listed(self.in.account, self.id, "room or the time", [] { return true; });
        const auto done =
            co_await checked_timeout(length_of(what), to->tcp.write_all(offered.rest));
        if (!done)
            ++self.in.account.counts["timeouts"];
        else if (!*done)
            to->who.see_error(done->error(), to->has_shut_writing);
        co_return;
    }
    const waiting listed =
        wait_for_descriptor(self.in.account, self.id, "room to write", descriptor, writable);
    const std::array pieces{offered.rest.first(size / 2), offered.rest.subspan(size / 2)};
    const io_result<std::size_t> sent = co_await to->tcp.writev(pieces);
    if (!sent)
        to->who.see_error(sent.error(), to->has_shut_writing);
    else
        offered.rest = offered.rest.subspan(*sent);
}

task<> do_read(actor& self, operation what) {
    if (self.streams.empty() && !self.is_server) co_await do_connect(self, what);
    stream* const from = stream_of(self, what);
    if (from == nullptr) co_return;
    const int descriptor = from->tcp.native_handle();
    const std::size_t size = what.much % 4000U;
    if (what.what == activity::read) {
        const bool goes_on = co_await read_some(from->tcp, from->who, descriptor, self.id, size,
                                                from->has_shut_reading);
        static_cast<void>(goes_on);
        co_return;
    }
    demand demanded(from->who, size);
    if (what.what == activity::read_at_most) {
        const waiting listed(self.in.account, self.id, "bytes or the time", [] { return true; });
        const auto done =
            co_await checked_timeout(length_of(what), from->tcp.read_exact(demanded.rest));
        if (!done) {
            ++self.in.account.counts["timeouts"];
        } else if (!*done) {
            if (done->error() == yot_run::net::net_error::unexpected_end_of_stream) {
                // What was read before it counts.
                from->who.receive(demanded.take());
                from->who.see_end(from->has_shut_reading);
            } else {
                from->who.see_error(done->error(), false);
            }
        }
        co_return;
    }
    const waiting listed = wait_for_bytes(from->who, self.id, descriptor);
    const io_result<void> done = co_await from->tcp.read_exact(demanded.rest);
    if (done) co_return;
    if (done.error() == yot_run::net::net_error::unexpected_end_of_stream) {
        from->who.receive(demanded.take());
        from->who.see_end(from->has_shut_reading);
    } else {
        from->who.see_error(done.error(), false);
    }
}

// Both directions in one task, at the same time; and both given up at the same time.
task<> do_exchange(actor& self, operation what) {
    if (self.streams.empty() && !self.is_server) co_await do_connect(self, what);
    stream* const with = stream_of(self, what);
    if (with == nullptr) co_return;
    offer offered(with->who, what.much % 5000U);
    demand demanded(with->who, what.much % 3000U);
    const waiting listed(self.in.account, self.id, "both, or the time", [] { return true; });
    const auto done = co_await checked_timeout(
        length_of(what),
        yot_run::when_all(with->tcp.write_all(offered.rest), with->tcp.read_exact(demanded.rest)));
    ++self.in.account.counts["exchanges"];
    if (!done) co_return;
    const auto& [sent, received] = *done;
    if (!sent) with->who.see_error(sent.error(), with->has_shut_writing);
    if (received) co_return;
    if (received.error() == yot_run::net::net_error::unexpected_end_of_stream) {
        with->who.receive(demanded.take());
        with->who.see_end(with->has_shut_reading);
    } else {
        with->who.see_error(received.error(), false);
    }
}

void do_to_stream(actor& self, operation what) {
    stream* const to = stream_of(self, what);
    if (to == nullptr) return;
    using yot_run::net::shutdown_side;
    switch (what.what) {
        case activity::end_writing:
        case activity::end_both: {
            const bool both = what.what == activity::end_both;
            to->who.end_writing();
            if (both) to->who.end_reading();
            to->has_shut_writing = true;
            to->has_shut_reading |= both;
            const auto done = to->tcp.shutdown(both ? shutdown_side::both : shutdown_side::write);
            if (!done) to->who.see_error(done.error(), true);
            return;
        }
        case activity::reset:
            static_cast<void>(to->tcp.set_linger(0s));
            [[fallthrough]];
        case activity::close:
            std::erase_if(self.streams, [&](const auto& each) { return each.get() == to; });
            ++self.in.account.counts["streams closed"];
            return;
        default:
            return;
    }
}

void do_split(actor& self, operation what) {
    stream* const from = stream_of(self, what);
    world& in = self.in;
    if (from == nullptr || !in.may_spawn() || from->has_shut_writing || from->has_shut_reading)
        return;
    auto all = std::make_shared<halves>(from->who);
    all->descriptor = from->tcp.native_handle();
    from->is_split = true;
    auto [read, write] = std::move(from->tcp).split();
    std::erase_if(self.streams, [&](const auto& each) { return each.get() == from; });
    ++in.account.counts["splits"];
    auto reader = std::make_shared<std::optional<reading>>();
    reader->emplace(std::move(read), half_of(all));
    auto writer = std::make_shared<std::optional<writing>>();
    writer->emplace(std::move(write), half_of(all), end_of_writing(all->who));
    const auto reads = [&in, reader, what](task_id id) { return read_all(in, id, reader, what); };
    const auto writes = [&in, writer, what](task_id id) {
        return write_chunks(in, id, writer, what);
    };
    in.account.drop_handle(spawn_task(in, "reads a half", what.which, reads, nullptr).id);
    in.account.drop_handle(spawn_task(in, "writes a half", what.much, writes, nullptr).id);
}

}  // namespace programs
