// model/reference.cpp: sync/reference.hpp: the last owner destroys the object, and knows what the
// others did to it.
//
// Promise: the object is destroyed exactly once, after every access of every owner (R1), whoever is
// last; an owner may share while others drop.
// Bounds: two and three owners; one of them shares its reference with a second of its own.
// Not covered: overflow of the count.
#include <model/harness.hpp>
#include <yot_run/sync/reference.hpp>

#include <utility>

namespace {

namespace sync = yot_run::sync;

struct object : sync::shared_object {
    sync::cell<int> payload{7};
    sync::atomic<int> reads{0};
};

template <unsigned Owners>
class last_owner_destroys : public model::test {
    void before() override {
        owners_[0] = sync::make_shared_object<object>();
        for (unsigned i = 1; i < Owners; ++i) owners_[i] = owners_[0];
    }
    void thread(unsigned index) override {
        sync::reference<object> mine = std::move(owners_[index]);
        if (index == 0) {
            const sync::reference<object> second = mine;
            mine = {};
            use(*second);
        } else {
            use(*mine);
        }
    }
    static void use(object& shared) {
        model::check(shared.payload.get() == 7, "the object is alive while it is owned");
        shared.reads.fetch_add(1, sync::relaxed);
    }

    sync::reference<object> owners_[Owners];
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(argc, argv,
                      {
                          scenario::of<last_owner_destroys<2>>("two_owners", {.tree = 50'000}),
                          scenario::of<last_owner_destroys<3>>("three_owners", {.threads = 3}),
                      });
}
