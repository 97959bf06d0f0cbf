// model/deferred_count.cpp: sync/deferred_count.hpp: whoever is last knows it, and nobody else.
//
// Promise: leave() or settle() answers true once, after every access of all the others (C1, C2),
// whoever is last: the owner that settles, or another thread.
// Bounds: an owner and one or two others; each other has one thing of its own and one of the owner's.
// Not covered: overflow of the count.
#include <model/harness.hpp>
#include <yot_run/sync/deferred_count.hpp>

namespace {

namespace sync = yot_run::sync;
using model::check;

// What is counted uses the object; whoever is last destroys it.
template <unsigned Others>
class last_one_destroys : public model::test {
    struct object {
        sync::cell<int> payload{7};
        sync::atomic<int> uses{0};
    };
    void before() override { object_ = new object; }
    void thread(unsigned index) override {
        object& used = *object_;
        check(used.payload.get() == 7, "the object is alive while it is counted");
        used.uses.fetch_add(1, sync::relaxed);
        if (index == 0) {
            // The owner has counted what the others hold of its own, and one that it gives up.
            if (count_.settle(int(Others))) destroy();
        } else {
            count_.join();
            if (count_.leave()) destroy();
            if (count_.leave()) destroy();
        }
    }
    void after() override { check(destroyed_ == 1, "it is destroyed once"); }
    void destroy() {
        delete object_;
        ++destroyed_;
    }

    object* object_ = nullptr;
    sync::deferred_count count_;
    int destroyed_ = 0;  // Plain: the object shows the races.
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(argc, argv,
                      {
                          scenario::of<last_one_destroys<1>>("owner_and_other", {.tree = 100'000}),
                          scenario::of<last_one_destroys<2>>("two_others", {.threads = 3}),
                      });
}
