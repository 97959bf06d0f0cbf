#include <yot_run/net/io_socket.hpp>

#include <yot_run/net/test_driver.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace yot_run::net::internal {
namespace {

std::error_code blocked() { return {EAGAIN, std::system_category()}; }

// Answers with what it is given, in turn, and counts.
struct attempts {
    std::vector<io_result<int>> answers;
    std::size_t made = 0;

    io_result<int> next() { return answers.at(made++); }
};

io_socket any_socket(test_driver& driver) {
    // Bound and listening, or it would report itself as hung up.
    sys::descriptor made = sys::socket(AF_INET).value();
    sys::bind(made.get(), socket_address::loopback(0).to_raw()).value();
    sys::listen(made.get(), 1).value();
    return io_socket::watch(driver.reactor(), std::move(made)).value();
}

}  // namespace

class io_socket_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(io_socket_test);
    CPPUNIT_TEST(without_a_reactor_the_error_says_what_to_do);
    CPPUNIT_TEST(only_eagain_means_that_a_call_would_block);
    CPPUNIT_TEST(the_first_attempt_is_made_without_waiting);
    CPPUNIT_TEST(after_eagain_no_attempt_is_made_until_there_is_news);
    CPPUNIT_TEST(after_the_last_success_no_attempt_is_made_until_there_is_news);
    CPPUNIT_TEST(after_another_success_the_next_attempt_is_made);
    CPPUNIT_TEST(an_error_is_given_as_it_is);
    CPPUNIT_TEST(assigning_deregisters_before_the_number_is_free);
    CPPUNIT_TEST(what_cannot_be_watched_is_closed);
    CPPUNIT_TEST_SUITE_END();

public:
    void without_a_reactor_the_error_says_what_to_do() {
        const environment empty;
        for (const environment* where : {static_cast<const environment*>(nullptr), &empty}) {
            try {
                static_cast<void>(reactor_of(where));
                CPPUNIT_FAIL("there was a reactor");
            } catch (const std::logic_error& error) {
                CPPUNIT_ASSERT(std::strstr(error.what(), "entered a runtime") != nullptr);
            }
        }
        test_driver driver;
        CPPUNIT_ASSERT(&reactor_of(current_environment()) == &driver.reactor());
    }

    void only_eagain_means_that_a_call_would_block() {
        CPPUNIT_ASSERT(would_block(blocked()));
        CPPUNIT_ASSERT(!would_block({EINPROGRESS, std::system_category()}));
        CPPUNIT_ASSERT(!would_block({EAGAIN, address_category()}));
        CPPUNIT_ASSERT(!would_block({}));
    }

    void the_first_attempt_is_made_without_waiting() {
        test_driver driver;
        io_socket socket = any_socket(driver);
        attempts tried{{1}};
        auto answer = poll_attempts(driver, socket, tried, false);
        CPPUNIT_ASSERT_EQUAL(1, answer.value().value());
    }

    void after_eagain_no_attempt_is_made_until_there_is_news() {
        test_driver driver;
        io_socket socket = any_socket(driver);
        attempts tried{{std::unexpected(blocked())}};
        for (int i = 0; i < 3; ++i) {
            CPPUNIT_ASSERT(poll_attempts(driver, socket, tried, false).is_pending());
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, tried.made);
    }

    void after_the_last_success_no_attempt_is_made_until_there_is_news() {
        test_driver driver;
        io_socket socket = any_socket(driver);
        attempts tried{{1}};
        CPPUNIT_ASSERT(poll_attempts(driver, socket, tried, true).is_ready());
        CPPUNIT_ASSERT(poll_attempts(driver, socket, tried, true).is_pending());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, tried.made);
    }

    void after_another_success_the_next_attempt_is_made() {
        test_driver driver;
        io_socket socket = any_socket(driver);
        attempts tried{{1, 2, std::unexpected(blocked())}};
        CPPUNIT_ASSERT_EQUAL(1, poll_attempts(driver, socket, tried, false).value().value());
        CPPUNIT_ASSERT_EQUAL(2, poll_attempts(driver, socket, tried, false).value().value());
        CPPUNIT_ASSERT(poll_attempts(driver, socket, tried, false).is_pending());
    }

    void an_error_is_given_as_it_is() {
        test_driver driver;
        io_socket socket = any_socket(driver);
        const std::error_code reset(ECONNRESET, std::system_category());
        attempts tried{{std::unexpected(reset), 1}};
        CPPUNIT_ASSERT(poll_attempts(driver, socket, tried, true).value().error() == reset);
        CPPUNIT_ASSERT_EQUAL(1, poll_attempts(driver, socket, tried, true).value().value());
    }

    void assigning_deregisters_before_the_number_is_free() {
        test_driver driver;
        const auto registered = [&] { return driver.reactor().counters().registered_sockets; };
        io_socket first = any_socket(driver);
        io_socket second = any_socket(driver);
        const int old_number = first.number();
        const int number = second.number();
        first = std::move(second);
        CPPUNIT_ASSERT_EQUAL(number, first.number());
        CPPUNIT_ASSERT_EQUAL(-1, second.number());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, registered());
        // The number that became free is watched again, by another socket.
        io_socket third = any_socket(driver);
        CPPUNIT_ASSERT_EQUAL(old_number, third.number());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, registered());
        io_socket& same = first;
        first = std::move(same);
        CPPUNIT_ASSERT_EQUAL(number, first.number());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, registered());
    }

    void what_cannot_be_watched_is_closed() {
        test_driver driver;
        driver.reactor().shut_down();
        const std::ptrdiff_t before = open_descriptors();
        CPPUNIT_ASSERT(io_socket::watch(driver.reactor(), sys::socket(AF_INET).value()).error() ==
                       std::errc::operation_canceled);
        CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
    }

private:
    static poll<io_result<int>> poll_attempts(test_driver& driver, io_socket& socket,
                                              attempts& tried, bool is_last) {
        const waker waker = noop_waker();
        context cx(waker, driver.environment());
        return socket.poll_attempt(
            direction::read, cx, [&] { return tried.next(); },
            [is_last](const io_result<int>& /*success*/) { return is_last; });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(io_socket_test);

}  // namespace yot_run::net::internal
