// model/counters.cpp: executor/counters.hpp: figures.
//
// Promises: a counter with one writer has what that one added, and whoever reads it meanwhile sees
// a value that it had; a shared counter loses nothing of what several add at once.
// Bounds: two and three threads, two additions each.
#include <model/harness.hpp>
#include <yot_run/executor/counters.hpp>

#include <cstdint>

namespace {

using model::check;
using namespace yot_run::internal;

// Thread 1 reads what thread 0 counts.
class one_writer : public model::test {
    void thread(unsigned index) override {
        if (index == 0) {
            counter_.add();
            counter_.add(2);
            return;
        }
        const std::uint64_t first = counter_.get();
        const std::uint64_t second = counter_.get();
        check(first == 0 || first == 1 || first == 3, "a reader sees a value that there was");
        check(first <= second, "a count that only grows is seen to grow");
    }
    void after() override { check(counter_.get() == 3, "everything is counted"); }
    counter counter_;
};

template <unsigned Threads>
class many_writers : public model::test {
    void thread(unsigned index) override {
        counter_.add();
        counter_.add(index);
    }
    void after() override {
        const unsigned indices = Threads * (Threads - 1) / 2;
        check(counter_.get() == Threads + indices, "everything is counted");
    }
    shared_counter counter_;
};

}  // namespace

int main(int argc, char** argv) {
    using model::scenario;
    return model::run(argc, argv,
                      {
                          scenario::of<one_writer>("one_writer", {.tree = 100'000}),
                          scenario::of<many_writers<2>>("two_writers", {.tree = 100'000}),
                          scenario::of<many_writers<3>>("three_writers", {.threads = 3}),
                      });
}
