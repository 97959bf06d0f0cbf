#include <yot_run/simulation/kernel/any_call.hpp>
#include <yot_run/simulation/kernel/loopback.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace yot_run::sys_simulated {

class fault_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(fault_test);
    CPPUNIT_TEST(every_call_has_a_name_of_its_own);
    CPPUNIT_TEST(every_call_can_be_made_to_fail);
    CPPUNIT_TEST(every_documented_error_is_reported_as_planned);
    CPPUNIT_TEST(one_call_of_all_fails);
    CPPUNIT_TEST(some_calls_of_a_kind_fail);
    CPPUNIT_TEST(a_plan_is_replaced_and_removed);
    CPPUNIT_TEST(a_failed_call_has_done_nothing);
    CPPUNIT_TEST(a_failed_close_has_closed);
    CPPUNIT_TEST(an_interrupted_call_is_repeated);
    CPPUNIT_TEST(an_interrupted_connect_goes_on);
    CPPUNIT_TEST(an_interrupted_wait_reports_nothing_and_keeps_the_events);
    CPPUNIT_TEST(short_counts_are_as_short_as_planned);
    CPPUNIT_TEST(an_edge_follows_a_short_recv);
    CPPUNIT_TEST(an_edge_follows_a_short_send);
    CPPUNIT_TEST(an_edge_follows_a_recv_that_would_block);
    CPPUNIT_TEST(an_edge_follows_a_send_that_would_block);
    CPPUNIT_TEST(an_edge_follows_an_accept_that_would_block);
    CPPUNIT_TEST(no_edge_follows_another_error);
    CPPUNIT_TEST(reading_by_edges_survives_any_short_count);
    CPPUNIT_TEST_SUITE_END();

    std::optional<machine> kernel_;
    std::optional<machine::scope> current_;
    descriptor epoll_;

    // An edge-triggered watch of this end that has reported what was true.
    void watch_edges(const descriptor& end, std::uint32_t events) const {
        watch(epoll_, end, events | EPOLLET, 1);
        static_cast<void>(events_of(epoll_));
    }

public:
    void setUp() override {
        kernel_.emplace();
        current_.emplace(*kernel_);
        epoll_ = epoll_create().value();
    }
    void tearDown() override {
        kernel_->plan_faults(nullptr);
        epoll_.reset();
        current_.reset();
        kernel_.reset();
    }

    void every_call_has_a_name_of_its_own() {
        std::set<std::string_view> names;
        for (const call each : all_calls) names.insert(name_of(each));
        CPPUNIT_ASSERT_EQUAL(call_kinds, names.size());
        CPPUNIT_ASSERT(name_of(call::event_drain) == "event_drain");
    }

    void every_call_can_be_made_to_fail() {
        for (const call each : all_calls) {
            kernel_->plan_faults(fail_calls(each, ENOTRECOVERABLE, kernel_->calls(each) + 1));
            CPPUNIT_ASSERT_EQUAL(ENOTRECOVERABLE, error_of(each, -1));
            CPPUNIT_ASSERT(error_of(each, -1) != ENOTRECOVERABLE);
        }
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{call_kinds}, kernel_->planned_failures());
    }

    void every_documented_error_is_reported_as_planned() {
        for (const call each : all_calls) {
            for (const int error : documented_errors(each)) {
                // What becomes of EINTR, and of a connect that begins, is told below.
                if (error == EINTR || error == EINPROGRESS) continue;
                kernel_->plan_faults(fail_call(kernel_->calls() + 1, error));
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(name_of(each)), error, error_of(each, -1));
            }
        }
        CPPUNIT_ASSERT(std::ranges::count(documented_errors(call::accept), ECONNABORTED) == 1);
        CPPUNIT_ASSERT(documented_errors(call::event_signal).empty());
    }

    void one_call_of_all_fails() {
        kernel_->plan_faults(fail_call(kernel_->calls() + 3, ENOMEM));
        descriptor first = event_create().value();
        const descriptor second = socket(AF_INET).value();
        CPPUNIT_ASSERT_EQUAL(ENOMEM, error_of(event_create()));
        CPPUNIT_ASSERT(event_create().has_value());
    }

    void some_calls_of_a_kind_fail() {
        kernel_->plan_faults(fail_calls(call::socket, EMFILE, 2, 2));
        CPPUNIT_ASSERT_EQUAL(0, error_of(socket(AF_INET)));
        CPPUNIT_ASSERT_EQUAL(EMFILE, error_of(socket(AF_INET)));
        CPPUNIT_ASSERT_EQUAL(0, error_of(event_create()));
        CPPUNIT_ASSERT_EQUAL(EMFILE, error_of(socket(AF_INET)));
        CPPUNIT_ASSERT_EQUAL(0, error_of(socket(AF_INET)));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, kernel_->planned_failures());
    }

    void a_plan_is_replaced_and_removed() {
        kernel_->plan_faults(fail_calls(call::socket, EMFILE, 1, 100));
        CPPUNIT_ASSERT_EQUAL(EMFILE, error_of(socket(AF_INET)));
        kernel_->plan_faults(fail_calls(call::socket, ENFILE, 1, 100));
        CPPUNIT_ASSERT_EQUAL(ENFILE, error_of(socket(AF_INET)));
        kernel_->plan_faults(nullptr);
        CPPUNIT_ASSERT_EQUAL(0, error_of(socket(AF_INET)));
    }

    void a_failed_call_has_done_nothing() {
        const connection made = connected();
        kernel_->plan_faults(fail_calls(call::send, ENOBUFS));
        CPPUNIT_ASSERT_EQUAL(ENOBUFS, error_of(send(made.client.get(), bytes("lost"))));
        static_cast<void>(send(made.client.get(), bytes("kept")).value());
        kernel_->plan_faults(fail_calls(call::recv, ENOMEM, kernel_->calls(call::recv) + 1));
        CPPUNIT_ASSERT_EQUAL(ENOMEM, error_of(call::recv, made.server.get()));
        CPPUNIT_ASSERT_EQUAL(std::string("kept"), received(made.server));
    }

    void a_failed_close_has_closed() {
        for (const int error : {EIO, EINTR}) {
            const int number = event_create().value().release();
            kernel_->plan_faults(fail_calls(call::close, error, kernel_->calls(call::close) + 1));
            CPPUNIT_ASSERT_EQUAL(error, error_of(close(number)));
            CPPUNIT_ASSERT_EQUAL(EBADF, error_of(close(number)));
        }
    }

    void an_interrupted_call_is_repeated() {
        const descriptor listening = listener();
        const descriptor client = connecting_to(listening);
        kernel_->plan_faults([](const numbered_call&) { return fault{.error = EINTR}; });
        const descriptor server = std::move(accept(listening.get()).value().socket);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, send(client.get(), bytes("abc")).value());
        const std::array pieces{bytes("de"), bytes("f")};
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, sendmsg(client.get(), pieces).value());
        CPPUNIT_ASSERT_EQUAL(std::string("abcdef"), received(server));
        kernel_->plan_faults(nullptr);
    }

    void an_interrupted_connect_goes_on() {
        for (const int error : {EINTR, EINPROGRESS}) {
            const descriptor listening = listener();
            const auto next = kernel_->calls(call::connect) + 1;
            kernel_->plan_faults(fail_calls(call::connect, error, next));
            const descriptor client = connecting_to(listening);
            CPPUNIT_ASSERT_EQUAL(0, error_of(accept(listening.get())));
        }
    }

    void an_interrupted_wait_reports_nothing_and_keeps_the_events() {
        const descriptor event = event_create().value();
        watch(epoll_, event, EPOLLIN | EPOLLET, 1);
        event_signal(event.get()).value();
        kernel_->plan_faults(fail_calls(call::epoll_wait, EINTR));
        const time_point before = now();
        CPPUNIT_ASSERT(events_of(epoll_, std::chrono::seconds(1)).empty());
        CPPUNIT_ASSERT(now() == before);
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLIN}}));
    }

    void short_counts_are_as_short_as_planned() {
        const connection made = connected();
        kernel_->plan_faults(short_counts(call::sendmsg, 3));
        const std::array pieces{bytes("ab"), bytes("cd"), bytes("ef")};
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, sendmsg(made.client.get(), pieces).value());
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, send(made.client.get(), bytes("ghijkl")).value());
        CPPUNIT_ASSERT_EQUAL(std::string("abcghijkl"), received(made.server));
        CPPUNIT_ASSERT(has_short_counts(call::recv) && !has_short_counts(call::accept));
    }

    void an_edge_follows_a_short_recv() {
        const connection made = connected();
        static_cast<void>(send(made.client.get(), bytes("abc")).value());
        watch_edges(made.server, EPOLLIN);
        kernel_->plan_faults(short_counts(call::recv, 2));
        CPPUNIT_ASSERT_EQUAL(std::string("ab"), received(made.server));
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLIN}}));
    }

    void an_edge_follows_a_short_send() {
        const connection made = connected();
        watch_edges(made.client, EPOLLOUT);
        kernel_->plan_faults(short_counts(call::send, 2));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, send(made.client.get(), bytes("abc")).value());
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLOUT}}));
    }

    void an_edge_follows_a_recv_that_would_block() {
        const connection made = connected();
        static_cast<void>(send(made.client.get(), bytes("abc")).value());
        watch_edges(made.server, EPOLLIN);
        kernel_->plan_faults(fail_calls(call::recv, EAGAIN));
        CPPUNIT_ASSERT_EQUAL(EAGAIN, error_of(call::recv, made.server.get()));
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLIN}}));
        CPPUNIT_ASSERT_EQUAL(std::string("abc"), received(made.server));
    }

    void an_edge_follows_a_send_that_would_block() {
        const connection made = connected();
        watch_edges(made.client, EPOLLOUT);
        kernel_->plan_faults(fail_calls(call::send, EAGAIN));
        CPPUNIT_ASSERT_EQUAL(EAGAIN, error_of(call::send, made.client.get()));
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLOUT}}));
    }

    void an_edge_follows_an_accept_that_would_block() {
        const descriptor listening = listener();
        const descriptor client = connecting_to(listening);
        watch_edges(listening, EPOLLIN);
        kernel_->plan_faults(fail_calls(call::accept, EAGAIN));
        CPPUNIT_ASSERT_EQUAL(EAGAIN, error_of(call::accept, listening.get()));
        CPPUNIT_ASSERT(events_of(epoll_) == reported({{1, EPOLLIN}}));
        CPPUNIT_ASSERT_EQUAL(0, error_of(call::accept, listening.get()));
    }

    void no_edge_follows_another_error() {
        const connection made = connected();
        watch_edges(made.client, EPOLLOUT);
        kernel_->plan_faults(fail_calls(call::send, ENOBUFS));
        CPPUNIT_ASSERT_EQUAL(ENOBUFS, error_of(call::send, made.client.get()));
        CPPUNIT_ASSERT(events_of(epoll_).empty());
    }

    // Whoever waits for an edge after each short count gets everything, however short they are.
    void reading_by_edges_survives_any_short_count() {
        const std::string text = "a text of some length, to be read by edges";
        for (std::size_t most = 1; most < text.size(); ++most) {
            const connection made = connected();
            watch_edges(made.server, EPOLLIN);
            kernel_->plan_faults(short_counts(call::recv, most));
            static_cast<void>(send(made.client.get(), bytes(text)).value());
            std::string arrived;
            while (!events_of(epoll_).empty()) arrived += received(made.server);
            CPPUNIT_ASSERT_EQUAL(text, arrived);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(fault_test);

}  // namespace yot_run::sys_simulated
