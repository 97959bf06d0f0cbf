#include <yot_run/simulation/fiber.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace yot_run::simulation {
namespace {

// Deep enough to need most of a stack, and not a loop: what comes back depends on every level.
[[gnu::noinline]] std::size_t touch(std::size_t levels) {
    volatile char used[1024] = {};
    used[levels % sizeof used] = 1;
    const std::size_t below = levels == 0 ? 0 : touch(levels - 1);
    return below + std::size_t(used[levels % sizeof used]);
}

// Not inlined, so that the vector has an address, and only the fiber's stack knows its memory.
[[gnu::noinline]] void fill(std::vector<int>& numbers) { numbers.assign(1000, 7); }

}  // namespace

class fiber_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(fiber_test);
    CPPUNIT_TEST(a_switch_goes_on_where_the_other_one_stopped);
    CPPUNIT_TEST(a_fiber_that_is_never_switched_to_only_destroys_its_body);
    CPPUNIT_TEST(an_exception_stays_on_its_fiber);
    CPPUNIT_TEST(a_switch_may_stand_in_a_catch_block);
    CPPUNIT_TEST(a_switch_may_stand_in_a_destructor_that_an_exception_calls);
    CPPUNIT_TEST(many_fibers_take_turns);
    CPPUNIT_TEST(stacks_are_used_again);
    CPPUNIT_TEST(a_stack_is_as_large_as_it_says);
    CPPUNIT_TEST(what_lies_on_an_abandoned_stack_stays_there);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_switch_goes_on_where_the_other_one_stopped() {
        std::string order;
        fiber here;
        fiber other([&] {
            order += 'b';
            other.switch_to(here);
            order += 'd';
            other.leave_to(here);
        });
        order += 'a';
        here.switch_to(other);
        order += 'c';
        here.switch_to(other);
        order += 'e';
        CPPUNIT_ASSERT_EQUAL(std::string("abcde"), order);
    }

    void a_fiber_that_is_never_switched_to_only_destroys_its_body() {
        auto seen = std::make_shared<int>(0);
        { const fiber unused([seen] { *seen = 1; }); }
        CPPUNIT_ASSERT_EQUAL(0, *seen);
        CPPUNIT_ASSERT_EQUAL(1L, seen.use_count());
    }

    void an_exception_stays_on_its_fiber() {
        std::string caught;
        fiber here;
        fiber other([&] {
            try {
                throw std::runtime_error("inside");
            } catch (const std::runtime_error& error) {
                caught = error.what();
            }
            other.leave_to(here);
        });
        here.switch_to(other);
        CPPUNIT_ASSERT_EQUAL(std::string("inside"), caught);
        CPPUNIT_ASSERT(std::current_exception() == nullptr);
    }

    // Both handle one at the same time, and each ends its own: in the order in which they began, which
    // one thread could not do.
    void a_switch_may_stand_in_a_catch_block() {
        std::string seen;
        fiber here;
        fiber other([&] {
            try {
                throw std::runtime_error("other");
            } catch (...) {
                other.switch_to(here);
                try {
                    throw;
                } catch (const std::runtime_error& again) {
                    seen += again.what();
                }
            }
            other.leave_to(here);
        });
        try {
            throw std::logic_error("here");
        } catch (const std::logic_error&) {
            here.switch_to(other);
            try {
                throw;
            } catch (const std::logic_error& again) {
                seen += again.what();
            }
        }
        CPPUNIT_ASSERT(std::current_exception() == nullptr);
        here.switch_to(other);
        CPPUNIT_ASSERT_EQUAL(std::string("hereother"), seen);
    }

    void a_switch_may_stand_in_a_destructor_that_an_exception_calls() {
        fiber here;
        int seen_outside = -1;
        int seen_inside = -1;
        struct switching {
            fiber& from;
            fiber& to;
            int& seen;
            ~switching() {
                from.switch_to(to);
                seen = std::uncaught_exceptions();
            }
        };
        fiber other([&] {
            try {
                const switching last{other, here, seen_inside};
                throw 1;
            } catch (int) {
            }
            other.leave_to(here);
        });
        here.switch_to(other);
        seen_outside = std::uncaught_exceptions();
        here.switch_to(other);
        CPPUNIT_ASSERT_EQUAL(0, seen_outside);
        CPPUNIT_ASSERT_EQUAL(1, seen_inside);
        CPPUNIT_ASSERT_EQUAL(0, std::uncaught_exceptions());
    }

    void many_fibers_take_turns() {
        constexpr std::size_t count = 300;
        constexpr int rounds = 20;
        fiber here;
        std::vector<std::unique_ptr<fiber>> all;
        std::vector<int> turns(count);
        for (std::size_t i = 0; i < count; ++i) {
            all.push_back(std::make_unique<fiber>([&, i] {
                for (int round = 0; round < rounds; ++round) {
                    ++turns[i];
                    all[i]->switch_to(i + 1 < count ? *all[i + 1] : here);
                }
                all[i]->leave_to(i + 1 < count ? *all[i + 1] : here);
            }));
        }
        for (int round = 0; round <= rounds; ++round) here.switch_to(*all.front());
        CPPUNIT_ASSERT(turns == std::vector<int>(count, rounds));
    }

    void stacks_are_used_again() {
        fiber here;
        std::uintptr_t first = 0;
        for (int i = 0; i < 2000; ++i) {
            std::uintptr_t stack = 0;
            fiber other([&] {
                stack = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
                other.leave_to(here);
            });
            here.switch_to(other);
            if (i == 0) first = stack;
            CPPUNIT_ASSERT_EQUAL(first, stack);
        }
    }

    void a_stack_is_as_large_as_it_says() {
        // A sanitizer's frames are some times as large.
        constexpr std::size_t levels = fiber::stack_size / 1024 / 4;
        fiber here;
        std::size_t touched = 0;
        fiber other([&] {
            touched = touch(levels);
            other.leave_to(here);
        });
        here.switch_to(other);
        CPPUNIT_ASSERT_EQUAL(levels + 1, touched);
    }

    void what_lies_on_an_abandoned_stack_stays_there() {
        fiber here;
        int* inside = nullptr;
        auto seen = std::make_shared<int>(0);
        // Lives for ever, as the threads of a program that has failed do.
        static std::unique_ptr<fiber> left;
        left = std::make_unique<fiber>([&, seen] {
            const std::shared_ptr<int> kept = seen;
            std::vector<int> numbers;
            fill(numbers);  // LeakSanitizer must find it.
            inside = &numbers.back();
            left->switch_to(here);
        });
        here.switch_to(*left);
        left->abandon();
        // Others do not get its stack.
        for (int i = 0; i < 10; ++i) {
            fiber other([&] {
                touch(10);
                other.leave_to(here);
            });
            here.switch_to(other);
        }
        CPPUNIT_ASSERT_EQUAL(7, *inside);
        CPPUNIT_ASSERT_EQUAL(3L, seen.use_count());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(fiber_test);

}  // namespace yot_run::simulation
