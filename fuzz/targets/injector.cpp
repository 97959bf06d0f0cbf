// fuzz/targets/injector.cpp: executor/injector.hpp, by one thread, is a queue that is taken whole;
// and a node may be pushed again as soon as it was taken, whatever its link says.
#include <yot_run/executor/injector.hpp>

#include <fuzz/finding.hpp>
#include <fuzz/records.hpp>
#include <property_tests/parts/injector_reference.hpp>

#include <array>
#include <cstdint>

namespace {

using fuzz::record;
using fuzz::require;
using fuzz::steps;

struct node {
    yot_run::sync::cell<node*> next{nullptr};
};

class session {
public:
    ~session() { take({}); }

    void carry_out(const record& given) {
        switch (given.kind % 4) {
            case 0:
                push(given.a);
                break;
            case 1:
                push_range(given);
                break;
            case 2:
                take(given);
                break;
            case 3:
                scribble(given);
                break;
        }
        require(queue_.looks_empty() == expected_.empty(), "it looks empty and is not, or not");
    }

private:
    void push(unsigned chosen) {
        const int number = int(chosen % nodes_.size());
        if (!expected_.may_push(number)) return;
        steps.add({"push", number});
        queue_.push(nodes_[std::size_t(number)]);
        expected_.push(number);
    }
    void push_range(const record& given) {
        for (unsigned i = 0; i <= given.b % nodes_.size(); ++i) push(given.a + i);
    }

    // Those whose bit is set in b are pushed again at once, while the batch is gone through.
    void take(const record& given) {
        steps.add({"take all, and push some again:", given.b});
        const std::vector<int> expected = expected_.take_all();
        node* each = queue_.take_all();
        for (std::size_t i = 0; i < expected.size(); ++i) {
            require(each != nullptr, "a node is lost");
            const std::size_t number = std::size_t(each - nodes_.data());
            require(number == std::size_t(expected[i]), "another node");
            each = each->next.get();
            if ((given.b >> i % 8 & 1) != 0) push(unsigned(number));
        }
        require(each == nullptr, "a batch goes on after its end");
    }

    // The link of a node that is not queued is its owner's.
    void scribble(const record& given) {
        const int number = int(given.a % nodes_.size());
        if (!expected_.may_push(number)) return;
        steps.add({"set the link of", {number, given.b % std::int64_t(nodes_.size())}});
        nodes_[std::size_t(number)].next.set(&nodes_[given.b % nodes_.size()]);
    }

    yot_run::internal::injector<node> queue_;
    reference::injector expected_;
    std::array<node, 32> nodes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    steps.begin();
    session one;
    fuzz::record_reader input({data, size});
    while (const auto next = input.next()) one.carry_out(*next);
    return 0;
}
