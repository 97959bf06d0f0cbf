// model/frame_pool.cpp: task/frame_pool.hpp: blocks go home from other threads, and the pool ends.
//
// Promises:
//   a block is one user's at a time, and knows what its last user did to it; blocks that come back
//   while the owner takes others are neither lost nor given twice;
//   the pool is deleted once, when the owner has gone and the last block is back, and by whoever that
//   is; a block may be on its way, in the hands of another pool, when its own pool's owner goes.
// Bounds: an owner and one or two threads that free a block each, with or without a pool of theirs.
// Not covered: several sizes, many blocks (frame_pool_test.cpp).
#include <model/harness.hpp>
#include <yot_run/executor/parker.hpp>
#include <yot_run/task/frame_pool.hpp>

#include <new>

namespace {

namespace sync = yot_run::sync;
using model::check;
using yot_run::internal::frame_pool;
using yot_run::internal::parker;

struct user {
    sync::cell<int> mine{0};
};

// Thread 0 takes blocks from its pool and leaves them to others, takes another one, and goes.
template <unsigned Others, bool WithPools>
class freed_elsewhere : public model::test {
    void thread(unsigned index) override {
        if (index > 0) {
            handed_over_[index - 1].park();
            return use_and_free(blocks_[index - 1]);
        }
        frame_pool::owner owner;
        for (unsigned other = 0; other < Others; ++other) {
            blocks_[other] = owner.pool().take(sizeof(user));
            ::new (blocks_[other].memory) user;
            handed_over_[other].unpark();
        }
        const frame_pool::block another = owner.pool().take(sizeof(user));
        auto* const used = ::new (another.memory) user;
        used->mine.set(1);
        used->~user();
        owner.pool().put(another);
    }
    static void use_and_free(frame_pool::block freed) {
        auto* const used = static_cast<user*>(freed.memory);
        used->mine.set(2);
        used->~user();
        if (WithPools) {
            frame_pool::owner own;
            own.pool().put(freed);
        } else {
            frame_pool::free(freed);
        }
    }

    frame_pool::block blocks_[Others];
    parker handed_over_[Others];
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(
        argc, argv,
        {
            scenario::of<freed_elsewhere<1, false>>("one_block", {.tree = 100'000}),
            scenario::of<freed_elsewhere<1, true>>("to_another_pool", {.tree = 100'000}),
            scenario::of<freed_elsewhere<2, false>>("two_blocks", {.threads = 3}),
            scenario::of<freed_elsewhere<2, true>>("to_two_pools", {.threads = 3}),
        });
}
