// fuzz/net/stream_session.hpp: one input of tcp_stream: a connection, whose one end is a stream, read and
// written by two tasks that are polled by hand, and whose other end does whatever it likes.
#pragma once

#include <fuzz/net/channel.hpp>
#include <fuzz/reactor/ends.hpp>
#include <fuzz/reactor/kernel.hpp>
#include <fuzz/records.hpp>

#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/reactor/reactor.hpp>
#include <yot_run/task/waker_probe.hpp>

#include <array>
#include <functional>
#include <optional>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::fuzzing {

class stream_session {
public:
    // Takes the first records as settings.
    explicit stream_session(::fuzz::record_reader input);

    void run();

private:
    using transfer = std::move_only_function<poll<io_result<std::size_t>>(context&)>;

    // A task that reads or writes: at most one future at a time.
    struct party {
        internal::waker_probe probe;
        transfer pending;              // Empty: there is none.
        bool counts_itself = false;    // Its future advances `rest`.
        std::vector<std::byte> bytes;  // What is read into, or written from.
        std::span<std::byte> room;     // The rest of it, when reading,
        net::const_buffer rest;        // or writing.
        std::size_t accounted = 0;     // Of what the span says.
        bool is_waiting = false;       // Its last poll was pending,
        int woken_before = 0;          // when it had been woken so often.

        [[nodiscard]] bool was_woken() const { return probe.wakes() != woken_before; }
    };
    using operation = void (stream_session::*)(const record& given);
    struct named_operation {
        const char* name;
        operation carry_out;
    };
    static const std::array<named_operation, 20> operations;

    void connect(const record& settings);
    void connect_from_here();
    void connect_from_there();
    // Polls and takes turns until it is ready; nothing if it never is.
    template <class Future>
    auto complete(Future future) -> std::optional<output_of<Future>>;

    // Operations.
    void begin_reading(const record& given);
    void begin_writing(const record& given);
    void poll_reader(const record& given);
    void poll_writer(const record& given);
    void drop_reader(const record& given);
    void drop_writer(const record& given);
    void send(const record& given);
    void receive(const record& given);
    void half_close(const record& given);
    void reset(const record& given);
    void close_peer(const record& given);
    void shut(const record& given);
    void split(const record& given);
    void drop_read_half(const record& given);
    void drop_write_half(const record& given);
    void turn(const record& given);
    void plan_fault(const record& given);
    void set_options(const record& given);
    void move(const record& given);
    void shut_down(const record& given);

    [[nodiscard]] bool can_read() const { return stream_ || read_half_; }
    [[nodiscard]] bool can_write() const { return stream_ || write_half_; }
    [[nodiscard]] poll<io_result<std::size_t>> poll_party(party& who);
    void account_reading();
    void account_writing();
    void read_has_ended(const io_result<std::size_t>& result);
    void write_has_ended(const io_result<std::size_t>& result);
    // What the other end, this one or the kernel's plan is to blame for.
    [[nodiscard]] bool is_explained(const std::error_code& error) const;
    void require_explained(const std::error_code& error) const;
    void has_shut();
    void receive_all();
    void end_everything();

    ::fuzz::record_reader input_;
    kernel kernel_;
    sync::reference<internal::reactor> reactor_;
    environment environment_;
    std::optional<environment_scope> scope_;
    party reader_;
    party writer_;
    std::optional<net::tcp_stream> stream_;
    std::optional<net::read_half> read_half_;
    std::optional<net::write_half> write_half_;
    int number_ = -1;  // Of the stream's descriptor.
    sys::descriptor peer_;
    ::fuzz::channel incoming_;
    ::fuzz::channel outgoing_;
    bool reading_is_shut_ = false;
    bool may_be_reset_ = false;  // Errors are explained, and what is on the way may be lost.
    bool resets_ = false;        // So does closing this end.
    bool is_shut_down_ = false;
    std::size_t failures_ = 0;  // By plan, before the present poll.
};

}  // namespace yot_run::inline YOT_RUN_WORLD::fuzzing
