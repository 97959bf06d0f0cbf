#include <yot_run/task/frame_pool.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace yot_run::inline YOT_RUN_WORLD::internal {
namespace {

using block = frame_pool::block;

// A pool, whether blocks are recycled by default or not.
class pool_here {
public:
    frame_pool* operator->() { return &owner_.pool(); }

private:
    frame_pool::owner owner_;
};

template <class Body>
void on_another_thread(Body body) {
    std::thread(body).join();
}

}  // namespace

class frame_pool_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(frame_pool_test);
    CPPUNIT_TEST(blocks_are_aligned_and_apart);
    CPPUNIT_TEST(the_youngest_block_of_a_size_comes_back_first);
    CPPUNIT_TEST(sizes_do_not_mix);
    CPPUNIT_TEST(large_blocks_are_of_operator_new);
    CPPUNIT_TEST(a_block_freed_on_a_thread_without_a_pool_comes_back);
    CPPUNIT_TEST(blocks_of_another_pool_go_home_together);
    CPPUNIT_TEST(blocks_may_outlive_the_owner);
    CPPUNIT_TEST(blocks_on_their_way_may_outlive_the_owner);
    CPPUNIT_TEST(a_thread_gets_a_pool_of_its_own_when_it_makes_a_task);
    CPPUNIT_TEST(many_threads_free_what_one_makes);
    CPPUNIT_TEST_SUITE_END();

public:
    void blocks_are_aligned_and_apart() {
        pool_here pool;
        std::vector<block> blocks;
        for (std::size_t size = 1; size <= frame_pool::largest_block; size += 7) {
            blocks.push_back(pool->take(size));
            const auto address = reinterpret_cast<std::uintptr_t>(blocks.back().memory);
            CPPUNIT_ASSERT_EQUAL(std::uintptr_t{0}, address % frame_pool::granule);
            std::memset(blocks.back().memory, int(blocks.size() & 0xFF), size);
        }
        std::size_t size = 1;
        for (std::size_t index = 0; index < blocks.size(); ++index, size += 7) {
            const auto* const bytes = static_cast<const unsigned char*>(blocks[index].memory);
            for (std::size_t at = 0; at < size; ++at)
                CPPUNIT_ASSERT_EQUAL(unsigned((index + 1) & 0xFF), unsigned(bytes[at]));
        }
        for (const block& each : blocks) pool->put(each);
    }

    void the_youngest_block_of_a_size_comes_back_first() {
        pool_here pool;
        const block first = pool->take(100);
        const block second = pool->take(100);
        pool->put(first);
        pool->put(second);
        CPPUNIT_ASSERT(pool->take(100).memory == second.memory);
        CPPUNIT_ASSERT(pool->take(97).memory == first.memory);
        pool->put(first);
        pool->put(second);
    }

    void sizes_do_not_mix() {
        pool_here pool;
        const block small = pool->take(16);
        pool->put(small);
        const block large = pool->take(17);
        CPPUNIT_ASSERT(large.memory != small.memory);
        pool->put(large);
    }

    void large_blocks_are_of_operator_new() {
        pool_here pool;
        const block large = pool->take(frame_pool::largest_block + 1);
        CPPUNIT_ASSERT_EQUAL(0U, unsigned(large.size_class));
        std::memset(large.memory, 1, frame_pool::largest_block + 1);
        pool->put(large);
    }

    void a_block_freed_on_a_thread_without_a_pool_comes_back() {
        pool_here pool;
        const block freed = pool->take(100);
        on_another_thread([freed] { frame_pool::free(freed); });
        CPPUNIT_ASSERT(pool->take(100).memory == freed.memory);
        pool->put(freed);
    }

    void blocks_of_another_pool_go_home_together() {
        pool_here pool;
        std::vector<block> blocks;
        std::set<void*> addresses;
        for (int i = 0; i < 100; ++i) {
            blocks.push_back(pool->take(100));
            addresses.insert(blocks.back().memory);
        }
        on_another_thread([&] {
            pool_here other;
            for (const block& each : blocks) other->put(each);
            other->return_foreign();
        });
        for (block& each : blocks) {
            each = pool->take(100);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, addresses.erase(each.memory));
        }
        for (const block& each : blocks) pool->put(each);
    }

    void blocks_may_outlive_the_owner() {
        std::vector<block> blocks;
        on_another_thread([&] {
            pool_here pool;
            for (int i = 0; i < 3; ++i) blocks.push_back(pool->take(100));
        });
        for (const block& each : blocks) {
            std::memset(each.memory, 1, 100);
            frame_pool::free(each);
        }
    }

    void blocks_on_their_way_may_outlive_the_owner() {
        pool_here here;
        std::vector<block> blocks;
        on_another_thread([&] {
            pool_here pool;
            for (int i = 0; i < 3; ++i) blocks.push_back(pool->take(100));
            here->put(blocks[0]);
        });
        here->put(blocks[1]);
        here->return_foreign();
        frame_pool::free(blocks[2]);
    }

    void a_thread_gets_a_pool_of_its_own_when_it_makes_a_task() {
        block outlives{};
        void* first = nullptr;
        void* again = nullptr;
        on_another_thread([&] {
            outlives = frame_pool::allocate(100);
            const block made = frame_pool::allocate(100);
            first = made.memory;
            frame_pool::free(made);
            const block next = frame_pool::allocate(100);
            again = next.memory;
            frame_pool::free(next);
        });
        // Elsewhere the memory is watched for uses after its end, and not used again so soon.
        if (sync::recycles_memory) CPPUNIT_ASSERT(first == again);
        CPPUNIT_ASSERT_EQUAL(sync::recycles_memory, outlives.size_class != 0);
        frame_pool::free(outlives);
    }

    void many_threads_free_what_one_makes() {
        constexpr std::size_t threads = 3;
        std::array<std::vector<block>, threads> blocks;
        {
            std::optional<pool_here> pool(std::in_place);
            for (int round = 0; round < 3; ++round) {
                for (auto& each : blocks)
                    for (std::size_t i = 0; i < 200; ++i) each.push_back((*pool)->take(16 * i + 1));
                std::vector<std::jthread> freeing;
                for (auto& each : blocks) {
                    freeing.emplace_back([&each] {
                        pool_here own;
                        for (const block& one : each) own->put(one);
                        each.clear();
                    });
                }
                // The last round ends while the owner goes.
                if (round == 2) pool.reset();
            }
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(frame_pool_test);

}  // namespace yot_run::inline YOT_RUN_WORLD::internal
