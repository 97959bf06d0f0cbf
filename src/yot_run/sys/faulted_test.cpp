#include <yot_run/sys/faulted.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <string_view>

namespace yot_run::sys_faulted {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

struct socket_pair {
    descriptor left;
    descriptor right;
};

// Ready to use at once; a pair of the local family does for recv, send and sendmsg.
socket_pair connected() {
    std::array<int, 2> ends{};
    CPPUNIT_ASSERT_EQUAL(
        0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()));
    return {descriptor(ends[0]), descriptor(ends[1])};
}

}  // namespace

class faulted_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(faulted_test);
    CPPUNIT_TEST(without_a_plan_calls_reach_the_kernel);
    CPPUNIT_TEST(the_planned_calls_fail_and_no_others);
    CPPUNIT_TEST(a_fault_can_last_until_it_is_cleared);
    CPPUNIT_TEST(short_io_moves_no_more_than_planned);
    CPPUNIT_TEST(a_failed_close_has_closed);
    CPPUNIT_TEST(calls_are_counted_failed_ones_too);
    CPPUNIT_TEST(every_call_can_be_made_to_fail);
    CPPUNIT_TEST(two_threads_share_one_plan);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { fault_plan::clear(); }
    void tearDown() override { fault_plan::clear(); }

    void without_a_plan_calls_reach_the_kernel() {
        const socket_pair pair = connected();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, send(pair.left.get(), bytes("abc")).value());
        std::array<std::byte, 8> into;
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, recv(pair.right.get(), into).value());
    }

    void the_planned_calls_fail_and_no_others() {
        fault_plan::fail(call::socket, EMFILE, 2, 2);
        CPPUNIT_ASSERT(socket(AF_INET).has_value());
        CPPUNIT_ASSERT(socket(AF_INET).error() == std::errc::too_many_files_open);
        CPPUNIT_ASSERT(event_create().has_value());
        CPPUNIT_ASSERT(socket(AF_INET).error() == std::errc::too_many_files_open);
        CPPUNIT_ASSERT(socket(AF_INET).has_value());
    }

    void a_fault_can_last_until_it_is_cleared() {
        fault_plan::fail(call::socket, ENFILE, 1, fault_plan::for_ever);
        for (int i = 0; i < 100; ++i) {
            CPPUNIT_ASSERT(socket(AF_INET).error() == std::errc::too_many_files_open_in_system);
        }
        fault_plan::clear();
        CPPUNIT_ASSERT(socket(AF_INET).has_value());
    }

    void short_io_moves_no_more_than_planned() {
        const socket_pair pair = connected();
        const std::array pieces{bytes("ab"), bytes("cd"), bytes("ef")};
        fault_plan::short_io(call::send, 2);
        fault_plan::short_io(call::sendmsg, 3);
        fault_plan::short_io(call::recv, 1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, send(pair.left.get(), bytes("12345")).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, send(pair.left.get(), bytes("1")).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, sendmsg(pair.left.get(), pieces).value());
        std::array<std::byte, 8> into;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, recv(pair.right.get(), into).value());
        fault_plan::clear();
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, recv(pair.right.get(), into).value());
    }

    void a_failed_close_has_closed() {
        const int number = event_create().value().release();
        fault_plan::fail(call::close, EIO);
        CPPUNIT_ASSERT(close(number).error() == std::errc::io_error);
        CPPUNIT_ASSERT_EQUAL(-1, ::fcntl(number, F_GETFD));
    }

    void calls_are_counted_failed_ones_too() {
        fault_plan::fail(call::event_create, EMFILE, 1, 2);
        for (int i = 0; i < 3; ++i) static_cast<void>(event_create());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, fault_plan::calls(call::event_create));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fault_plan::calls(call::close));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, fault_plan::failed_calls(call::event_create));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, fault_plan::failed_calls(call::close));
        CPPUNIT_ASSERT(!listen(-1, 1));  // No plan, but the kernel refuses it.
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fault_plan::failed_calls(call::listen));
        fault_plan::clear();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, fault_plan::calls(call::event_create));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, fault_plan::failed_calls(call::event_create));
    }

    void every_call_can_be_made_to_fail() {
        for (std::size_t kind = 0; kind < call_kinds; ++kind) {
            fault_plan::fail(static_cast<call>(kind), ENOTRECOVERABLE);
        }
        const raw_address address;
        std::array<std::byte, 1> byte{};
        const std::array pieces{bytes("x")};
        std::array<epoll_event, 1> events;
        using std::chrono::nanoseconds;
        const auto fails = [](const auto& result) {
            CPPUNIT_ASSERT(!result.has_value());
            CPPUNIT_ASSERT(result.error() == std::errc::state_not_recoverable);
        };
        fails(sys_faulted::socket(AF_INET));
        fails(sys_faulted::bind(-1, address));
        fails(sys_faulted::listen(-1, 1));
        fails(sys_faulted::accept(-1));
        fails(sys_faulted::connect(-1, address));
        fails(sys_faulted::take_socket_error(-1));
        fails(sys_faulted::getsockname(-1));
        fails(sys_faulted::getpeername(-1));
        fails(sys_faulted::setsockopt(-1, socket_option::nodelay, 1));
        fails(sys_faulted::getsockopt(-1, socket_option::nodelay));
        fails(sys_faulted::set_linger(-1, std::nullopt));
        fails(sys_faulted::get_linger(-1));
        fails(sys_faulted::recv(-1, byte));
        fails(sys_faulted::send(-1, byte));
        fails(sys_faulted::sendmsg(-1, pieces));
        fails(sys_faulted::shutdown(-1, shutdown_side::both));
        fails(sys_faulted::close(-1));
        fails(sys_faulted::epoll_create());
        fails(sys_faulted::epoll_add(-1, -1, 0, 0));
        fails(sys_faulted::epoll_modify(-1, -1, 0, 0));
        fails(sys_faulted::epoll_delete(-1, -1));
        fails(sys_faulted::epoll_wait(-1, events, nanoseconds::zero()));
        fails(sys_faulted::event_create());
        fails(sys_faulted::event_signal(-1));
        fails(sys_faulted::event_drain(-1));
        for (std::size_t kind = 0; kind < call_kinds; ++kind) {
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fault_plan::calls(static_cast<call>(kind)));
        }
    }

    void two_threads_share_one_plan() {
        fault_plan::fail(call::event_create, EMFILE, 1, 500);
        sync::atomic<int> failed = 0;
        const auto call_often = [&failed] {
            for (int i = 0; i < 1000; ++i) {
                // Relaxed: read only after both threads were joined.
                if (!event_create()) failed.fetch_add(1, sync::relaxed);
            }
        };
        sync::thread one("one", call_often);
        sync::thread two("two", call_often);
        one.join();
        two.join();
        CPPUNIT_ASSERT_EQUAL(500, failed.load(sync::relaxed));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2000}, fault_plan::calls(call::event_create));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(faulted_test);

}  // namespace yot_run::sys_faulted
