// property_tests/histories/deque_history.cpp: executor/deque.hpp, used by an owner and thieves at
// the same time, is a deque that performs one operation after the other (deque_specification.hpp). Also
// where its ring has to grow, is used again, and where the indices wrap.
#include <property_tests/histories/deque_specification.hpp>
#include <property_tests/histories/histories.hpp>
#include <yot_run/executor/deque.hpp>

#include <array>
#include <limits>
#include <numeric>

namespace {

using namespace history_property;
using yot_run::internal::steal_status;

class program {
public:
    using specification = deque_specification;
    static constexpr std::array features{
        feature<deque_operation>{"rings replaced", [](auto& one) { return one.grew; }},
        feature<deque_operation>{"elements popped",
                                 [](auto& one) { return one.call == deque_call::pop && one.item; }},
        feature<deque_operation>{
            "stolen", [](auto& one) { return one.call == deque_call::steal && one.item; }},
        feature<deque_operation>{"races lost", [](auto& one) { return one.lost_race; }},
    };

    static rc::Gen<program> any();
    [[nodiscard]] std::size_t threads() const { return 1 + steals_.size(); }

    void run(recorder<deque_operation>& record) const {
        used_deque shared(*this);
        std::vector<std::function<void()>> bodies{[&] { own(shared, record); }};
        for (std::size_t thief = 1; thief < threads(); ++thief)
            bodies.emplace_back([&, thief] { steal(shared, record, thief); });
        run_threads(bodies);
    }

    static std::optional<std::string_view> other_fault(const history<deque_operation>& all) {
        if (lost_races_have_winners(all)) return std::nullopt;
        return "a steal lost a race that nobody won";
    }

    friend std::ostream& operator<<(std::ostream& out, const program& one) {
        out << "capacity " << one.capacity_ << ", first index " << one.first_index_ << "; owner:";
        for (const deque_call call : one.owner_)
            out << (call == deque_call::push ? " push" : " pop");
        for (const int steals : one.steals_) out << "; a thief: " << steals << " steals";
        return out;
    }

private:
    struct used_deque {
        explicit used_deque(const program& by)
            : queue(by.capacity_, by.first_index_), items(by.owner_.size()) {
            std::iota(items.begin(), items.end(), 0);
        }
        yot_run::internal::deque<int> queue;
        std::vector<int> items;
    };
    // Nothing that anybody has pushed has this number.
    static constexpr int no_item = -1;

    void own(used_deque& shared, recorder<deque_operation>& record) const {
        auto next = shared.items.begin();
        for (const deque_call call : owner_) {
            record.record(0, [&] -> deque_operation {
                if (call == deque_call::push) {
                    int& item = *next++;
                    const bool grew = shared.queue.push(item);
                    return {.call = call, .item = item, .grew = grew};
                }
                const int* const item = shared.queue.pop();
                return {.call = call, .item = item ? std::optional(*item) : std::nullopt};
            });
        }
    }
    void steal(used_deque& shared, recorder<deque_operation>& record, std::size_t thread) const {
        for (int i = 0; i < steals_[thread - 1]; ++i) {
            record.record(thread, [&] -> deque_operation {
                const auto [status, item] = shared.queue.steal();
                deque_operation done{.call = deque_call::steal};
                done.lost_race = status == steal_status::lost_race;
                if (status == steal_status::stolen) done.item = item ? *item : no_item;
                return done;
            });
        }
    }

    std::size_t capacity_ = 1;
    std::uint64_t first_index_ = 0;
    std::vector<deque_call> owner_;  // Pushes and pops.
    std::vector<int> steals_;        // How many, by thief.
};

rc::Gen<program> program::any() {
    return rc::gen::exec([] {
        constexpr auto wraps = std::numeric_limits<std::uint64_t>::max();
        constexpr auto turns = std::uint64_t{1} << 63;  // Where the sign of an index changes.
        program made;
        made.capacity_ = *rc::gen::element<std::size_t>(1, 2, 4);
        made.first_index_ = *rc::gen::element(std::uint64_t{0}, wraps, wraps - 2, turns - 1);
        made.owner_ = *rc::gen::resize(
            10, rc::gen::container<std::vector<deque_call>>(rc::gen::weightedElement<deque_call>(
                    {{3, deque_call::push}, {2, deque_call::pop}})));
        const auto thieves = *rc::gen::inRange<std::size_t>(1, 3);
        made.steals_ = *rc::gen::container<std::vector<int>>(thieves, rc::gen::inRange(1, 9));
        return made;
    });
}

}  // namespace

int main() { return histories<program>::check("a deque performs one operation after the other"); }
