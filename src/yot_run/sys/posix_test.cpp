#include <yot_run/sys/posix.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <fcntl.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <set>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace yot_run::sys_posix {
namespace {

raw_address loopback(std::uint16_t port) {
    raw_address address;
    auto& ipv4 = reinterpret_cast<sockaddr_in&>(address.storage);
    ipv4.sin_family = AF_INET;
    ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ipv4.sin_port = htons(port);
    address.length = sizeof(sockaddr_in);
    return address;
}

std::uint16_t port_of(const raw_address& address) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address.storage).sin_port);
}

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }

// Waits until the kernel reports one of `events`, however long that takes.
void wait_for(int number, std::uint32_t events) {
    const descriptor epoll = epoll_create().value();
    epoll_add(epoll.get(), number, events, 0).value();
    std::array<epoll_event, 1> seen;
    while (epoll_wait(epoll.get(), seen, std::nullopt).value() == 0) continue;
}

struct pair_of_sockets {
    descriptor listener;
    descriptor client;
    descriptor server;
};

pair_of_sockets connected() {
    pair_of_sockets made;
    made.listener = socket(AF_INET).value();
    bind(made.listener.get(), loopback(0)).value();
    listen(made.listener.get(), 8).value();
    made.client = socket(AF_INET).value();
    const io_result<void> begun =
        connect(made.client.get(), getsockname(made.listener.get()).value());
    CPPUNIT_ASSERT(begun.has_value() || begun.error() == std::errc::operation_in_progress);
    wait_for(made.client.get(), EPOLLOUT);
    take_socket_error(made.client.get()).value();
    wait_for(made.listener.get(), EPOLLIN);
    made.server = accept(made.listener.get()).value().socket;
    return made;
}

int test_closed = -1;
io_result<void> note_close(int number) {
    test_closed = number;
    return {};
}
using noted = owned_descriptor<&note_close>;

}  // namespace

class posix_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(posix_test);
    CPPUNIT_TEST(a_descriptor_closes_once_what_it_owns_last);
    CPPUNIT_TEST(a_descriptor_that_was_released_closes_nothing);
    CPPUNIT_TEST(assigning_a_descriptor_closes_the_old_one);
    CPPUNIT_TEST(sockets_are_nonblocking_and_not_inherited);
    CPPUNIT_TEST(errors_are_values_that_compare_with_errc);
    CPPUNIT_TEST(an_unfit_address_is_refused);
    CPPUNIT_TEST(bytes_sent_arrive_in_order);
    CPPUNIT_TEST(pieces_arrive_as_one_stream);
    CPPUNIT_TEST(pieces_beyond_the_limit_count_as_not_written);
    CPPUNIT_TEST(nothing_to_read_is_an_error_and_the_end_is_zero);
    CPPUNIT_TEST(sending_to_nobody_is_an_error_and_no_signal);
    CPPUNIT_TEST(both_ends_agree_on_their_addresses);
    CPPUNIT_TEST(a_refused_connection_is_a_pending_error_told_once);
    CPPUNIT_TEST(options_are_read_back_as_set);
    CPPUNIT_TEST(linger_is_read_back_as_set);
    CPPUNIT_TEST(a_port_in_use_is_an_error);
    CPPUNIT_TEST(the_clock_does_not_go_back);
    CPPUNIT_TEST(random_numbers_differ);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_descriptor_closes_once_what_it_owns_last() {
        test_closed = -1;
        {
            noted first(3);
            const noted second(std::move(first));
            CPPUNIT_ASSERT_EQUAL(-1, first.get());
            CPPUNIT_ASSERT(!first);
            CPPUNIT_ASSERT_EQUAL(3, second.get());
            first.reset();
            CPPUNIT_ASSERT_EQUAL(-1, test_closed);
        }
        CPPUNIT_ASSERT_EQUAL(3, test_closed);
        static_assert(!std::is_copy_constructible_v<descriptor>);
        static_assert(!std::is_copy_assignable_v<descriptor>);
    }

    void a_descriptor_that_was_released_closes_nothing() {
        test_closed = -1;
        {
            noted owner(4);
            CPPUNIT_ASSERT_EQUAL(4, owner.release());
        }
        CPPUNIT_ASSERT_EQUAL(-1, test_closed);
    }

    void assigning_a_descriptor_closes_the_old_one() {
        test_closed = -1;
        noted owner(5);
        owner = noted(6);
        CPPUNIT_ASSERT_EQUAL(5, test_closed);
        noted& same = owner;
        owner = std::move(same);
        CPPUNIT_ASSERT_EQUAL(6, owner.get());
        CPPUNIT_ASSERT_EQUAL(5, test_closed);
    }

    void sockets_are_nonblocking_and_not_inherited() {
        const pair_of_sockets pair = connected();
        for (const int number : {pair.listener.get(), pair.client.get(), pair.server.get()}) {
            CPPUNIT_ASSERT((::fcntl(number, F_GETFL) & O_NONBLOCK) != 0);
            CPPUNIT_ASSERT((::fcntl(number, F_GETFD) & FD_CLOEXEC) != 0);
        }
    }

    void errors_are_values_that_compare_with_errc() {
        const descriptor made = socket(AF_INET).value();
        CPPUNIT_ASSERT(is_open(made.get()));
        CPPUNIT_ASSERT(close(-1).error() == std::errc::bad_file_descriptor);
        CPPUNIT_ASSERT(socket(-1).error() == std::errc::address_family_not_supported);
        CPPUNIT_ASSERT(accept(made.get()).error() == std::errc::invalid_argument);
        CPPUNIT_ASSERT(listen(-1, 1).error() == std::errc::bad_file_descriptor);
        CPPUNIT_ASSERT(getpeername(made.get()).error() == std::errc::not_connected);
        CPPUNIT_ASSERT(getsockname(-1).error() == std::errc::bad_file_descriptor);
        CPPUNIT_ASSERT(take_socket_error(-1).error() == std::errc::bad_file_descriptor);
        CPPUNIT_ASSERT(get_linger(-1).error() == std::errc::bad_file_descriptor);
        CPPUNIT_ASSERT(shutdown(made.get(), shutdown_side::both).error() ==
                       std::errc::not_connected);
    }

    void an_unfit_address_is_refused() {
        const descriptor made = socket(AF_INET).value();
        raw_address too_short = loopback(0);
        too_short.length = 2;
        CPPUNIT_ASSERT(bind(made.get(), too_short).error() == std::errc::invalid_argument);
        CPPUNIT_ASSERT(connect(made.get(), too_short).error() == std::errc::invalid_argument);
    }

    void bytes_sent_arrive_in_order() {
        const pair_of_sockets pair = connected();
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, send(pair.client.get(), bytes("abcde")).value());
        wait_for(pair.server.get(), EPOLLIN);
        std::array<std::byte, 3> part;
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, recv(pair.server.get(), part).value());
        CPPUNIT_ASSERT(std::ranges::equal(part, bytes("abc")));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, recv(pair.server.get(), part).value());
        CPPUNIT_ASSERT(std::ranges::equal(std::span(part).first(2), bytes("de")));
    }

    void pieces_arrive_as_one_stream() {
        const pair_of_sockets pair = connected();
        const std::array pieces{bytes("ab"), bytes(""), bytes("c")};
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, sendmsg(pair.server.get(), pieces).value());
        wait_for(pair.client.get(), EPOLLIN);
        std::array<std::byte, 8> all;
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, recv(pair.client.get(), all).value());
        CPPUNIT_ASSERT(std::ranges::equal(std::span(all).first(3), bytes("abc")));
    }

    void pieces_beyond_the_limit_count_as_not_written() {
        const pair_of_sockets pair = connected();
        const std::vector<std::span<const std::byte>> pieces(max_pieces + 5, bytes("x"));
        CPPUNIT_ASSERT_EQUAL(max_pieces, sendmsg(pair.server.get(), pieces).value());
    }

    void nothing_to_read_is_an_error_and_the_end_is_zero() {
        const pair_of_sockets pair = connected();
        std::array<std::byte, 1> one;
        CPPUNIT_ASSERT(recv(pair.server.get(), one).error() ==
                       std::errc::resource_unavailable_try_again);
        CPPUNIT_ASSERT(accept(pair.listener.get()).error() ==
                       std::errc::resource_unavailable_try_again);
        shutdown(pair.client.get(), shutdown_side::write).value();
        wait_for(pair.server.get(), EPOLLIN);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, recv(pair.server.get(), one).value());
    }

    void sending_to_nobody_is_an_error_and_no_signal() {
        // A SIGPIPE would end the test program here.
        CPPUNIT_ASSERT(std::signal(SIGPIPE, SIG_DFL) != SIG_ERR);
        const pair_of_sockets pair = connected();
        shutdown(pair.client.get(), shutdown_side::both).value();
        CPPUNIT_ASSERT(send(pair.client.get(), bytes("x")).error() == std::errc::broken_pipe);
        const std::array pieces{bytes("x")};
        CPPUNIT_ASSERT(sendmsg(pair.client.get(), pieces).error() == std::errc::broken_pipe);
    }

    void both_ends_agree_on_their_addresses() {
        const pair_of_sockets pair = connected();
        const int client = pair.client.get();
        const int server = pair.server.get();
        CPPUNIT_ASSERT_EQUAL(port_of(getsockname(client).value()),
                             port_of(getpeername(server).value()));
        CPPUNIT_ASSERT_EQUAL(port_of(getpeername(client).value()),
                             port_of(getsockname(server).value()));
        CPPUNIT_ASSERT_EQUAL(socklen_t{sizeof(sockaddr_in)}, getpeername(server).value().length);
    }

    void a_refused_connection_is_a_pending_error_told_once() {
        const descriptor unheard = socket(AF_INET).value();  // Bound but not listening.
        bind(unheard.get(), loopback(0)).value();
        const descriptor client = socket(AF_INET).value();
        const io_result<void> begun = connect(client.get(), getsockname(unheard.get()).value());
        CPPUNIT_ASSERT(begun.error() == std::errc::operation_in_progress);
        wait_for(client.get(), EPOLLOUT);
        CPPUNIT_ASSERT(take_socket_error(client.get()).error() == std::errc::connection_refused);
        CPPUNIT_ASSERT(take_socket_error(client.get()).has_value());
    }

    void options_are_read_back_as_set() {
        const descriptor made = socket(AF_INET6).value();
        using enum socket_option;
        for (const socket_option option : {reuse_address, ipv6_only, nodelay, keepalive}) {
            for (const int value : {1, 0}) {
                setsockopt(made.get(), option, value).value();
                CPPUNIT_ASSERT_EQUAL(value, getsockopt(made.get(), option).value());
            }
        }
        for (const socket_option option : {keepalive_idle_s, keepalive_every_s, keepalive_probes}) {
            setsockopt(made.get(), option, 7).value();
            CPPUNIT_ASSERT_EQUAL(7, getsockopt(made.get(), option).value());
        }
        for (const socket_option option : {send_buffer, receive_buffer}) {
            setsockopt(made.get(), option, 16384).value();
            CPPUNIT_ASSERT_EQUAL(2 * 16384, getsockopt(made.get(), option).value());
        }
        CPPUNIT_ASSERT(setsockopt(made.get(), keepalive_idle_s, -1).error() ==
                       std::errc::invalid_argument);
        CPPUNIT_ASSERT(getsockopt(-1, nodelay).error() == std::errc::bad_file_descriptor);
    }

    void linger_is_read_back_as_set() {
        using std::chrono::seconds;
        const descriptor made = socket(AF_INET).value();
        CPPUNIT_ASSERT(!get_linger(made.get()).value().has_value());
        for (const seconds linger : {seconds(0), seconds(9)}) {
            set_linger(made.get(), linger).value();
            CPPUNIT_ASSERT(get_linger(made.get()).value() == linger);
        }
        set_linger(made.get(), std::nullopt).value();
        CPPUNIT_ASSERT(!get_linger(made.get()).value().has_value());
    }

    void a_port_in_use_is_an_error() {
        const descriptor first = socket(AF_INET).value();
        bind(first.get(), loopback(0)).value();
        const descriptor second = socket(AF_INET).value();
        CPPUNIT_ASSERT(bind(second.get(), getsockname(first.get()).value()).error() ==
                       std::errc::address_in_use);
    }

    void the_clock_does_not_go_back() {
        const time_point before = now();
        CPPUNIT_ASSERT(now() >= before);
    }

    void random_numbers_differ() {
        std::set<std::uint64_t> seen;
        for (int i = 0; i < 64; ++i) seen.insert(random_u64());
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, seen.size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(posix_test);

}  // namespace yot_run::sys_posix
