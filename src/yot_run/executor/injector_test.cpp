#include <yot_run/executor/injector.hpp>

#include <yot_run/executor/test_doubles.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

struct node {
    sync::cell<node*> next{nullptr};
    unsigned producer = 0;
    int number = 0;
    test::tally taken;
};

std::vector<int> numbers_of(const node* batch) {
    std::vector<int> numbers;
    for (; batch != nullptr; batch = batch->next.get()) numbers.push_back(batch->number);
    return numbers;
}

}  // namespace

class injector_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(injector_test);
    CPPUNIT_TEST(an_empty_one_gives_nothing);
    CPPUNIT_TEST(a_batch_is_everything_in_the_order_in_which_it_came);
    CPPUNIT_TEST(a_node_may_come_again_after_it_was_taken);
    CPPUNIT_TEST(each_node_is_taken_once_and_in_its_producers_order);
    CPPUNIT_TEST_SUITE_END();

public:
    void an_empty_one_gives_nothing() {
        injector<node> from;
        CPPUNIT_ASSERT(from.looks_empty());
        CPPUNIT_ASSERT(from.take_all() == nullptr);
    }

    void a_batch_is_everything_in_the_order_in_which_it_came() {
        injector<node> from;
        std::vector<node> nodes(4);
        for (std::size_t index = 0; index < 4; ++index) {
            nodes[index].number = int(index);
            from.push(nodes[index]);
            CPPUNIT_ASSERT(!from.looks_empty());
        }
        CPPUNIT_ASSERT((numbers_of(from.take_all()) == std::vector<int>{0, 1, 2, 3}));
        CPPUNIT_ASSERT(from.looks_empty());
        CPPUNIT_ASSERT(from.take_all() == nullptr);
    }

    void a_node_may_come_again_after_it_was_taken() {
        injector<node> from;
        node first;
        node second;
        second.number = 1;
        from.push(first);
        CPPUNIT_ASSERT((numbers_of(from.take_all()) == std::vector<int>{0}));
        from.push(second);
        from.push(first);
        CPPUNIT_ASSERT((numbers_of(from.take_all()) == std::vector<int>{1, 0}));
    }

    void each_node_is_taken_once_and_in_its_producers_order() {
        constexpr unsigned producers = 3;
        constexpr unsigned takers = 2;
        constexpr int each = 20'000;
        injector<node> shared;
        const auto nodes = std::make_unique<node[]>(producers * each);
        test::tally taken;
        test::tally disordered;
        std::vector<sync::thread> threads;
        for (unsigned producer = 0; producer < producers; ++producer) {
            threads.emplace_back("producer-" + std::to_string(producer), [&, producer] {
                for (int number = 0; number < each; ++number) {
                    node& one = nodes[producer * each + unsigned(number)];
                    one.producer = producer;
                    one.number = number;
                    shared.push(one);
                }
            });
        }
        for (unsigned taker = 0; taker < takers; ++taker) {
            threads.emplace_back("taker-" + std::to_string(taker), [&] {
                std::vector<int> last(producers, -1);
                while (taken.get() < int(producers) * each) {
                    node* batch = shared.take_all();
                    while (batch != nullptr) {
                        // Read first, as a worker does: whoever runs a task may free it.
                        node* const after = batch->next.get();
                        if (batch->number <= last[batch->producer]) disordered.add();
                        last[batch->producer] = batch->number;
                        batch->taken.add();
                        taken.add();
                        batch = after;
                    }
                }
            });
        }
        for (sync::thread& thread : threads) thread.join();
        CPPUNIT_ASSERT_EQUAL(0, disordered.get());
        CPPUNIT_ASSERT(shared.looks_empty());
        for (unsigned index = 0; index < producers * each; ++index)
            CPPUNIT_ASSERT_EQUAL(1, nodes[index].taken.get());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(injector_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
