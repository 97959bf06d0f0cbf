// property_tests/histories/injector_history.cpp: executor/injector.hpp, used by producers and takers
// at the same time, is a queue that performs one operation after the other
// (injector_specification.hpp).
#include <property_tests/histories/histories.hpp>
#include <property_tests/histories/injector_specification.hpp>
#include <yot_run/executor/injector.hpp>

#include <array>
#include <deque>

namespace {

using namespace history_property;

struct node {
    explicit node(int its_number) : number(its_number) {}
    int number;
    yot_run::sync::cell<node*> next{nullptr};
};

class program {
public:
    using specification = injector_specification;
    static constexpr std::array features{
        feature<injector_operation>{
            "takes of one node",
            [](auto& one) { return one.call == injector_call::take_all && one.nodes.size() == 1; }},
        feature<injector_operation>{"of more", [](auto& one) { return one.nodes.size() > 1; }},
        feature<injector_operation>{"of none", [](auto& one) { return one.nodes.empty(); }},
    };

    static rc::Gen<program> any();
    [[nodiscard]] std::size_t threads() const { return pushes_.size() + takes_.size(); }

    void run(recorder<injector_operation>& record) const {
        used_injector shared;
        std::vector<std::function<void()>> bodies;
        for (const int pushes : pushes_)
            bodies.emplace_back([&, thread = bodies.size(), pushes] {
                for (int i = 0; i < pushes; ++i)
                    record.record(thread, [&] { return shared.push(); });
            });
        for (const int takes : takes_)
            bodies.emplace_back([&, thread = bodies.size(), takes] {
                for (int i = 0; i < takes; ++i)
                    record.record(thread, [&] { return shared.take(); });
            });
        run_threads(bodies);
    }

    static std::optional<std::string_view> other_fault(const history<injector_operation>&) {
        return std::nullopt;
    }

    friend std::ostream& operator<<(std::ostream& out, const program& one) {
        const char* separator = "";
        for (const int pushes : one.pushes_)
            out << std::exchange(separator, "; ") << "a producer: " << pushes << " pushes";
        for (const int takes : one.takes_) out << "; a taker: " << takes << " takes";
        return out;
    }

private:
    class used_injector {
    public:
        injector_operation push() {
            node& added = nodes_.emplace_back(int(nodes_.size()));
            queue_.push(added);
            return {injector_call::push, {added.number}};
        }
        injector_operation take() {
            injector_operation done{injector_call::take_all};
            // A list that is broken may be a ring.
            for (const node* each = queue_.take_all();
                 each != nullptr && done.nodes.size() <= nodes_.size(); each = each->next.get())
                done.nodes.push_back(each->number);
            return done;
        }

    private:
        yot_run::internal::injector<node> queue_;
        std::deque<node> nodes_;  // As they were made, not as they were pushed.
    };

    std::vector<int> pushes_;  // How many, by producer.
    std::vector<int> takes_;   // The same, by taker.
};

rc::Gen<program> program::any() {
    return rc::gen::exec([] {
        const auto any_calls = [](std::size_t threads) {
            return rc::gen::container<std::vector<int>>(threads, rc::gen::inRange(1, 9));
        };
        program made;
        made.pushes_ = *any_calls(*rc::gen::inRange<std::size_t>(2, 4));
        made.takes_ = *any_calls(*rc::gen::inRange<std::size_t>(1, 3));
        return made;
    });
}

}  // namespace

int main() {
    return histories<program>::check("an injector performs one operation after the other");
}
