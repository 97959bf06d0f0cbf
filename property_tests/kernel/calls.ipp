// property_tests/kernel/calls.ipp: a step as a call of `sys`, whichever kernel that is. Included
// once for each, in a namespace in which `sys` is an alias of it (both_kernels.cpp).

// Which descriptor each number of the simulated kernel stands for here, and the other way round.
struct numbering {
    int (*of_simulated)(int);
    int (*to_simulated)(int);
    yot_run::io_result<int> (*duplicate)(int);
    // Has everything that was sent, and has room at the receiver, arrived and been acknowledged?
    bool (*is_at_rest)(int sender, int receiver);
};

template <class T>
answer failure(const yot_run::io_result<T>& result) {
    answer said;
    said.error = result.error().value();
    return said;
}

inline answer nothing(const yot_run::io_result<void>& result) {
    return result ? answer{} : failure(result);
}

inline answer value(const yot_run::io_result<int>& result) {
    if (!result) return failure(result);
    answer said;
    said.value = *result;
    return said;
}

inline answer count(const yot_run::io_result<std::size_t>& result) {
    if (!result) return failure(result);
    answer said;
    said.value = static_cast<int>(*result);
    return said;
}

inline answer where(const yot_run::io_result<sys::raw_address>& result) {
    if (!result) return failure(result);
    answer said;
    describe(*result, said);
    return said;
}

inline answer opened(const numbering& numbers, yot_run::io_result<sys::descriptor> result) {
    if (!result) return failure(result);
    answer said;
    said.number = numbers.to_simulated(result->release());
    return said;
}

// The port of a socket, 0 if there is none.
inline std::uint16_t port_of(const numbering& numbers, int number) {
    const auto named = sys::getsockname(numbers.of_simulated(number));
    if (!named) return 0;
    answer said;
    describe(*named, said);
    return said.port;
}

inline sys::raw_address address_for(const numbering& numbers, const step& what) {
    return address_of(what.where, what.value, port_of(numbers, what.other));
}

inline answer received(const step& what, int number) {
    std::vector<std::byte> into(what.size);
    const auto result = sys::recv(number, into);
    answer said = count(result);
    if (result) said.bytes.assign(into.begin(), into.begin() + said.value);
    return said;
}

inline answer sent_in_pieces(const step& what, int number) {
    const std::vector<std::byte> all = pattern(what.token, what.size);
    const std::span<const std::byte> whole(all);
    const std::array<std::span<const std::byte>, 3> pieces{
        whole.first(what.size / 3), std::span<const std::byte>(), whole.subspan(what.size / 3)};
    return count(sys::sendmsg(number, pieces));
}

inline answer waited(const step& what, int number) {
    std::vector<sys::epoll_event> events(static_cast<std::size_t>(what.value));
    const auto result = sys::epoll_wait(number, events, std::chrono::nanoseconds::zero());
    answer said = count(result);
    for (int i = 0; result && i < said.value; ++i) {
        const sys::epoll_event& event = events[static_cast<std::size_t>(i)];
        const std::uint64_t token = event.data.u64;  // Copied: an epoll_event is packed.
        const std::uint32_t seen = event.events;
        said.events.emplace_back(token, seen);
    }
    return said;
}

inline answer accepted_at(const numbering& numbers, int number) {
    auto result = sys::accept(number);
    if (!result) return failure(result);
    answer said;
    describe(result->peer, said);
    said.number = numbers.to_simulated(result->socket.release());
    return said;
}

inline answer linger_of(int number) {
    const auto result = sys::get_linger(number);
    if (!result) return failure(result);
    answer said;
    said.value = *result ? static_cast<int>((*result)->count()) : -1;
    return said;
}

inline answer duplicated(const numbering& numbers, int number) {
    const auto result = numbers.duplicate(number);
    if (!result) return failure(result);
    answer said;
    said.number = numbers.to_simulated(*result);
    return said;
}

// A stream of bytes from one end of a connection to the other.
struct stream {
    const numbering& numbers;
    int sender;
    int receiver;
    std::uint64_t token;
    std::size_t sent = 0;
    std::size_t received = 0;
    bool is_intact = true;

    std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();

    static constexpr std::size_t piece = 65536;

    [[nodiscard]] bool is_late() const {
        return std::chrono::steady_clock::now() - begin > std::chrono::seconds(2);
    }

    [[nodiscard]] std::vector<std::byte> from(std::size_t position, std::size_t size) const {
        const std::vector<std::byte> all = pattern(token, position % 251 + size);
        return {all.begin() + static_cast<std::ptrdiff_t>(position % 251), all.end()};
    }

    // Until no byte more goes in, now or later. The error that ended it.
    int fill() {
        for (;;) {
            const bool is_final = numbers.is_at_rest(sender, receiver);
            const std::size_t before = sent;
            auto result = sys::send(sender, from(sent, piece));
            for (; result; result = sys::send(sender, from(sent, piece))) sent += *result;
            if (result.error().value() != EAGAIN || (is_final && sent == before) || is_late())
                return result.error().value();
        }
    }

    void empty() {
        std::vector<std::byte> into(piece);
        while (received < sent && !is_late()) {
            const auto result = sys::recv(receiver, into);
            if (!result && result.error().value() != EAGAIN) break;
            const std::size_t count = result.value_or(0);  // 0: more is on its way.
            is_intact &= std::ranges::equal(std::span(into).first(count), from(received, count));
            received += count;
        }
        while (!numbers.is_at_rest(sender, receiver) && !is_late()) {
        }
    }
};

inline void append_events(const answer& from, answer& to) {
    to.events.insert(to.events.end(), from.events.begin(), from.events.end());
    to.events.emplace_back(0, 0);  // Where one wait ends.
}

inline answer flooded(const numbering& numbers, const step& what) {
    stream flood{numbers, numbers.of_simulated(what.number), numbers.of_simulated(what.other),
                 what.token};
    const int epoll = numbers.of_simulated(what.epoll);
    answer said;
    said.error = flood.fill();
    if (what.ends && !sys::shutdown(flood.sender, sys::shutdown_side::write)) said.error = -1;
    append_events(waited(what, epoll), said);
    flood.empty();
    append_events(waited(what, epoll), said);
    said.value =
        flood.is_intact && flood.sent > 0 && flood.received == flood.sent && !flood.is_late();
    return said;
}

inline answer call(const numbering& numbers, const step& what) {
    const int number = numbers.of_simulated(what.number);
    switch (what.kind) {
        case call_kind::socket:
            return opened(numbers, sys::socket(what.value));
        case call_kind::bind:
            return nothing(sys::bind(number, address_for(numbers, what)));
        case call_kind::listen:
            return nothing(sys::listen(number, what.value));
        case call_kind::accept:
            return accepted_at(numbers, number);
        case call_kind::connect:
            return nothing(sys::connect(number, address_for(numbers, what)));
        case call_kind::take_socket_error:
            return nothing(sys::take_socket_error(number));
        case call_kind::getsockname:
            return where(sys::getsockname(number));
        case call_kind::getpeername:
            return where(sys::getpeername(number));
        case call_kind::setsockopt:
            return nothing(sys::setsockopt(number, what.option, what.value));
        case call_kind::getsockopt:
            return value(sys::getsockopt(number, what.option));
        case call_kind::set_linger:
            return nothing(sys::set_linger(number, std::chrono::seconds(what.value)));
        case call_kind::get_linger:
            return linger_of(number);
        case call_kind::recv:
            return received(what, number);
        case call_kind::send:
            return count(sys::send(number, pattern(what.token, what.size)));
        case call_kind::sendmsg:
            return sent_in_pieces(what, number);
        case call_kind::shutdown:
            return nothing(sys::shutdown(number, what.side));
        case call_kind::close:
            return nothing(sys::close(number));
        case call_kind::duplicate:
            return duplicated(numbers, number);
        case call_kind::epoll_create:
            return opened(numbers, sys::epoll_create());
        case call_kind::epoll_add:
            return nothing(
                sys::epoll_add(number, numbers.of_simulated(what.other), what.events, what.token));
        case call_kind::epoll_modify:
            return nothing(sys::epoll_modify(number, numbers.of_simulated(what.other), what.events,
                                             what.token));
        case call_kind::epoll_delete:
            return nothing(sys::epoll_delete(number, numbers.of_simulated(what.other)));
        case call_kind::epoll_wait:
            return waited(what, number);
        case call_kind::event_create:
            return opened(numbers, sys::event_create());
        case call_kind::event_signal:
            return nothing(sys::event_signal(number));
        case call_kind::event_drain:
            return nothing(sys::event_drain(number));
        case call_kind::flood:
            return flooded(numbers, what);
    }
    return {};
}
