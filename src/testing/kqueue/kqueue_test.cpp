// The kqueue of the tests, held against what kqueue(2) of FreeBSD says of its own.
#include <testing/kqueue/kqueue_file.hpp>

#include <yot_run/simulation/kernel/loopback.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <ctime>
#include <limits>
#include <optional>
#include <stdexcept>
#include <vector>

namespace yot_run::sys_simulated {
namespace {

using change_list = std::vector<struct ::kevent>;

struct ::kevent change(int ident, short filter, unsigned short flags, unsigned fflags = 0,
                       std::int64_t data = 0) {
    struct ::kevent result{};
    EV_SET(&result, static_cast<std::uintptr_t>(ident), filter, flags, fflags, data, nullptr);
    return result;
}

}  // namespace

class kqueue_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(kqueue_test);
    CPPUNIT_TEST(the_layout_is_that_of_freebsd);
    CPPUNIT_TEST(a_filter_is_asked_when_it_is_added);
    CPPUNIT_TEST(without_clear_an_event_is_reported_while_it_is_true);
    CPPUNIT_TEST(with_clear_an_event_is_reported_once_for_each_signal);
    CPPUNIT_TEST(what_is_true_no_longer_is_dropped);
    CPPUNIT_TEST(events_of_one_filter_are_one);
    CPPUNIT_TEST(data_is_how_much_can_be_read_or_written);
    CPPUNIT_TEST(a_listener_tells_how_many_wait_and_never_of_room);
    CPPUNIT_TEST(an_unconnected_socket_reports_nothing);
    CPPUNIT_TEST(the_end_is_a_flag_and_comes_before_the_data_is_read);
    CPPUNIT_TEST(a_reset_is_an_end_with_its_error_either_way);
    CPPUNIT_TEST(adding_again_changes_the_pointer_and_makes_no_second);
    CPPUNIT_TEST(what_is_deleted_is_silent);
    CPPUNIT_TEST(closing_the_number_deletes_its_events);
    CPPUNIT_TEST(a_kqueue_may_end_before_what_it_watches);
    CPPUNIT_TEST(two_queues_are_both_told);
    CPPUNIT_TEST(a_user_event_comes_when_it_is_triggered);
    CPPUNIT_TEST(a_trigger_with_clear_takes_itself_back);
    CPPUNIT_TEST(errors_of_changes_are_reported_in_the_list_if_there_is_room);
    CPPUNIT_TEST(a_receipt_comes_for_each_change_that_asks_for_it);
    CPPUNIT_TEST(changes_are_made_before_events_are_taken);
    CPPUNIT_TEST(what_finds_no_place_comes_first_next_time);
    CPPUNIT_TEST(a_wait_ends_at_its_timeout);
    CPPUNIT_TEST(near_the_end_of_time_a_wait_still_ends);
    CPPUNIT_TEST(misuse_is_an_error);
    CPPUNIT_TEST(what_is_not_simulated_is_refused);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override {
        kernel_.emplace();
        current_.emplace(*kernel_);
        queue_.reset(::kqueue());
        made_ = connected();
    }
    void tearDown() override {
        made_ = {};
        queue_.reset();
        current_.reset();
        kernel_.reset();
    }

    void the_layout_is_that_of_freebsd() {
        using event = struct ::kevent;
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, sizeof(event));
        CPPUNIT_ASSERT_EQUAL(std::size_t{8}, offsetof(event, filter));
        CPPUNIT_ASSERT_EQUAL(std::size_t{10}, offsetof(event, flags));
        CPPUNIT_ASSERT_EQUAL(std::size_t{12}, offsetof(event, fflags));
        CPPUNIT_ASSERT_EQUAL(std::size_t{16}, offsetof(event, data));
        CPPUNIT_ASSERT_EQUAL(std::size_t{24}, offsetof(event, udata));
    }

    void a_filter_is_asked_when_it_is_added() {
        receive("x");
        add(EVFILT_READ);
        add(EVFILT_WRITE);
        const change_list seen = events();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, seen.size());
        CPPUNIT_ASSERT_EQUAL(short{EVFILT_READ}, seen[0].filter);
        CPPUNIT_ASSERT_EQUAL(short{EVFILT_WRITE}, seen[1].filter);
    }

    void without_clear_an_event_is_reported_while_it_is_true() {
        add(EVFILT_READ);
        CPPUNIT_ASSERT(events().empty());
        receive("x");
        for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events().size());
        static_cast<void>(received(made_.server));
        CPPUNIT_ASSERT(events().empty());
    }

    void with_clear_an_event_is_reported_once_for_each_signal() {
        add(EVFILT_READ, EV_CLEAR);
        for (std::int64_t bytes_there = 1; bytes_there <= 3; ++bytes_there) {
            receive("x");
            CPPUNIT_ASSERT_EQUAL(bytes_there, only_event().data);
            CPPUNIT_ASSERT(events().empty());
        }
    }

    void what_is_true_no_longer_is_dropped() {
        add(EVFILT_READ, EV_CLEAR);
        receive("x");
        static_cast<void>(received(made_.server));
        CPPUNIT_ASSERT(events().empty());
    }

    void events_of_one_filter_are_one() {
        add(EVFILT_READ, EV_CLEAR);
        receive("x");
        receive("yz");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, only_event().data);
    }

    void data_is_how_much_can_be_read_or_written() {
        add(EVFILT_WRITE, EV_CLEAR);
        const std::int64_t room = only_event().data;
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{
                sys_simulated::getsockopt(made_.server.get(), socket_option::send_buffer).value()},
            room);
        static_cast<void>(fill(made_.server));
        CPPUNIT_ASSERT(events().empty());
        while (!received(made_.client).empty() && events().empty()) continue;
        add(EVFILT_WRITE);
        CPPUNIT_ASSERT(only_event().data > 0);
    }

    void a_listener_tells_how_many_wait_and_never_of_room() {
        const descriptor listening = listener();
        make({change(listening.get(), EVFILT_READ, EV_ADD | EV_CLEAR),
              change(listening.get(), EVFILT_WRITE, EV_ADD | EV_CLEAR)});
        CPPUNIT_ASSERT(events().empty());
        const descriptor first = connecting_to(listening);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, only_event().data);
        const descriptor second = connecting_to(listening);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, only_event().data);
    }

    void an_unconnected_socket_reports_nothing() {
        const descriptor listening = listener();
        const descriptor made = socket(AF_INET).value();
        make({change(made.get(), EVFILT_READ, EV_ADD | EV_CLEAR),
              change(made.get(), EVFILT_WRITE, EV_ADD | EV_CLEAR)});
        CPPUNIT_ASSERT(events().empty());
        static_cast<void>(
            sys_simulated::connect(made.get(), getsockname(listening.get()).value()).error());
        CPPUNIT_ASSERT_EQUAL(short{EVFILT_WRITE}, only_event().filter);
    }

    void the_end_is_a_flag_and_comes_before_the_data_is_read() {
        add(EVFILT_READ, EV_CLEAR);
        receive("xy");
        sys_simulated::shutdown(made_.client.get(), shutdown_side::write).value();
        const struct ::kevent seen = only_event();
        CPPUNIT_ASSERT((seen.flags & EV_EOF) != 0);
        CPPUNIT_ASSERT_EQUAL(0U, seen.fflags);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, seen.data);
        CPPUNIT_ASSERT(events().empty());
        add(EVFILT_WRITE);
        CPPUNIT_ASSERT((only_event().flags & EV_EOF) == 0);
    }

    void a_reset_is_an_end_with_its_error_either_way() {
        add(EVFILT_READ, EV_CLEAR);
        add(EVFILT_WRITE, EV_CLEAR);
        static_cast<void>(events());
        set_linger(made_.client.get(), std::chrono::seconds(0)).value();
        made_.client.reset();
        const change_list seen = events();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, seen.size());
        for (const auto& each : seen) {
            CPPUNIT_ASSERT((each.flags & EV_EOF) != 0);
            CPPUNIT_ASSERT_EQUAL(unsigned{ECONNRESET}, each.fflags);
        }
        // It was only looked at.
        CPPUNIT_ASSERT(take_socket_error(made_.server.get()).error() ==
                       std::errc::connection_reset);
        add(EVFILT_READ, EV_CLEAR);
        const struct ::kevent later = only_event();
        CPPUNIT_ASSERT((later.flags & EV_EOF) != 0);
        CPPUNIT_ASSERT_EQUAL(0U, later.fflags);
    }

    void adding_again_changes_the_pointer_and_makes_no_second() {
        add(EVFILT_READ, EV_CLEAR);
        struct ::kevent again = change(made_.server.get(), EVFILT_READ, EV_ADD | EV_CLEAR);
        again.udata = this;
        make({again});
        receive("x");
        CPPUNIT_ASSERT(only_event().udata == this);
    }

    void what_is_deleted_is_silent() {
        add(EVFILT_READ, EV_CLEAR);
        receive("x");
        make({change(made_.server.get(), EVFILT_READ, EV_DELETE)});
        receive("y");
        CPPUNIT_ASSERT(events().empty());
        CPPUNIT_ASSERT_EQUAL(ENOENT,
                             error_of_change(change(made_.server.get(), EVFILT_READ, EV_DELETE)));
    }

    void closing_the_number_deletes_its_events() {
        add(EVFILT_READ, EV_CLEAR);
        add(EVFILT_WRITE, EV_CLEAR);
        receive("x");
        const int number = made_.server.get();
        const descriptor second(kernel_->duplicate(number).value());
        made_.server.reset();
        receive("y");
        CPPUNIT_ASSERT(events().empty());
        CPPUNIT_ASSERT_EQUAL(EBADF, error_of_change(change(number, EVFILT_READ, EV_DELETE)));
        // The number is another file's now, and has no events.
        CPPUNIT_ASSERT_EQUAL(number, kernel_->duplicate(second.get()).value());
        CPPUNIT_ASSERT_EQUAL(ENOENT, error_of_change(change(number, EVFILT_READ, EV_DELETE)));
    }

    void a_kqueue_may_end_before_what_it_watches() {
        add(EVFILT_READ);
        queue_.reset();
        receive("x");
        CPPUNIT_ASSERT(received(made_.server) == "x");
    }

    void two_queues_are_both_told() {
        const descriptor other(::kqueue());
        add(EVFILT_READ, EV_CLEAR);
        const struct ::kevent also = change(made_.server.get(), EVFILT_READ, EV_ADD | EV_CLEAR);
        CPPUNIT_ASSERT_EQUAL(0, ::kevent(other.get(), &also, 1, nullptr, 0, nullptr));
        receive("x");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events().size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events(8, other.get()).size());
    }

    void a_user_event_comes_when_it_is_triggered() {
        make({change(5, EVFILT_USER, EV_ADD | EV_CLEAR)});
        CPPUNIT_ASSERT(events().empty());
        for (int i = 0; i < 2; ++i) {
            make(
                {change(5, EVFILT_USER, 0, NOTE_TRIGGER), change(5, EVFILT_USER, 0, NOTE_TRIGGER)});
            CPPUNIT_ASSERT_EQUAL(std::uintptr_t{5}, only_event().ident);
            CPPUNIT_ASSERT(events().empty());
        }
        make({change(6, EVFILT_USER, EV_ADD)});  // Without EV_CLEAR it stays triggered.
        make({change(6, EVFILT_USER, 0, NOTE_TRIGGER)});
        for (int i = 0; i < 2; ++i) CPPUNIT_ASSERT_EQUAL(std::uintptr_t{6}, only_event().ident);
    }

    void a_trigger_with_clear_takes_itself_back() {
        make({change(5, EVFILT_USER, EV_ADD | EV_CLEAR)});
        make({change(5, EVFILT_USER, EV_CLEAR, NOTE_TRIGGER)});
        CPPUNIT_ASSERT(events().empty());
    }

    void errors_of_changes_are_reported_in_the_list_if_there_is_room() {
        const change_list changes{change(5, EVFILT_USER, EV_DELETE),
                                  change(5, EVFILT_USER, EV_ADD)};
        change_list seen(2);
        CPPUNIT_ASSERT_EQUAL(1, ::kevent(queue_.get(), changes.data(), 2, seen.data(), 2, nullptr));
        CPPUNIT_ASSERT_EQUAL(EV_ERROR, static_cast<int>(seen[0].flags));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{ENOENT}, seen[0].data);
        make({change(5, EVFILT_USER, EV_DELETE)});  // The second one was made.
        // Without room the first error ends the call.
        CPPUNIT_ASSERT_EQUAL(ENOENT, error_of_change(changes[0]));
    }

    void a_receipt_comes_for_each_change_that_asks_for_it() {
        change_list both{change(made_.server.get(), EVFILT_WRITE, EV_ADD | EV_RECEIPT),
                         change(5, EVFILT_USER, EV_DELETE | EV_RECEIPT)};
        CPPUNIT_ASSERT_EQUAL(2, ::kevent(queue_.get(), both.data(), 2, both.data(), 2, nullptr));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, both[0].data);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{ENOENT}, both[1].data);
        // The event is still there.
        CPPUNIT_ASSERT_EQUAL(short{EVFILT_WRITE}, only_event().filter);
    }

    void changes_are_made_before_events_are_taken() {
        const struct ::kevent wanted = change(made_.server.get(), EVFILT_WRITE, EV_ADD);
        change_list seen(2);
        CPPUNIT_ASSERT_EQUAL(1, ::kevent(queue_.get(), &wanted, 1, seen.data(), 2, nullptr));
        CPPUNIT_ASSERT_EQUAL(short{EVFILT_WRITE}, seen[0].filter);
    }

    void what_finds_no_place_comes_first_next_time() {
        for (int ident = 1; ident <= 3; ++ident)
            make({change(ident, EVFILT_USER, EV_ADD | EV_CLEAR, NOTE_TRIGGER)});
        CPPUNIT_ASSERT_EQUAL(std::uintptr_t{1}, events(1)[0].ident);
        make({change(1, EVFILT_USER, 0, NOTE_TRIGGER)});
        const change_list rest = events();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, rest.size());
        CPPUNIT_ASSERT_EQUAL(std::uintptr_t{2}, rest[0].ident);
        CPPUNIT_ASSERT_EQUAL(std::uintptr_t{1}, rest[2].ident);
    }

    void a_wait_ends_at_its_timeout() {
        const time_point begin = kernel_->now();
        const timespec timeout{.tv_sec = 1, .tv_nsec = 5};
        struct ::kevent seen{};
        CPPUNIT_ASSERT_EQUAL(0, ::kevent(queue_.get(), nullptr, 0, &seen, 1, &timeout));
        CPPUNIT_ASSERT(kernel_->now() - begin == std::chrono::nanoseconds(1'000'000'005));
        CPPUNIT_ASSERT_THROW(::kevent(queue_.get(), nullptr, 0, &seen, 1, nullptr),
                             std::logic_error);
    }

    void near_the_end_of_time_a_wait_still_ends() {
        using std::chrono::nanoseconds;
        kernel_->advance_to(time_point::max() - nanoseconds(10));
        CPPUNIT_ASSERT(events().empty());
        struct ::kevent seen{};
        timespec timeout{.tv_sec = 0, .tv_nsec = 10};
        CPPUNIT_ASSERT_EQUAL(0, ::kevent(queue_.get(), nullptr, 0, &seen, 1, &timeout));
        CPPUNIT_ASSERT(kernel_->now() == time_point::max());
        timeout = {.tv_sec = std::numeric_limits<std::time_t>::max(), .tv_nsec = 999'999'999};
        CPPUNIT_ASSERT_THROW(::kevent(queue_.get(), nullptr, 0, &seen, 1, &timeout),
                             std::logic_error);
    }

    void misuse_is_an_error() {
        CPPUNIT_ASSERT_EQUAL(EBADF, error_of_change(change(-1, EVFILT_READ, EV_ADD)));
        CPPUNIT_ASSERT_EQUAL(EBADF, error_of_change(change(99, EVFILT_WRITE, EV_ADD)));
        CPPUNIT_ASSERT_EQUAL(ENOENT, error_of_change(change(1, EVFILT_USER, 0, NOTE_TRIGGER)));
        struct ::kevent seen{};
        const timespec no_time{.tv_sec = 0, .tv_nsec = 1'000'000'000};
        CPPUNIT_ASSERT_EQUAL(-1, ::kevent(queue_.get(), nullptr, 0, &seen, 1, &no_time));
        CPPUNIT_ASSERT_EQUAL(EINVAL, errno);
        for (const int number : {-1, 99, made_.server.get()}) {
            CPPUNIT_ASSERT_EQUAL(-1, ::kevent(number, nullptr, 0, &seen, 1, nullptr));
            CPPUNIT_ASSERT_EQUAL(EBADF, errno);
        }
    }

    void what_is_not_simulated_is_refused() {
        const int number = made_.server.get();
        const descriptor event = event_create().value();
        for (const auto& wanted :
             {change(number, EVFILT_READ, EV_ADD | EV_ONESHOT), change(number, -7, EV_ADD),
              change(number, EVFILT_READ, EV_ADD, NOTE_LOWAT, 10),
              change(event.get(), EVFILT_READ, EV_ADD), change(queue_.get(), EVFILT_READ, EV_ADD)})
            CPPUNIT_ASSERT_THROW(static_cast<void>(error_of_change(wanted)), std::logic_error);
        struct ::kevent receipt = change(number, EVFILT_READ, EV_ADD | EV_RECEIPT);
        CPPUNIT_ASSERT_THROW(static_cast<void>(error_of_change(receipt)), std::logic_error);
    }

private:
    // The errno of a change, without a list for it.
    [[nodiscard]] int error_of_change(const struct ::kevent& wanted) const {
        return ::kevent(queue_.get(), &wanted, 1, nullptr, 0, nullptr) == 0 ? 0 : errno;
    }
    void make(const change_list& changes) const {
        for (const auto& each : changes) CPPUNIT_ASSERT_EQUAL(0, error_of_change(each));
    }
    // Of the server's end.
    void add(short filter, unsigned short flags = 0) const {
        make({change(made_.server.get(), filter, static_cast<unsigned short>(EV_ADD | flags))});
    }
    void receive(std::string_view text) const {
        static_cast<void>(send(made_.client.get(), bytes(text)).value());
    }
    [[nodiscard]] change_list events(std::size_t most = 8, int of = -1) const {
        change_list seen(most);
        const timespec no_time{};
        const int count = ::kevent(of < 0 ? queue_.get() : of, nullptr, 0, seen.data(),
                                   static_cast<int>(most), &no_time);
        CPPUNIT_ASSERT(count >= 0);
        seen.resize(static_cast<std::size_t>(count));
        return seen;
    }
    [[nodiscard]] struct ::kevent only_event() const {
        const change_list seen = events();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, seen.size());
        return seen[0];
    }

    std::optional<machine> kernel_;
    std::optional<machine::scope> current_;
    descriptor queue_;
    connection made_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(kqueue_test);

}  // namespace yot_run::sys_simulated
