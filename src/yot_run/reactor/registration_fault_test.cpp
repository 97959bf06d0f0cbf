#include <yot_run/reactor/registration.hpp>

#include <yot_run/reactor/hand_polled.hpp>
#include <yot_run/reactor/reactor.hpp>
#include <yot_run/reactor/socket_pair.hpp>
#include <yot_run/sys/faulted.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <malloc.h>

#include <cerrno>

namespace yot_run::inline YOT_RUN_WORLD::internal {

namespace fault_plan = sys::fault_plan;
using sys::call;

class registration_fault_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(registration_fault_test);
    CPPUNIT_TEST(a_registration_that_failed_leaves_its_slot_to_the_next);
    CPPUNIT_TEST(failing_for_ever_takes_no_memory);
    CPPUNIT_TEST(a_kernel_that_cannot_forget_does_no_harm);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override {
        fault_plan::clear();
        reactor_ = reactor::create().value();
    }
    void tearDown() override {
        fault_plan::clear();
        reactor_ = {};
    }

    void a_registration_that_failed_leaves_its_slot_to_the_next() {
        const socket_pair pair = socket_pair::make();
        fault_plan::fail(call::epoll_add, ENOSPC, 1, 3);
        for (int i = 0; i < 3; ++i) {
            CPPUNIT_ASSERT(registration::add(*reactor_, pair.left.get()).error() ==
                           std::errc::no_space_on_device);
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, reactor_->counters().registered_sockets);
        }
        const registration added = registration::add(*reactor_, pair.left.get()).value();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, reactor_->counters().registered_sockets);
    }

    void failing_for_ever_takes_no_memory() {
        fault_plan::fail(call::epoll_add, ENOSPC, 1, fault_plan::for_ever);
        const std::size_t before = bytes_in_use();
        for (int i = 0; i < 20'000; ++i) CPPUNIT_ASSERT(!registration::add(*reactor_, 0));
        CPPUNIT_ASSERT(bytes_in_use() < before + 100'000);  // 20,000 slots are more than a million.
    }

    // Its events go on under the old token, which finds nobody.
    void a_kernel_that_cannot_forget_does_no_harm() {
        hand_polled reader;
        const socket_pair pair = socket_pair::make();
        const socket_pair other = socket_pair::make();
        fault_plan::fail(call::epoll_delete, ENOENT);
        {
            const registration forgotten = registration::add(*reactor_, pair.left.get()).value();
        }
        registration next = registration::add(*reactor_, other.left.get()).value();
        static_cast<void>(reactor_->turn(sys::duration::zero()).value());
        reader.wait_for(next, direction::read);
        write_byte(pair.right);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, reactor_->turn(sys::duration::zero()).value().events);
        CPPUNIT_ASSERT_EQUAL(0, reader.probe.wakes());
        CPPUNIT_ASSERT(!reader.is_ready(next, direction::read));
    }

private:
    // Nothing under the sanitizers, which have an allocator of their own.
    static std::size_t bytes_in_use() {
        const auto info = ::mallinfo2();
        return info.uordblks + info.hblkhd;
    }

    sync::reference<reactor> reactor_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(registration_fault_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
