#include <yot_run/sync/closable_stack.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cstddef>
#include <thread>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::sync {
namespace {

struct node {
    int number = 0;
    cell<node*> next{nullptr};
};
using stack = closable_stack<node, &node::next>;

std::vector<int> numbers(const node* first) {
    std::vector<int> result;
    for (; first != nullptr; first = first->next.get()) result.push_back(first->number);
    return result;
}

}  // namespace

class closable_stack_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(closable_stack_test);
    CPPUNIT_TEST(what_was_pushed_is_taken_once_and_youngest_first);
    CPPUNIT_TEST(a_chain_stays_in_its_order);
    CPPUNIT_TEST(closing_takes_what_is_there_and_refuses_the_rest);
    CPPUNIT_TEST(every_node_of_many_threads_is_taken_or_refused);
    CPPUNIT_TEST_SUITE_END();

public:
    void what_was_pushed_is_taken_once_and_youngest_first() {
        std::array<node, 3> nodes{{{1, {}}, {2, {}}, {3, {}}}};
        stack tested;
        CPPUNIT_ASSERT(tested.take_all() == nullptr);
        for (node& each : nodes) CPPUNIT_ASSERT(tested.push(each));
        CPPUNIT_ASSERT(numbers(tested.take_all()) == std::vector<int>({3, 2, 1}));
        CPPUNIT_ASSERT(tested.take_all() == nullptr);
    }

    void a_chain_stays_in_its_order() {
        std::array<node, 3> nodes{{{1, {}}, {2, {}}, {3, {}}}};
        stack tested;
        CPPUNIT_ASSERT(tested.push(nodes[0]));
        nodes[1].next.set(&nodes[2]);
        CPPUNIT_ASSERT(tested.push(nodes[1], nodes[2]));
        CPPUNIT_ASSERT(numbers(tested.take_all()) == std::vector<int>({2, 3, 1}));
    }

    void closing_takes_what_is_there_and_refuses_the_rest() {
        std::array<node, 2> nodes{{{1, {}}, {2, {}}}};
        stack tested;
        CPPUNIT_ASSERT(tested.push(nodes[0]));
        CPPUNIT_ASSERT(numbers(tested.close()) == std::vector<int>({1}));
        CPPUNIT_ASSERT(!tested.push(nodes[1]));
    }

    void every_node_of_many_threads_is_taken_or_refused() {
        constexpr std::size_t threads = 3;
        constexpr std::size_t nodes_each = 2000;
        std::vector<std::array<node, nodes_each>> nodes(threads);
        std::array<std::size_t, threads> refused{};
        stack tested;
        std::size_t taken = 0;
        {
            std::vector<std::jthread> pushing;
            for (std::size_t index = 0; index < threads; ++index) {
                pushing.emplace_back([&, index] {
                    for (node& each : nodes[index]) refused[index] += tested.push(each) ? 0 : 1;
                });
            }
            while (taken < nodes_each) taken += numbers(tested.take_all()).size();
            taken += numbers(tested.close()).size();
        }
        for (const std::size_t each : refused) taken += each;
        CPPUNIT_ASSERT_EQUAL(threads * nodes_each, taken);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(closable_stack_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
